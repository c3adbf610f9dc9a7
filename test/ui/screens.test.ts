import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { NIC, STATUS, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, OUTPUT, UI } from './page-checks.ts';
import { fill, openUi, type FilledUi } from './ui-fixture.ts';

const SCREENS = join(OUTPUT, 'screens');
// Four pictures and two looks by axe each.
vi.setConfig({ testTimeout: 120_000 });

let bench: ManagementServer;
let stage: FilledUi;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  mkdirSync(SCREENS, { recursive: true });
  bench = await openUi(UI);
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  context.setDefaultTimeout(15_000);
  page = await context.newPage();
  complaints = complaintsOf(page);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const sees = (words: string | RegExp): Promise<void> => page.getByText(words).filter({ visible: true }).first().waitFor();

/** Another view; whatever was open is closed by the reload. */
async function open(hash: string): Promise<void> {
  await page.evaluate((next) => (location.hash = next), hash);
  await page.reload();
  await page.getByRole('banner').getByText('live').waitFor();
}

/** In both sizes, light and dark, and in each colour scheme without a serious fault and with plain words. Nothing may scroll sideways. */
async function judge(name: string): Promise<void> {
  await expectPlainWords(page);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [
      [1920, 1080],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.screenshot({ path: join(SCREENS, `${name}-${width}-${colorScheme}.png`) });
    }
    await expectAccessible(page);
  }
}

describe('an appliance that was never set up', () => {
  it('first run: the port', async () => {
    bench.setNics([
      NIC,
      { ...NIC, name: 'enp4s0', index: 4, carrier: false, speed: undefined, addresses: [] },
      { ...NIC, name: 'wlan0', index: 5, wireless: true, defaultRoute: true, speed: undefined },
    ]);
    bench.setStatus({ nic: undefined, address: undefined, bootUrl: undefined, services: STATUS.services.map(waiting) });
    await page.goto(bench.management.uiUrl);
    await sees('Which network port are the machines on?');
    await judge('first-run-1-port');
  });

  it('first run: how addresses are given, while it is asked', async () => {
    bench.control.probe = () => new Promise(() => undefined);
    bench.setStatus(STATUS);
    await sees('Scanning enp3s0 for DHCP servers');
    await judge('first-run-2-asking');
  });

  it('first run: how addresses are given', async () => {
    bench.control.probe = () =>
      Promise.resolve([{ address: '192.168.77.254', proxy: false, message: '192.168.77.254 (MikroTik) assigns addresses.' }]);
    await open('#/first-run');
    await sees(/MikroTik.*Bootbench works alongside it/);
    await judge('first-run-2-addresses');
  });

  it('first run: the ISO', async () => {
    await page.getByRole('button', { name: 'Work alongside it' }).click();
    await sees('Drop an ISO anywhere in this window');
    await judge('first-run-3-iso');
  });

  it('an empty bench, and empty lists', async () => {
    for (const [name, words] of [
      ['bench', 'Power on a machine and watch it appear here.'],
      ['hosts', /No hosts yet/],
      ['images', /No images yet/],
      ['configs', /No configs yet/],
      ['jobs', /No jobs yet/],
    ] as const) {
      await open(`#/${name}`);
      await sees(words);
      await judge(`${name}-empty`);
    }
  });
});

describe('a working day', () => {
  it('the bench', async () => {
    stage = await fill(bench);
    await open('#/bench');
    stage.move();
    await sees(/reading install.img 71 %/);
    await sees('r750-04 loaded its kernel, then read nothing for 45 s.');
    await sees('The firewall (ufw) drops');
    await judge('bench-busy');
  });

  it('hosts', async () => {
    await open('#/hosts');
    stage.move();
    await page.getByRole('row', { name: 'r750-03' }).waitFor();
    await judge('hosts');
    await page.getByRole('button', { name: /^Config of r750-03/ }).click();
    await sees('not in the list of Fedora-43');
    await judge('hosts-config-menu');
  });

  it('hosts: sheets', async () => {
    await open('#/hosts');
    const row = page.getByRole('row', { name: 'r750-03' });
    await row.focus();
    await page.keyboard.press('Space');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Space');
    await sees('2 selected');
    await judge('hosts-selected');
    await page.getByRole('button', { name: 'Assign…' }).click();
    await page.getByRole('dialog').waitFor();
    await judge('hosts-assign-sheet');
    await open('#/hosts');
    await page.getByRole('button', { name: 'More for r750-03' }).click();
    await page.getByRole('menuitem', { name: 'Edit…' }).click();
    await page.getByRole('dialog', { name: 'Edit r750-03' }).waitFor();
    await judge('hosts-edit-sheet');
    await open('#/hosts');
    await page.getByRole('button', { name: 'More for r750-03' }).click();
    await page.getByRole('menuitem', { name: 'Remove…' }).click();
    await page.getByRole('dialog').waitFor();
    await judge('hosts-remove-sheet');
  });

  it('one host', async () => {
    stage.move();
    await open('#/hosts/r750-03');
    await sees('Boots Fedora-43.');
    // Told to a window that opens later, too.
    await page.getByRole('group', { name: 'Current transfers' }).getByRole('progressbar').waitFor();
    await sees('The machine read its patched data at');
    await sees(/The installer asks nothing/);
    await judge('host');
    await page.getByRole('button', { name: 'Files, address and checksum' }).click();
    await page.getByRole('button', { name: '2 lines differ' }).click();
    await sees(/linux .*rd.live.check quiet/);
    await judge('host-receipt');
    await open('#/hosts/r750-04');
    await sees(/loaded its kernel and has read nothing since/);
    await judge('host-stalled');
    await open('#/hosts/nobody');
    await sees(/Host nobody not found/);
    await judge('host-unknown');
  });

  it('images, with one on its way', async () => {
    bench.progress({ key: 'import:Rocky-10', message: 'copying Rocky-10', done: 4_100_000_000, total: 9_600_000_000, rate: 310_000_000 });
    await open('#/images');
    await page.getByRole('progressbar', { name: 'Import of Rocky-10' }).waitFor();
    await judge('images-importing');
    await page.getByRole('button', { name: 'Register a path or URL' }).click();
    await page.getByRole('dialog').waitFor();
    await judge('images-register-sheet');
    await open('#/images/Fedora-43');
    await sees('Contents');
    await sees('BMC virtual media');
    await judge('image');
    await page
      .getByRole('button', { name: /Lines that report completion/ })
      .first()
      .click();
    await page
      .getByRole('button', { name: /^Copy: Phone-home lines/ })
      .first()
      .scrollIntoViewIfNeeded();
    await judge('image-phone-home');
  });

  it('images: what was dropped', async () => {
    await open('#/images');
    const iso = { name: 'Rocky-10.1-x86_64-minimal.iso', mimeType: 'application/octet-stream', buffer: Buffer.alloc(4096) };
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Add images' }).click();
    await (await chooser).setFiles(iso);
    await page.getByRole('dialog', { name: 'Add this image' }).waitFor();
    await judge('images-add-sheet');
  });

  it('configs', async () => {
    await open('#/configs');
    await page.getByRole('link', { name: 'fedora-web' }).waitFor();
    await judge('configs');
    await page.getByRole('button', { name: 'Add a config' }).click();
    await page.getByRole('dialog').waitFor();
    await judge('configs-add-sheet');
    await open('#/configs/fedora-web');
    await sees('# nuc-12, web');
    await judge('config-editor');
  });

  it('network', async () => {
    await open('#/network');
    stage.lease();
    await sees(/badge-printer/);
    await sees('ARM machines cannot netboot.');
    await judge('network');
  });

  it('help', async () => {
    await open('#/help/E_NIC_NO_CARRIER');
    await sees('E_NIC_NO_CARRIER');
    await judge('help');
  });

  it('the palette', async () => {
    await open('#/bench');
    await page.keyboard.press('Control+k');
    await page.keyboard.type('r750');
    await page.getByRole('menuitem', { name: 'r750-03' }).first().waitFor();
    await judge('palette');
  });

  it('while the appliance is away', async () => {
    await open('#/hosts');
    await bench.pause();
    await sees('Bootbench is not responding.');
    await judge('hosts-away');
    await page.evaluate(() => (location.hash = '#/bench'));
    await sees(/Before you plug in/);
    await judge('bench-away');
    await bench.resume();
    await page.getByRole('banner').getByText('live').waitFor();
  });

  it('did all that without an error or a refusal by its policy', () => {
    expect(complaints.filter((words) => !words.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
});

function waiting(service: (typeof STATUS.services)[number]): (typeof STATUS.services)[number] {
  return service.name === 'management' ? service : { ...service, state: 'waiting', message: 'No network port selected.' };
}
