import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Nic, OtherDhcpServer } from '../../contract/appliance.ts';
import { NIC, STATUS, startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, openPage, OUTPUT, photograph, UI } from './page-checks.ts';

const OFFICE: Nic = {
  ...NIC,
  name: 'eno1',
  index: 2,
  defaultRoute: true,
  addresses: [{ address: '10.1.2.3', netmask: '255.255.255.0', linkLocal: false }],
};
const WIFI: Nic = { ...OFFICE, name: 'wlan0', index: 4, wireless: true, defaultRoute: false };
const GIVER: OtherDhcpServer = { address: '192.168.77.254', proxy: false, message: '192.168.77.254 assigns addresses.' };

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];
let others: OtherDhcpServer[] = [];
const asked: unknown[] = [];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI });
  bench.setNics([WIFI, OFFICE, NIC]);
  bench.setStatus({ nic: undefined, address: undefined, bootUrl: undefined });
  bench.control.probe = async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return others;
  };
  const change = bench.control.changeSettings;
  bench.control.changeSettings = (patch) => {
    asked.push(patch);
    return change(patch);
  };
  browser = await launch();
  page = await openPage(browser);
  complaints = complaintsOf(page);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor({ timeout: 15_000 });
const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const radio = (name: string | RegExp): Locator => page.getByRole('radio', { name });
/** The question is open, and the keyboard is there. Its words alone are there before. */
const opens = (question: string): Promise<void> =>
  page.locator('[aria-current="step"]').filter({ hasText: question }).locator('.question-body:focus').waitFor({ timeout: 15_000 });
const chosen = (name: RegExp): Promise<boolean> => radio(name).isChecked();

describe('the first run', () => {
  it('opens by itself where nothing is set up, and proposes the wired port of its own', async () => {
    await page.goto(bench.management.uiUrl);
    await sees('Which network port are the machines on?');
    expect(page.url()).toContain('#/first-run');
    expect(await chosen(/enp3s0.*proposed/)).toBe(true);
    await sees('Wired, has a link, and is separate from your own network.');
    await sees('It is connected to the rest of your network, so it is probably not the lab port.');
    await expectPlainWords(page);
    await expectAccessible(page);
    await photograph(page, 'first-run-port');
  });

  it('is left with Esc, not forced again, offered on the bench, and back after the window is opened anew', async () => {
    await page.keyboard.press('Escape');
    await sees('Before you plug in');
    await page.getByRole('link', { name: 'Continue setup' }).click();
    await sees('Which network port are the machines on?');
    await page.keyboard.press('Escape');
    await sees('Before you plug in');
    const again = await openPage(browser);
    await again.goto(bench.management.uiUrl);
    await again.getByText('Which network port are the machines on?').waitFor();
    await again.context().close();
    await page.evaluate(() => (location.hash = '#/first-run'));
  });

  it('somebody who gives addresses is named, and proxy is proposed', async () => {
    others = [GIVER];
    await button('Use enp3s0').click();
    await sees('Scanning enp3s0 for DHCP servers');
    await sees('192.168.77.254 assigns addresses. Bootbench works alongside it.');
    expect(await chosen(/Proxy/)).toBe(true);
    await expectAccessible(page);
    await photograph(page, 'first-run-address');
  });

  it('nobody: full is proposed', async () => {
    others = [];
    await button('Scan again').click();
    await sees('No DHCP server found on enp3s0, so Bootbench assigns addresses.');
    expect(await chosen(/Full/)).toBe(true);
  });

  it('the port that has the default route: proxy is proposed, and full needs a yes', async () => {
    await button(/Change: Which network port/).click();
    await page.locator('.option', { hasText: 'eno1' }).click();
    await button('Use eno1').click();
    await sees('eno1 is connected to the rest of your network.');
    expect(await chosen(/Proxy/)).toBe(true);
    await page.locator('.option', { hasText: 'Full' }).click();
    expect(await button('Assign addresses').isDisabled()).toBe(true);
    await page.locator('.confirm').click();
    await expectAccessible(page);
    await button('Assign addresses').click();
    await sees('What do they boot first?');
    expect(asked).toEqual([{ dhcp: 'full', confirmDhcp: true }]);
    await sees('Bootbench assigns every machine its address.');
  });

  it('the ISO is chosen or dropped, and the end is the bench', async () => {
    await photograph(page, 'first-run-iso');
    await expectAccessible(page);
    const chooser = page.waitForEvent('filechooser');
    await button('Choose an ISO').click();
    const file = join(bench.dataDir, 'Fedora-43.iso');
    const bytes = Buffer.alloc(1024 * 1024);
    bytes.write('\x01CD001\x01', 32_768, 'latin1');
    writeFileSync(file, bytes);
    await (await chooser).setFiles(file);
    await button('Add this image').click();
    await button('Go to the bench').waitFor();
    await button('Go to the bench').click();
    await sees('Power on a machine and watch it appear here.');
    await expect.poll(() => bench.inventory.listImages().map(({ name }) => name)).toEqual(['Fedora-43']);
  });

  it('did all that without an error or a refusal by its policy', () => {
    expect(complaints.filter((words) => !words.includes('Failed to load resource'))).toEqual([]);
  });
});

describe('the first run by keyboard alone', () => {
  it('Tab and Enter go through, the proposals as they are', async () => {
    asked.length = 0;
    others = [];
    for (const { name } of bench.inventory.listImages()) bench.inventory.removeImage(name);
    bench.setStatus({ ...STATUS, nic: undefined });
    page = await openPage(browser);
    await page.goto(bench.management.uiUrl);
    await opens('Which network port are the machines on?');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await opens('How do machines get their address?');
    await sees('No DHCP server found on enp3s0, so Bootbench assigns addresses.');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await opens('What do they boot first?');
    expect(asked).toEqual([{ dhcp: 'full' }]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await sees('Power on a machine and watch it appear here.');
  });

  it('a port without an address is offered one first', async () => {
    bench.setNics([{ ...NIC, addresses: [] }]);
    bench.setStatus({ ...STATUS, nic: undefined });
    page = await openPage(browser);
    await page.goto(bench.management.uiUrl);
    await button('Use enp3s0').click();
    await button('Give enp3s0 192.168.77.1').waitFor();
    await expectAccessible(page);
    bench.setNics([NIC]);
    await button('Give enp3s0 192.168.77.1').click();
    await sees('How do machines get their address?');
    await sees('No DHCP server found on enp3s0');
  });
});
