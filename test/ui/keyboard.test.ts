import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NIC, STATUS, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { UI } from './page-checks.ts';
import { openUi } from './ui-fixture.ts';
import { HELP_VIEWS, MAIN_VIEWS, VIEWS } from '../../contract/window-views.ts';

const MAC = '52:54:00:12:34:56';

/** From an appliance that was never set up to an assigned machine: no mouse, and nothing that a keyboard could not do. */
let folder: string;
let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  folder = mkdtempSync(join(tmpdir(), 'bootbench-keyboard-'));
  bench = await openUi(UI);
  bench.setNics([NIC, { ...NIC, name: 'wlan0', index: 5, wireless: true, defaultRoute: true }]);
  bench.setStatus({ nic: undefined, address: undefined, bootUrl: undefined });
  bench.control.selectNic = (name) => {
    bench.setStatus({ ...STATUS, nic: { ...NIC, name } });
    return Promise.resolve(STATUS);
  };
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(15_000);
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
  rmSync(folder, { recursive: true, force: true });
});

const press = (...keys: string[]): Promise<void> =>
  keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
const type = (text: string): Promise<void> => page.keyboard.type(text);
const sees = (words: string | RegExp): Promise<void> => page.getByText(words).filter({ visible: true }).first().waitFor();

/** What a screen reader would call the thing that has the keyboard. */
function focused(): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!(element instanceof HTMLElement)) return '';
    const by = element.getAttribute('aria-labelledby')?.split(' ') ?? [];
    const named = by.map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
    const label =
      element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.labels?.[0]?.textContent : undefined;
    return (
      element.getAttribute('aria-label') ??
      [named, label, element.textContent].find((text) => text !== undefined && text !== '') ??
      ''
    ).trim();
  });
}

/** Tab until the keyboard is there; never a click. */
async function tabTo(name: RegExp): Promise<void> {
  const passed: string[] = [];
  for (let step = 0; step < 60; step++) {
    const here = await focused();
    if (name.test(here)) return;
    passed.push(here);
    await press('Tab');
  }
  throw new Error(`Tab never came to ${name.source}; it passed: ${passed.join(' | ')}`);
}

/** Ctrl-K, a few letters, Enter. */
async function goTo(letters: string, title: string): Promise<void> {
  await press('Control+k');
  await type(letters);
  await page.getByRole('menuitem', { name: title }).first().waitFor();
  await press('ArrowDown', 'Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** The arrows of an open menu, down to the wanted line. */
async function arrowTo(name: RegExp): Promise<void> {
  for (let step = 0; step < 20; step++) {
    if (name.test(await focused())) return;
    await press('ArrowDown');
  }
  throw new Error(`the arrows never came to ${name.source}, but to ${await focused()}`);
}

describe('by keyboard only', () => {
  it('the first run: port, addresses, ISO', async () => {
    await sees('Which network port are the machines on?');
    await tabTo(/enp3s0/);
    await press('ArrowDown', 'ArrowUp');
    await tabTo(/^Use enp3s0$/);
    await press('Enter');
    await sees('How do machines get their address?');
    await tabTo(/^Work alongside it$/);
    await press('Enter');
    await sees('Drop an ISO anywhere in this window');
    const iso = join(folder, 'Fedora-43.iso');
    writeFileSync(iso, isoBytes());
    await tabTo(/^Choose an ISO$/);
    const chooser = page.waitForEvent('filechooser');
    await press('Enter');
    await (await chooser).setFiles(iso);
    await page.getByRole('dialog', { name: 'Add this image' }).waitFor();
    await press('Enter');
    await sees('Fedora-43 is in the library.');
    await tabTo(/^Go to the bench$/);
    await press('Enter');
    await sees('Power on a machine and watch it appear here.');
    expect(bench.inventory.listImages().map(({ name }) => name)).toEqual(['Fedora-43']);
  });

  it('a machine that asks is adopted', async () => {
    bench.inventory.discover({ mac: MAC, facts: { manufacturer: 'Dell Inc.', product: 'PowerEdge R750' } });
    await page.getByRole('button', { name: `Adopt ${MAC}` }).waitFor();
    await tabTo(/^Adopt 52:54/);
    await press('Enter');
    await tabTo(/^Name for 52:54/);
    await press('Control+a');
    await type('r750-03');
    await press('Enter');
    await page.getByRole('link', { name: 'r750-03' }).first().waitFor();
    expect(bench.inventory.getHost('r750-03').interfaces[0]?.mac).toBe(MAC);
  });

  it('a config is written', async () => {
    await goTo('configs', 'Configs');
    await tabTo(/^Add a config$/);
    await press('Enter');
    await tabTo(/^Name$/);
    await type('ks-web');
    await tabTo(/^Text/);
    await type('text\nlang en_GB.UTF-8\n');
    await tabTo(/^Add this config$/);
    await press('Enter');
    await page.getByRole('heading', { name: 'Configs / ks-web' }).waitFor();
    expect(Object.values(bench.inventory.getConfig('ks-web').files)).toEqual(['text\nlang en_GB.UTF-8\n']);
  });

  it('the config is listed with the image', async () => {
    await goTo('fedora', 'Fedora-43');
    await tabTo(/^ks-web/);
    await press('Space');
    await expect.poll(() => bench.inventory.getImage('Fedora-43').bootConfigs).toEqual(['ks-web']);
  });

  it('ISO and config are assigned in the table', async () => {
    await goTo('hosts', 'Hosts');
    await page.getByRole('row', { name: 'r750-03' }).waitFor();
    await tabTo(/^r750-03$/);
    await rightTo(/^ISO of r750-03/);
    await press('Enter');
    await arrowTo(/^Fedora-43/);
    await press('Enter');
    await page.getByRole('button', { name: /^ISO of r750-03: Fedora-43/ }).waitFor();
    await rightTo(/^Config of r750-03/);
    await press('Enter');
    await arrowTo(/^ks-web/);
    await press('Enter');
    await page.getByRole('button', { name: /^Config of r750-03: ks-web/ }).waitFor();
    expect(bench.inventory.getHost('r750-03').assignment).toMatchObject({ image: 'Fedora-43', config: 'ks-web', state: 'armed' });
  });

  it('the host is opened, and Esc goes back step by step', async () => {
    await press('Escape', 'Enter');
    await page.getByRole('heading', { name: 'r750-03', level: 1 }).waitFor();
    await press('Escape');
    await page.getByRole('row', { name: 'r750-03' }).waitFor();
    await press('Escape');
    await sees('Before you plug in');
  });

  it('the palette lists every view, and the navigation those of the menu', async () => {
    const navigation = page.getByRole('navigation', { name: 'Views' }).getByRole('link');
    const titles = (await navigation.allInnerTexts()).map((text) => text.replace(/\s*\d+$/, ''));
    expect(titles).toEqual([...MAIN_VIEWS.map(({ title }) => title), HELP_VIEWS[0].title]);
    await press('Control+k');
    await type('view');
    const found = page.getByRole('menu', { name: 'Results' }).getByRole('menuitem');
    await expect.poll(() => found.count()).toBe(VIEWS.length);
    expect(await found.locator(':scope > span:first-child').allInnerTexts()).toEqual(VIEWS.map(({ title }) => title));
    await press('Escape');
  });

  it('complained of nothing', () => {
    expect(complaints).toEqual([]);
  });
});

/** Right within the row, to what stands in it. */
async function rightTo(name: RegExp): Promise<void> {
  for (let step = 0; step < 8; step++) {
    if (name.test(await focused())) return;
    await press('ArrowRight');
  }
  throw new Error(`Right never came to ${name.source}, but to ${await focused()}`);
}

/** As little as it takes to be an ISO: the signature of a primary volume descriptor (ECMA-119 8.4), and 1 MiB around it. */
function isoBytes(): Buffer {
  const bytes = Buffer.alloc(1_048_576);
  bytes.write('\x01CD001\x01', 32_768, 'latin1');
  return bytes;
}
