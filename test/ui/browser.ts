import { chromium, type Browser, type Page } from 'playwright-core';

export const CHROMIUM = process.env.BOOTBENCH_CHROMIUM ?? '/usr/bin/chromium';

/** Debian's Chromium, without a word to the outside; `program` is another way to start it. */
export function launch(program = CHROMIUM): Promise<Browser> {
  return chromium.launch({
    executablePath: program,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Everything the page complains about: errors, refusals by its policy, failed requests. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.text().includes('Content Security Policy')) complaints.push(message.text());
  });
  return complaints;
}
