import type { Page } from 'playwright-core';
import { expectThat } from '../scenario.ts';

declare global {
  var labLeaks: number | undefined;
}

/** Looks at the page’s text at each change of it from now on. */
export async function watchForSecret(page: Page, secret: string): Promise<void> {
  await page.evaluate((words) => {
    globalThis.labLeaks = 0;
    const note = (): void => {
      if (document.documentElement.textContent.includes(words)) globalThis.labLeaks = (globalThis.labLeaks ?? 0) + 1;
    };
    new MutationObserver(note).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
  }, secret);
}

/** Neither then, nor now, nor in anything that the page keeps. */
export async function expectNeverShown(page: Page, secret: string): Promise<void> {
  const leaks = await page.evaluate(() => globalThis.labLeaks);
  expectThat(leaks === 0, `the page showed the password ${leaks ?? 'at a time that no one watched'}`);
  const kept = await page.evaluate(() => JSON.stringify([sessionStorage, localStorage, document.cookie]));
  expectThat(!`${await page.content()}${kept}`.includes(secret), 'the page keeps the password');
}
