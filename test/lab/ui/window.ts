import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { CHROMIUM, complaintsOf, launch } from '../../ui/browser.ts';
import type { Namespace } from '../namespace.ts';
import { expectThat, type Lab } from '../scenario.ts';

/**
 * Chromium inside a namespace: its loopback, and so the appliance's management plane, is that namespace's. The lab drives it from
 * outside, for Playwright talks to it through inherited pipes, which `ip netns exec` hands on.
 */
export async function openBrowser(lab: Lab, ns: Namespace): Promise<Browser> {
  const program = join(lab.dir, 'chromium.sh');
  writeFileSync(program, `#!/bin/sh\nexec ip netns exec ${ns.name} ${CHROMIUM} "$@"\n`);
  chmodSync(program, 0o755);
  return lab.use(await launch(program));
}

/** One window on the appliance, as a technician sees it; its last picture and its complaints are saved in the run's folder. */
export class Window implements AsyncDisposable {
  readonly page: Page;
  readonly complaints: readonly string[];
  readonly name: string;
  readonly #lab: Lab;

  private constructor(lab: Lab, name: string, page: Page) {
    this.#lab = lab;
    this.name = name;
    this.page = page;
    this.complaints = complaintsOf(page);
  }

  /** Opens the address that the appliance printed, token and all. */
  static async open(lab: Lab, browser: Browser, name: string, address: string): Promise<Window> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    page.setDefaultTimeout(15_000);
    const window = lab.use(new Window(lab, name, page));
    await page.goto(address);
    return window;
  }

  /** Waits until these words are visible on the page. */
  async sees(words: string | RegExp, timeout = 15_000): Promise<void> {
    await this.page.getByText(words).filter({ visible: true }).first().waitFor({ timeout });
  }

  async show(view: 'Bench' | 'Hosts' | 'Images' | 'Configs' | 'Jobs' | 'Network'): Promise<void> {
    await this.page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name: view }).click();
  }

  /** A picture of the page as it is now. */
  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: join(this.#lab.dir, `${this.name}-${name}.png`) });
  }

  /** Fails when the page complained about anything but what `allowed` lets pass. */
  expectNoComplaints(allowed = /(?!)/): void {
    const left = this.complaints.filter((words) => !allowed.test(words));
    expectThat(left.length === 0, `${this.name} complained: ${left.join(' | ')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.page.isClosed()) return;
    await this.picture('last').catch(() => undefined);
    writeFileSync(join(this.#lab.dir, `${this.name}-complaints.txt`), this.complaints.join('\n'));
    await this.page.close();
  }
}
