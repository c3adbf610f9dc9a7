import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../contract/errors.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectScreen, SCREENS, expectAccessible, expectPlainWords, OUTPUT, UI } from './page-checks.ts';
import { bootOf, readingOf, receiptOf } from './iso-fakes.ts';

const MAC = '3c:ec:ef:00:00:03';
const SECOND = '3c:ec:ef:00:00:13';

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];
let asked: string[];
let stalled = false;
let made = false;

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  asked = [];
  bench = await startManagementServer({
    uiDir: UI,
    reading: (host) => {
      const reading = readingOf(host);
      return reading && stalled ? { ...reading, stalledSince: reading.lastAt } : reading;
    },
    boot: (inventory) => {
      const boot = bootOf(inventory);
      const none = new BootbenchError('E_VIEW_GONE', 'No view was made for this host yet.');
      return {
        ...boot,
        receipt: (host) => (made ? Promise.resolve(receiptOf(host)) : Promise.reject(none)),
        mediaUrl: (host) => {
          made = true;
          return boot.mediaUrl(host);
        },
      };
    },
    explain: (who) => {
      asked.push(who);
      const host = bench.inventory.listHosts()[0];
      const image = host?.assignment?.image ?? 'its own disk';
      return Promise.resolve({
        host: host?.name,
        mac: who,
        arch: 7,
        steps: [
          { stage: 'identity', message: `Host ${host?.name ?? who}.`, reasons: [] },
          {
            stage: 'boot-file',
            message: 'snponly.efi by TFTP.',
            reasons: ['Architecture 7, as the machine last said.', 'No override is set.'],
          },
          { stage: 'script', message: `Boots ${image}.`, reasons: [`${image} is assigned, once.`] },
          { stage: 'arguments', message: `quiet ${host?.assignment?.args ?? ''}`, reasons: [] },
          {
            stage: 'config',
            message: host?.assignment?.config === undefined ? 'No config.' : `Config ${host.assignment.config}.`,
            reasons: [],
          },
        ],
        script: '#!ipxe\nsanboot http://192.168.77.1:7080/iso/token/Fedora-43.iso',
        kernelArguments: 'quiet inst.text',
      });
    },
  });
  const { inventory, activity } = bench;
  for (const name of ['ks-web', 'preseed']) inventory.addConfig({ name, format: 'kickstart', files: { f: '' }, description: '' });
  const image = { source: { type: 'file', path: '/f.iso' } as const, kind: 'install' as const, description: '' };
  await inventory.addImage({ ...image, name: 'Fedora-43', bootConfigs: ['ks-web'] });
  await inventory.addImage({ ...image, name: 'Debian-13', bootConfigs: ['preseed'] });
  inventory.addHost({
    name: 'r750-03',
    interfaces: [
      { mac: MAC, allowPXE: true, ip: '192.168.77.13' },
      { mac: SECOND, allowPXE: true },
    ],
    localBoot: { kind: 'exit' },
    vars: { role: 'web' },
  });
  for (let index = 0; index < 450; index++)
    activity.record({
      type: 'dhcp.ack',
      host: index % 2 === 0 ? 'r750-03' : undefined,
      mac: MAC,
      message: `renewed its address, number ${index}`,
    });
  for (let index = 0; index < 320; index++)
    activity.record({ type: 'dhcp.ack', mac: '52:54:00:00:00:99', message: `of another machine ${index}` });
  activity.record({ type: 'tftp.started', mac: SECOND, message: 'asked for snponly.efi' });
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  page.setDefaultTimeout(15_000);
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
  await page.getByText('live').first().waitFor();
  await page.evaluate(() => (location.hash = '#/hosts/r750-03'));
  await page.getByRole('heading', { name: 'r750-03' }).waitFor();
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor();
const FROM_MEDIUM = '[aria-label="Complete kernel arguments from a medium"]';
const OVER_NETWORK = '[aria-label="Complete kernel arguments over the network"]';
const text = (selector = 'body'): Promise<string> => page.locator(selector).innerText();
const moments = (): Promise<number> => page.locator('.moment').count();

async function pick(button: RegExp, choice: RegExp): Promise<void> {
  await page.getByRole('button', { name: button }).click();
  await page.getByRole('option', { name: choice }).click();
}

describe('the host view', () => {
  it('says what the machine is, and what it has not said yet', async () => {
    await expect.poll(() => text('#identity')).toMatch(/3c:ec:ef:00:00:03\s+Super Micro\S* ?\S*\s+192\.168\.77\.13, reserved/i);
    expect(await text('#identity')).toContain('no address yet');
    expect(await text('#identity')).toContain('not reported yet');
    bench.inventory.recordFacts('r750-03', {
      serial: 'ABC1234',
      product: 'PowerEdge R750',
      manufacturer: 'Dell Inc.',
      uuid: '4c4c4544-0042-3510-8052-b4c04f443433',
      secureBoot: 'off',
      firmwareArch: 7,
    });
    await sees('Dell Inc. PowerEdge R750');
    await sees('x86-64 UEFI (7)');
    await expectPlainWords(page);
    await expectAccessible(page);
  });

  it('b6: shows what contradicts the confirmed identity, takes it as the same machine, and forgets it', async () => {
    const identity = page.locator('#identity');
    await identity.getByText('Reported by the machine, not confirmed.').waitFor();
    await identity.getByRole('button', { name: 'It is the same machine' }).click();
    await identity.getByText('Confirmed. Another machine with this MAC waits.').waitFor();
    bench.inventory.recordOtherReport('r750-03', MAC, { serial: 'XYZ9' });
    await identity.getByText('reported serial number XYZ9').waitFor();
    await expectPlainWords(page);
    await expectAccessible(page);
    await identity.getByRole('button', { name: 'Forget what it reported' }).click();
    await identity.getByText('reported serial number XYZ9').waitFor({ state: 'detached' });
    expect(bench.inventory.getHost('r750-03')).toMatchObject({ facts: { serial: 'ABC1234' }, confirmed: { serial: 'ABC1234' } });
    bench.inventory.recordOtherReport('r750-03', MAC, { serial: 'XYZ9' });
    await identity.getByText('reported serial number XYZ9').waitFor();
    await identity.getByRole('button', { name: 'It is the same machine' }).click();
    await expect.poll(() => bench.inventory.getHost('r750-03').confirmed).toMatchObject({ serial: 'XYZ9', by: 'person' });
  });

  it('assigns an ISO, a config, how often and arguments; the answer to "what will it get" follows', async () => {
    await sees('Boots its own disk.');
    await pick(/ISO of r750-03/, /Fedora-43/);
    await sees('Boots Fedora-43.');
    await page.getByRole('button', { name: /Config of r750-03/ }).click();
    const refused = page.getByRole('option', { name: /preseed/ });
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    expect(await refused.innerText()).toContain('not in the list of Fedora-43');
    await page.getByRole('option', { name: /ks-web/ }).click();
    await sees('Config ks-web.');
    await page.getByRole('textbox', { name: 'Kernel arguments' }).fill('inst.text console=ttyS0');
    await page.keyboard.press('Enter');
    await sees('quiet inst.text console=ttyS0');
    await pick(/What r750-03 boots afterwards/, /with preseed/);
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment?.after).toEqual({ image: 'localboot', config: 'preseed' });
    await pick(/Boot method of r750-03/, /network disk \(iSCSI\)/);
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment?.method).toBe('iscsi');
    await pick(/Boot method of r750-03/, /best method of the image/);
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment?.method).toBeUndefined();
    await pick(/How often r750-03/, /every time/);
    await expect
      .poll(() => bench.inventory.getHost('r750-03').assignment)
      .toMatchObject({ image: 'Fedora-43', config: 'ks-web', args: 'inst.text console=ttyS0', mode: 'always', state: 'armed' });
  });

  it('j10: previews the whole line of each way while it is typed: each part with where it comes from, and why it cannot be served', async () => {
    const field = page.getByRole('textbox', { name: 'Kernel arguments' });
    await field.fill('debug');
    await expect.poll(() => text(FROM_MEDIUM)).toMatch(/Its kernel would get from a medium \(virtual-media\)\s+\d+ of 2,000 bytes/);
    await expect.poll(() => text(`${FROM_MEDIUM} .arguments-parts`)).toMatch(/system\s+inst.text[\s\S]*this host\s+debug/);
    expect(bench.inventory.getHost('r750-03').assignment?.args).toBe('inst.text console=ttyS0');
    await field.fill('x'.repeat(1990));
    await sees(/boot loaders take 2000: shorten it by/);
    await field.fill('inst.text console=ttyS0');
    await expect.poll(() => text(FROM_MEDIUM)).toContain('Its kernel gets');
    // j10: the machine may netboot as well, and then its words are others.
    await expect.poll(() => text(OVER_NETWORK)).toMatch(/Its kernel gets over the network \(kernel\)[\s\S]*inst\.stage2=/);
    expect(await text(FROM_MEDIUM)).not.toContain('inst.stage2=');
    await expectAccessible(page);
  });

  it('chooses how it boots and how its config reaches it; what cannot be says why', async () => {
    await page.getByRole('button', { name: /Boot method of r750-03/ }).click();
    const refused = page.getByRole('option', { name: /kernel over the network/ });
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    expect(await refused.innerText()).toContain('unknown');
    await page.getByRole('option', { name: /BMC virtual media/ }).click();
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment?.method).toBe('virtual-media');
    await pick(/Config delivery to r750-03/, /on the ISO itself/);
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment).toMatchObject({ method: 'virtual-media', deliver: 'media' });
    await pick(/Boot method of r750-03/, /best method/);
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment?.method).toBeUndefined();
  });

  it('another ISO clears the config and says so', async () => {
    await pick(/ISO of r750-03/, /Debian-13/);
    await sees('Config "ks-web" was cleared');
    await page.locator('#assignment').getByRole('button', { name: 'Close' }).click();
    await page.locator('#assignment').getByText('was cleared').waitFor({ state: 'detached' });
  });

  it('asks again when an image or a config of it changes, and for the chosen MAC', async () => {
    const before = asked.length;
    await bench.inventory.patchImage('Debian-13', { description: 'netinst' });
    await expect.poll(() => asked.length).toBeGreaterThan(before);
    await pick(/MAC address/, new RegExp(SECOND));
    await expect.poll(() => asked.at(-1)).toBe(SECOND);
  });

  it('folds reasons, script and arguments', async () => {
    expect(await page.getByText('No override is set.').isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Why?' }).first().click();
    await sees('No override is set.');
    await page.getByRole('button', { name: 'Its script' }).click();
    await sees(/sanboot http/);
    expect(
      await page
        .locator('.script')
        .first()
        .evaluate((each) => getComputedStyle(each).fontFamily),
    ).toContain('IBM Plex Mono');
    await expectAccessible(page);
  });
});

describe('its timeline', () => {
  it('tells what was heard by name and by each MAC, newest first, nothing of others', async () => {
    expect(await page.locator('.moments').textContent()).toContain('asked for snponly.efi');
    expect(await page.locator('.moments').textContent()).toContain('renewed its address, number 449');
    expect(await page.locator('.moments').textContent()).not.toContain('of another machine');
  });

  it('loads older without a gap until there is nothing older', async () => {
    const numbers = async (): Promise<number[]> =>
      (await page.locator('.moment-text').allTextContents()).flatMap((words) => /number (\d+)/.exec(words)?.[1] ?? []).map(Number);
    const first = await numbers();
    expect(first).toEqual(first.map((_each, index) => 449 - index));
    for (let round = 0; round < 5 && (await page.getByRole('button', { name: 'Load older' }).count()) > 0; round++) {
      const count = await moments();
      await page.getByRole('button', { name: 'Load older' }).click();
      await expect.poll(async () => (await moments()) > count || (await text('#timeline')).includes('No older events')).toBe(true);
    }
    await sees('No older events are stored.');
    const all = await numbers();
    expect(all).toEqual(Array.from({ length: 450 }, (_each, index) => 449 - index));
  });

  it('follows live, filtered by words', async () => {
    bench.activity.record({ type: 'iso.opened', mac: SECOND, message: 'opened its ISO' });
    bench.activity.record({ type: 'dhcp.nak', host: 'r750-03', message: 'asked for an address of another network' });
    await expect.poll(() => page.locator('.moment-text').first().textContent()).toContain('another network');
    await page.getByRole('radio', { name: 'ISO' }).click();
    await expect.poll(moments).toBe(1);
    await page.getByRole('radio', { name: 'errors' }).click();
    await expect.poll(moments).toBe(1);
    await sees('asked for an address of another network');
    await page.getByRole('radio', { name: 'config' }).click();
    await sees('No such events.');
    await page.getByRole('radio', { name: 'all' }).click();
  });

  it('what moves is on top, with its bar, rate and time left', async () => {
    bench.progress({ key: 'a', mac: SECOND, message: 'reading install.img', done: 710e6, total: 1e9, rate: 93e6 });
    bench.progress({ key: 'b', host: 'r750-03', message: 'packages', done: 20e6 });
    await page.locator('.host-progress').getByText('93 MB/s · 4 s left').waitFor();
    await page.locator('.host-progress').getByText('packages').waitFor();
    expect(await page.locator('.host-progress progress').count()).toBe(1);
  });
});

describe('its ISO', () => {
  it('tells what was read of it, file by file, and follows', async () => {
    const reads = page.locator('#reads');
    await reads.getByText('41 %').waitFor();
    await reads.getByRole('img', { name: /41 % of Fedora-43 read/ }).waitFor();
    expect(await text('.reading-files')).toMatch(/✓ grub.cfg \(own\)\s+✓ vmlinuz\s+✓ initrd.img\s+◐ install.img 71 %/);
    const strip = '9'.repeat(64) + '0'.repeat(64);
    const part = { name: 'images/install.img', done: 9, total: 10 };
    bench.progress({ key: 'iso:x', host: 'r750-03', message: 'r750-03 reads Fedora-43', done: 50, total: 100, rate: 5e6, part, strip });
    await reads.getByText('reading install.img').waitFor();
    await reads.getByRole('img', { name: /50 % of Fedora-43 read/ }).waitFor();
    expect(await reads.locator('rect').count()).toBe(1);
  });

  it('asks for the machine’s reads again when evidence comes: a stall stands on top', async () => {
    stalled = true;
    bench.activity.record({ type: 'iso.stalled', host: 'r750-03', message: 'r750-03 loaded its kernel, then read nothing for 45 s.' });
    await page
      .locator('#reads')
      .getByText(/r750-03 loaded its kernel and has read nothing since/)
      .waitFor();
    await expectAccessible(page);
    stalled = false;
    bench.activity.record({ type: 'iso.file-read', host: 'r750-03', message: 'r750-03 has read install.img.' });
    await page.getByText('has read nothing since').waitFor({ state: 'detached' });
  });

  it('has no receipt before it is made; its URL is made for a person at a BMC', async () => {
    await page.getByText('Its ISO is created when the machine requests it').waitFor();
    await page.getByRole('button', { name: 'Create ISO URL' }).click();
    await sees('The machine read its patched data at');
    await sees('3 files differ');
  });

  it('shows each file before and after, with its lines, and makes the sum when asked', async () => {
    await page.getByRole('button', { name: 'Files, address and checksum' }).press('Enter');
    const file = page.getByRole('list', { name: 'Files that differ' }).getByRole('listitem').first();
    expect(await file.innerText()).toMatch(/EFI\/BOOT\/grub.cfg\s+moved to the end\s+1,283 → 1,402 bytes\s+at 2,400,000,000/);
    await file.getByRole('button', { name: '2 lines differ' }).press('Enter');
    const lines = page.getByRole('group', { name: 'Lines of EFI/BOOT/grub.cfg that differ' });
    expect(await lines.locator('del').first().innerText()).toContain('rd.live.check');
    expect(await lines.locator('ins').first().innerText()).toContain('inst.ks=');
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Compute the SHA-256 of this view' }).press('Enter');
    await sees('9f'.repeat(32));
    await expectPlainWords(page);
    await page.getByRole('button', { name: 'Files, address and checksum' }).press('Enter');
  });
});

describe('looks', () => {
  it.each(SCREENS)('%s at %i×%i', (colorScheme, width, height) => expectScreen(page, 'host', colorScheme, width, height));
});

describe('leaving', () => {
  it('by keyboard alone: an ISO is chosen, then Esc goes one step back', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: /ISO of r750-03/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('listbox').waitFor();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await expect.poll(() => bench.inventory.getHost('r750-03').assignment?.image).toBe('localboot');
    await page.getByRole('listbox').waitFor({ state: 'detached' });
    await page.keyboard.press('Escape');
    await page.getByRole('grid').waitFor();
  });

  it('a host that was removed says so and leads back', async () => {
    await page.evaluate(() => (location.hash = '#/hosts/r750-03'));
    await page.getByRole('button', { name: 'Remove…' }).click();
    await page.getByRole('button', { name: 'Remove r750-03' }).click();
    await page.getByText('No hosts yet.').waitFor();
    await page.evaluate(() => (location.hash = '#/hosts/r750-03'));
    await sees('Host r750-03 not found');
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Show all hosts' }).click();
    await page.getByText('No hosts yet.').waitFor();
  });

  it('all that without an error or a refusal by the page’s policy', () => {
    expect(complaints).toEqual([]);
  });
});
