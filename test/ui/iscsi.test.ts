import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { AssignmentInput, ImageInput } from '../../contract/inventory.ts';
import { hostTargetName, imageTargetName } from '../../contract/iscsi.ts';
import type { Appliance } from '../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../fixtures/appliance.ts';
import { hostInput, MAC } from '../fixtures/data-fixture.ts';
import { IscsiInitiator } from '../fixtures/iscsi-initiator.ts';
import { buildIso } from '../unit/iso/build-iso.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, expectScreen, OUTPUT, SCREENS, UI } from './page-checks.ts';

const run = promisify(execFile);
// Five pictures and five looks by axe.
vi.setConfig({ testTimeout: 180_000 });
/** Where QEMU's iSCSI driver is absent outside CI, its test is skipped. */
const hasQemu = existsSync('/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so') || process.env.CI !== undefined;

const ALPHA = '127.0.0.1';
const BETA = '127.0.0.2';
const BETA_MAC = '52:54:00:88:00:09';
const MENU = 'menuentry "Install" {\n  linux /images/pxeboot/vmlinuz quiet\n  initrd /images/pxeboot/initrd.img\n}\n';

/** A real appliance on loopback: the window shows real sessions. */
let folder: string;
let appliance: Appliance;
let port: number;
let browser: Browser;
let page: Page;
let complaints: string[];
const initiators: IscsiInitiator[] = [];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  mkdirSync(OUTPUT, { recursive: true });
  folder = mkdtempSync(join(tmpdir(), 'bootbench-ui-iscsi-'));
  const macs = new Map([
    [ALPHA, MAC],
    [BETA, BETA_MAC],
  ]);
  const neighbours = { macOf: (ip: string) => Promise.resolve(macs.get(ip)), all: () => Promise.resolve(macs) };
  appliance = await startOnLoopback(folder, { uiDir: UI }, { neighbours });
  const path = join(folder, 'fedora.iso');
  writeFileSync(path, iso());
  const { inventory, control } = appliance.rooms;
  await inventory.addImage(ImageInput.parse({ name: 'Fedora', source: { type: 'file', path } }));
  inventory.addHost(hostInput('alpha', MAC));
  inventory.addHost(hostInput('beta', BETA_MAC));
  for (const host of ['alpha', 'beta']) inventory.assign(host, AssignmentInput.parse({ image: 'Fedora', args: `lab.host=${host}` }));
  port = control.status().services.find(({ name }) => name === 'iscsi')?.port ?? 0;
  browser = await launch();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await context.newPage();
  page.setDefaultTimeout(15_000);
  complaints = complaintsOf(page);
  await page.goto(appliance.ui);
  await page.getByText('live').first().waitFor();
});
afterAll(async () => {
  logOut();
  await browser.close();
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

function iso(): Buffer {
  return buildIso({
    volumeId: 'Fedora-S-dvd-x86_64-43',
    files: [
      { path: 'EFI/BOOT/grub.cfg', bytes: Buffer.from(MENU) },
      { path: 'images/pxeboot/vmlinuz', bytes: Buffer.alloc(300_000, 'k') },
      { path: 'images/pxeboot/initrd.img', bytes: Buffer.alloc(24_000_000, 'i') },
    ],
    boot: { platform: 0xef, entries: [{ path: 'EFI/BOOT/grub.cfg', platform: 0xef, count: 1 }] },
  });
}

const sees = (words: string | RegExp): Promise<void> => page.getByText(words).filter({ visible: true }).first().waitFor();
const section = (id: string): Locator => page.locator(`#${id}`);
const sessions = (id: string): Locator => section(id).getByRole('list', { name: 'iSCSI sessions, newest first' }).locator('.session');
const chap = (): Locator => page.getByRole('group', { name: 'CHAP' });
const storedOf = (host: string) => appliance.rooms.inventory.getHost(host).iscsi;

/** In every size and look. */
async function judge(name: string): Promise<void> {
  for (const [look, width, height] of SCREENS) await expectScreen(page, name, look, width, height);
}

async function open(hash: string): Promise<void> {
  await page.evaluate((next) => (location.hash = next), hash);
  await page.locator('h1, h2').first().waitFor();
}

async function logIn(target: string, localAddress = ALPHA, isid?: string): Promise<IscsiInitiator> {
  const initiator = new IscsiInitiator(port, { localAddress });
  initiators.push(initiator);
  await initiator.login({ TargetName: target, InitiatorName: `iqn.2026-01.org.example:${localAddress.replaceAll('.', '-')}` }, isid);
  return initiator;
}

function logOut(): void {
  for (const { socket } of initiators.splice(0)) socket.destroy();
}

/** Reads at some MB/s until it is aborted. */
async function readOn(initiator: IscsiInitiator, signal: AbortSignal): Promise<void> {
  for (let block = 0; !signal.aborted; block = (block + 32) % 8000) {
    await initiator.read(block, 32).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('the service', () => {
  it('is in the status line and on the Network page, with its port', async () => {
    await page
      .getByRole('contentinfo')
      .getByRole('link', { name: /iSCSI.*ready/ })
      .waitFor();
    await open('#/network');
    await section('service-iscsi').getByText(`Serving at 127.0.0.1:${port}.`).waitFor();
    await section('iscsi-sessions').getByText('No iSCSI sessions. A machine that logs in to its target appears here.').waitFor();
  });
});

describe('the target', () => {
  it('of a host is on its page, with the portal, and copied with the keyboard', async () => {
    await open('#/hosts/alpha');
    await section('iscsi').getByText(`127.0.0.1:${port}`).waitFor();
    await section('iscsi').getByText('No session. It appears here when the machine logs in to its target.').waitFor();
    await section('iscsi')
      .getByRole('button', { name: `Copy: ${hostTargetName(MAC)}` })
      .focus();
    await page.keyboard.press('Enter');
    await section('iscsi').getByText('Copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(hostTargetName(MAC));
  });

  it('of an image is on its page', async () => {
    await open('#/images/Fedora');
    await page.getByRole('button', { name: `Copy: ${imageTargetName('Fedora')}` }).waitFor();
    await sees('The unmodified ISO, for everyone on this network.');
    await judge('iscsi-image');
  });
});

describe('how a machine sees its ISO', () => {
  it('is edited with the keyboard; a wrong initiator name is refused at its field', async () => {
    await open('#/hosts/alpha');
    await page.getByRole('button', { name: 'Edit…' }).focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog');
    await sheet.getByRole('button', { name: /iSCSI/ }).focus();
    await page.keyboard.press('Enter');
    await sheet.getByRole('button', { name: /Network disk as/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'read-only disk' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await sheet.getByLabel('iSCSI initiator').fill('Not a name');
    await sheet.getByLabel('iSCSI initiator').press('Enter');
    await sheet.getByText(/use an iSCSI name in lower case/).waitFor();
    await expectAccessible(page);
    await judge('iscsi-edit');
    await sheet.getByLabel('iSCSI initiator').fill('iqn.2026-11.org.example:alpha');
    await sheet.getByLabel('iSCSI initiator').press('Enter');
    await sheet.waitFor({ state: 'detached' });
    expect(storedOf('alpha')).toEqual({ device: 'disk', initiatorName: 'iqn.2026-11.org.example:alpha' });
    await section('iscsi').getByText('iqn.2026-11.org.example:alpha').waitFor();
    await section('iscsi').getByText('disk, 512-byte blocks').waitFor();
  });

  it('and an edit of other fields leaves it alone', async () => {
    await open('#/hosts/beta');
    await page.getByRole('button', { name: 'Edit…' }).click();
    await page.getByLabel('Fields for configs').fill('role=db');
    await page.getByRole('button', { name: 'Save beta' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(storedOf('beta')).toBeUndefined();
  });
});

describe('the CHAP account', () => {
  it('takes a secret, forgets it at once, and says how long it is stored', async () => {
    await open('#/hosts/beta');
    await chap().getByRole('button', { name: 'Add a CHAP account…' }).click();
    await chap().getByLabel('CHAP user').fill('bench');
    await chap().getByLabel('CHAP secret').fill('short');
    await page.keyboard.press('Enter');
    await chap().getByText('use 12 to 16 printable ASCII characters without spaces').waitFor();
    expect(storedOf('beta')).toBeUndefined();
    await chap().getByLabel('CHAP secret').fill('canary-7f31aa');
    await chap().getByText('Mutual CHAP').click();
    await chap().getByLabel('Target user').fill('bench-target');
    await chap().getByLabel('Target secret').fill('canary-9e02bb');
    await judge('iscsi-chap');
    await chap().getByRole('button', { name: 'Save CHAP account' }).click();
    await chap()
      .getByText(/Secret saved|stored for this session only/)
      .waitFor();
    expect(storedOf('beta')).toEqual({ chap: { username: 'bench', reverseUsername: 'bench-target' } });
    expect(await chap().getByLabel('CHAP secret').inputValue()).toBe('');
    expect(await page.content()).not.toContain('canary');
    await expect.poll(() => chap().getByText('A secret is stored; type a new one to replace it').count()).toBe(2);
    await chap().getByRole('button', { name: 'Close' }).click();
    await chap().getByText('bench, target bench-target').waitFor();
  });

  it('without a stored secret says so, and is removed', async () => {
    appliance.rooms.inventory.patchHost('alpha', { iscsi: { chap: { username: 'bench' } } });
    await open('#/hosts/alpha');
    await chap().getByText('A CHAP secret is not stored on this computer.').waitFor();
    await chap().getByRole('button', { name: 'CHAP account…' }).click();
    expect(await chap().getByRole('button', { name: 'Save CHAP account' }).isDisabled()).toBe(true);
    await chap().getByRole('button', { name: 'Remove CHAP account' }).click();
    await chap().getByRole('button', { name: 'Add a CHAP account…' }).waitFor();
    expect(storedOf('alpha')?.chap).toBeUndefined();
  });
});

describe('sessions', () => {
  afterEach(logOut);

  it('appear with their rate, and leave with a sentence in the timeline', async () => {
    const stop = new AbortController();
    const initiator = await logIn(hostTargetName(MAC));
    const reader = await logIn(imageTargetName('Fedora'), BETA, '800000000007');
    const reads = [readOn(initiator, stop.signal), readOn(reader, stop.signal)];
    await open('#/hosts/alpha');
    await expect.poll(() => sessions('iscsi').allInnerTexts()).toHaveLength(1);
    const said = /127\.0\.0\.1[\s\S]*MB\/s[\s\S]*disk, 512-byte blocks[\s\S]*iqn\.2026-01\.org\.example:127-0-0-1/;
    await expect.poll(() => sessions('iscsi').allInnerTexts()).toEqual([expect.stringMatching(said)]);
    const before = await sessions('iscsi').locator('.session-number').first().innerText();
    await expect.poll(() => sessions('iscsi').locator('.session-number').first().innerText()).not.toBe(before);
    await judge('iscsi-host');
    await open('#/network');
    await expect.poll(() => sessions('iscsi-sessions').count()).toBe(2);
    await section('iscsi-sessions').getByRole('link', { name: 'alpha' }).waitFor();
    await section('iscsi-sessions').getByRole('link', { name: 'Fedora' }).waitFor();
    await section('iscsi-sessions').scrollIntoViewIfNeeded();
    await judge('iscsi-network');
    stop.abort();
    await Promise.all(reads);
    await section('iscsi-sessions').getByText('idle').first().waitFor();
    logOut();
    await sees('No iSCSI sessions. A machine that logs in to its target appears here.');
    await open('#/hosts/alpha');
    await page
      .locator('.moment')
      .filter({ hasText: /^.*alpha uses its ISO over iSCSI, as a disk\./ })
      .first()
      .waitFor();
    await page
      .locator('.moment')
      .filter({ hasText: /alpha stopped using its ISO over iSCSI after reading [\d.]+ MB/ })
      .first()
      .waitFor();
    await expectPlainWords(page);
  });

  it.skipIf(!hasQemu)('of QEMU’s own initiator is shown while it copies the disk', async () => {
    await open('#/hosts/alpha');
    const from = `iscsi://127.0.0.1:${port}/${hostTargetName(MAC)}/0`;
    const copying = run('qemu-img', ['convert', '-r', '4M', '-f', 'raw', '-O', 'raw', from, join(folder, 'copy.raw')]);
    await expect.poll(() => sessions('iscsi').allInnerTexts()).toEqual([expect.stringMatching(/MB\/s[\s\S]*iqn\.2008-11\.org\.linux-kvm/)]);
    await copying;
    await section('iscsi').getByText('No session.').waitFor();
  });

  it('of many machines exist only while they are visible', async () => {
    await open('#/network');
    for (let each = 0; each < 40; each++)
      await logIn(imageTargetName('Fedora'), `127.0.1.${1 + Math.floor(each / 8)}`, `8000000001${each.toString(16).padStart(2, '0')}`);
    await section('iscsi-sessions').getByText('40', { exact: true }).waitFor();
    const shown = await sessions('iscsi-sessions').count();
    expect(shown).toBeGreaterThan(5);
    expect(shown).toBeLessThan(20);
    await section('iscsi-sessions').getByRole('group').focus();
    await page.keyboard.press('End');
    await expect.poll(() => sessions('iscsi-sessions').last().getAttribute('aria-posinset')).toBe('40');
    await expectAccessible(page);
  });
});

describe('the boot method', () => {
  it('network disk (iSCSI) is chosen on the host’s page, with the reason of the server', async () => {
    await open('#/hosts/beta');
    await page.getByRole('button', { name: /Boot method of beta/i }).click();
    const choice = page.getByRole('option', { name: /network disk \(iSCSI\)/ });
    expect((await choice.innerText()).split('\n').length).toBeGreaterThan(1);
    await choice.click();
    await expect.poll(() => appliance.rooms.inventory.getHost('beta').assignment?.method).toBe('iscsi');
  });
});

it('nothing was refused by the page’s policy, and nothing failed', () => {
  expect(complaints).toEqual([]);
});
