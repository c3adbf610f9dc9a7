import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BootFileStatus, PreflightCheck } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Lease } from '../../contract/inventory.ts';
import { leaseRows } from '../../db/leases.ts';
import { hostInput } from '../fixtures/data-fixture.ts';
import { NIC, STATUS, startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, openPage, OUTPUT, photograph, UI } from './page-checks.ts';

const FILES: BootFileStatus[] = [
  {
    name: 'ipxe.efi',
    arch: 'x86-64 UEFI',
    present: true,
    size: 1_000_000,
    sha256: 'a'.repeat(64),
    origin: 'verified',
    from: 'ipxe.org',
    cost: 'x',
    facts: { format: 'uefi', program: 'iPXE', version: '1.21.1', machine: 'x86-64', offsetBits: 64, features: ['HTTP', 'HTTPS', 'iSCSI'] },
  },
  {
    name: 'undionly.kpxe',
    arch: 'x86 BIOS',
    present: true,
    size: 70_000,
    sha256: 'b'.repeat(64),
    origin: 'other',
    from: 'a file of yours',
    cost: 'x',
  },
  { name: 'snp-arm64.efi', arch: 'ARM64 UEFI', present: false, origin: 'missing', from: 'ipxe.org', cost: 'ARM machines cannot netboot.' },
];
const GET: PreflightCheck = {
  id: 'boot-files',
  state: 'warning',
  message: '1 boot file is missing.',
  fix: { message: 'Get it:', button: 'Get them' },
};

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];
const asked: Record<string, unknown>[] = [];
const fixed: string[] = [];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI });
  bench.control.bootFiles = () => Promise.resolve(FILES);
  bench.control.preflight = () => Promise.resolve([GET]);
  bench.control.fix = (id) => {
    fixed.push(id);
    return Promise.resolve([{ id, state: 'ok', message: 'Every boot file is there.' }]);
  };
  const change = bench.control.changeSettings;
  bench.control.changeSettings = (patch) => {
    asked.push(patch);
    if (JSON.stringify(patch).includes('nope'))
      return Promise.reject(new BootbenchError('E_OVERRIDE_SYNTAX', '"7=nope.efi": it is not a file of the catalogue.'));
    return change(patch);
  };
  browser = await launch();
  page = await openPage(browser);
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
  await page.getByText('live').first().waitFor();
  await page.evaluate(() => (location.hash = '#/network'));
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor({ timeout: 15_000 });
const button = (name: string | RegExp): Locator => page.getByRole('button', { name });
const option = (name: string): Locator => page.locator('.option').filter({ has: page.getByText(name, { exact: true }) });
const addLease = (ip: string, mac: string, state: Lease['state'], left: number, hostname?: string): void =>
  leaseRows(bench.db).put({
    ip,
    mac,
    state,
    startedAt: Date.now(),
    expiresAt: Date.now() + left,
    ...(hostname !== undefined && { hostname }),
  });
const field = (name: string): Locator => page.getByLabel(name, { exact: true });

describe('the network view', () => {
  it('tells the facts of the port and of each service', async () => {
    await sees('52:54:00:aa:bb:cc');
    await sees('a separate network');
    await sees('full mode on enp3s0, port 67');
    await expectPlainWords(page);
    await expectAccessible(page);
  });

  it('shows which client is limited, and which host that is', async () => {
    await sees('No client has reached a limit.');
    addLease('192.168.77.66', '52:54:00:99:99:99', 'bound', 3_600_000);
    bench.inventory.addHost(hostInput('flooder', '52:54:00:99:99:99'));
    for (let count = 0; count < 1234; count += 1) bench.limits.limited('tftp-transfers', '192.168.77.66');
    bench.limits.limited('dhcp-strangers', 'enp3s0');
    const [strangers, transfers] = [page.locator('.limit').nth(0), page.locator('.limit').nth(1)];
    await expect.poll(() => strangers.innerText()).toContain('DHCP requests of unknown machines: enp3s0');
    await expect.poll(() => transfers.innerText()).toMatch(/TFTP transfers: flooder\s+192.168.77.66/);
    expect(await transfers.getByRole('link', { name: 'flooder' }).getAttribute('href')).toBe('#/hosts/flooder');
    await sees(/1.234 transfers refused/);
    await sees('2 limited now');
    await expectAccessible(page);
    await expectPlainWords(page);
    await page.locator('#protection').scrollIntoViewIfNeeded();
    await photograph(page, 'network-protection');
    bench.inventory.removeHost('flooder');
  });

  it('a mode is asked for at once on a port of its own', async () => {
    await option('Proxy').click();
    await expect.poll(() => asked.at(-1)).toEqual({ dhcp: 'proxy' });
    expect(await page.getByRole('radio', { name: /^Proxy/ }).isChecked()).toBe(true);
  });

  it('and confirmed where it has the default route; Esc changes nothing', async () => {
    const office = { ...NIC, defaultRoute: true };
    bench.setNics([office]);
    bench.setStatus({ nic: office });
    await sees('has the default route');
    await option('Full').click();
    await sees('Assign addresses here?');
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await page.getByText('Assign addresses here?').waitFor({ state: 'detached' });
    expect(asked.at(-1)).toEqual({ dhcp: 'proxy' });
    await option('Full').click();
    await button('Assign addresses on enp3s0').click();
    await expect.poll(() => asked.at(-1)).toEqual({ dhcp: 'full', confirmDhcp: true });
    bench.setNics([NIC]);
    bench.setStatus(STATUS);
  });

  it('a setting is typed, refused at its field, and saved with Enter', async () => {
    await field('Pool').fill('192.168.77.200 - 192.168.77.100');
    await page.keyboard.press('Enter');
    await sees('192.168.77.200 comes after 192.168.77.100.');
    await expectAccessible(page);
    await field('Pool').fill('192.168.77.100-192.168.77.150');
    await page.keyboard.press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual({ pool: ['192.168.77.100', '192.168.77.150'] });
    await expect.poll(() => field('Pool').inputValue()).toBe('192.168.77.100 - 192.168.77.150');
    await field('Lease time').fill('12 h');
    await button('Save Lease time').click();
    await expect.poll(() => asked.at(-1)).toEqual({ leaseTime: 43_200 });
    await field('Router').fill('10.0');
    await page.keyboard.press('Escape');
    expect(await field('Router').inputValue()).toBe('');
    expect(page.url()).toContain('#/network');
  });

  it('what another window changes shows here', async () => {
    await bench.control.changeSettings({ router: '192.168.77.1' });
    bench.activity.record({ type: 'settings.changed', message: 'Settings changed: router 192.168.77.1.' });
    await expect.poll(() => field('Router').inputValue()).toBe('192.168.77.1');
  });

  it('machines that are no hosts: the policy is chosen by keyboard', async () => {
    await page.getByRole('radio', { name: /^Address only/ }).focus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => asked.at(-1)).toEqual({ unknown: 'exit' });
  });

  it('b1: machines behind a router: what is believed of them is chosen', async () => {
    await page.getByRole('radio', { name: /^Trust their addresses/ }).focus();
    await page.keyboard.press('Space');
    await expect.poll(() => asked.at(-1)).toEqual({ routedMachines: 'trust' });
  });

  it('looks for other servers and names them', async () => {
    await page.locator('#other-servers').getByRole('button', { name: 'Scan again' }).click();
    await page.locator('#other-servers').getByText('192.168.77.254 assigns addresses.').waitFor();
    bench.control.probe = () => Promise.reject(new BootbenchError('E_NIC_NO_CARRIER', 'enp3s0 has no link.'));
    await page.locator('#other-servers').getByRole('button', { name: 'Scan again' }).click();
    await page.locator('#other-servers').getByText('enp3s0 has no link.').waitFor();
  });

  it('leases tell machine, vendor, state and until when; what boots nothing too', async () => {
    bench.inventory.addHost({
      name: 'r750-03',
      interfaces: [{ mac: '52:54:00:00:00:03', allowPXE: true }],
      localBoot: { kind: 'exit' },
      vars: {},
    });
    addLease('192.168.77.101', '52:54:00:00:00:03', 'bound', 3_590_000);
    addLease('192.168.77.102', '3c:ec:ef:00:00:09', 'bound', -1000, 'ups-1');
    addLease('192.168.77.103', '52:54:00:00:00:05', 'declined', 500_000);
    const row = (ip: string): Locator => page.locator('.leases tr', { hasText: ip });
    await row('192.168.77.101').getByRole('link', { name: 'r750-03' }).waitFor();
    await row('192.168.77.101').getByText('in 59 min').waitFor();
    await row('192.168.77.102').getByText('ups-1', { exact: true }).waitFor();
    await row('192.168.77.102')
      .getByText(/^Super Micro/i)
      .waitFor();
    await row('192.168.77.102').getByText('expired').waitFor();
    await row('192.168.77.103').getByText('conflict').waitFor();
  });

  it('b7: a lease is released, on the second press', async () => {
    await page.getByRole('button', { name: 'Release 192.168.77.103', exact: true }).click();
    await page.getByRole('button', { name: 'Release 192.168.77.103 now' }).click();
    await page.locator('.leases tr', { hasText: '192.168.77.103' }).waitFor({ state: 'detached' });
    await page.locator('.leases tr', { hasText: '192.168.77.102' }).waitFor();
  });

  it('the packet log tells why, and of one machine alone', async () => {
    bench.activity.record({
      type: 'dhcp.discover',
      mac: '52:54:00:00:00:03',
      host: 'r750-03',
      message: 'r750-03 is requesting an address.',
    });
    bench.activity.record({
      type: 'dhcp.offer',
      mac: '52:54:00:00:00:03',
      host: 'r750-03',
      message: 'Offered 192.168.77.101 to r750-03, with the boot file ipxe.efi.',
      data: { reasons: ['architecture 7 is x86-64 UEFI', 'the address of its last lease'] },
    });
    bench.activity.record({
      type: 'tftp.missed',
      ip: '192.168.77.102',
      message: '192.168.77.102 asked for grub.cfg by TFTP: there is no such file.',
    });
    bench.activity.record({ type: 'script.served', host: 'r750-03', message: 'not a packet' });
    const packets = page.locator('#packets');
    await packets.getByText('Why: architecture 7 is x86-64 UEFI; the address of its last lease').waitFor();
    await packets.getByText('asked for grub.cfg').waitFor();
    expect(await packets.getByText('not a packet').count()).toBe(0);
    await page.locator('body').press('/');
    await page.keyboard.type('3c-ec-ef');
    await packets.getByText('asked for grub.cfg').waitFor();
    await packets.getByText('Offered 192.168.77.101').waitFor({ state: 'detached' });
    await page.getByLabel('Filter by machine').fill('');
    await photograph(page, 'network');
    await page.locator('#overrides').evaluate((part) => part.scrollIntoView());
    // The shell stays; only the column scrolls.
    expect(await page.evaluate(() => document.documentElement.scrollTop + document.body.scrollTop)).toBe(0);
    expect((await page.locator('.header').boundingBox())?.y).toBe(0);
    await page.screenshot({ path: join(OUTPUT, 'network-below.png') });
  });

  it('boot files: what is there, what a missing one costs, and the button that gets it', async () => {
    const files = page.locator('#boot-files');
    await files.getByText('ARM machines cannot netboot.').waitFor();
    await files.getByText('aaaaaaaaaaaa').waitFor();
    await files.getByText('iPXE 1.21.1, x86-64, 64-bit offsets: HTTP, HTTPS, iSCSI').waitFor();
    await files.getByText('Version and features: unknown').waitFor();
    await files.getByRole('button', { name: 'Get them' }).click();
    await expect.poll(() => fixed).toEqual(['boot-files']);
    await files.getByRole('button', { name: 'Get them' }).waitFor({ state: 'detached' });
  });

  it('boot files from an address: every hash is shown, and only what is chosen is confirmed with it', async () => {
    const file = {
      arch: 'x86-64 UEFI',
      cost: 'x',
      size: 9,
      facts: { format: 'uefi', program: 'iPXE', version: '2.0.0', machine: 'x86-64' } as const,
    };
    bench.control.bootFileOffers = (from) =>
      Promise.resolve([
        { ...file, name: 'ipxe.efi', state: 'new', sha256: 'c'.repeat(64), location: `${from}/ipxe.efi` },
        { ...file, name: 'snp-arm64.efi', state: 'changed', sha256: 'd'.repeat(64), confirmedSha256: 'e'.repeat(64) },
        { ...file, name: 'undionly.kpxe', state: 'refused', problem: 'it is a web page, not a boot file.' },
      ]);
    const confirmed: unknown[] = [];
    bench.control.installBootFiles = (from, hashes) => {
      confirmed.push(from, hashes);
      return Promise.resolve(FILES);
    };
    await page.locator('#boot-files').getByRole('button', { name: 'From a folder or an address…' }).focus();
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('Folder or address').fill('https://boot.example.org');
    await page.keyboard.press('Enter');
    await sheet.getByText('c'.repeat(64)).waitFor();
    await sheet.getByText('it is a web page').waitFor();
    await sheet.getByText(`Confirmed before: ${'e'.repeat(64)}`).waitFor();
    expect(await sheet.getByLabel('Install snp-arm64.efi').isChecked()).toBe(false);
    expect(await sheet.getByLabel('Install undionly.kpxe').isDisabled()).toBe(true);
    await photograph(page, 'boot-files-source');
    await expectAccessible(page);
    await sheet.getByRole('button', { name: 'Install 1 file' }).click();
    await sheet.waitFor({ state: 'detached' });
    expect(confirmed).toEqual(['https://boot.example.org', { 'ipxe.efi': 'c'.repeat(64) }]);
  });

  it('overrides: the appliance’s refusal stands at the field', async () => {
    await field('Overrides').fill('7=nope.efi');
    await page.keyboard.press('Enter');
    await sees(/"7=nope.efi": it is not a file of the catalogue\./);
    await field('Overrides').fill('7=ipxe.efi, 16=ipxe.efi');
    await page.keyboard.press('Enter');
    await expect.poll(() => asked.at(-1)).toEqual({ ipxeOverrideArchMapping: '7=ipxe.efi,16=ipxe.efi' });
    await expectPlainWords(page);
    await expectAccessible(page);
  });

  it('works in a narrow window without scrolling sideways', async () => {
    await page.setViewportSize({ width: 800, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(800);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('did all that without an error or a refusal by its policy', () => {
    expect(complaints).toEqual([]);
  });
});
