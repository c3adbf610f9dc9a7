import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PreflightCheck } from '../../contract/appliance.ts';
import type { HostInput } from '../../contract/inventory.ts';
import { NIC, STATUS, startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, openPage, OUTPUT, photograph, UI } from './page-checks.ts';

const MAC = '52:54:00:12:34:56';
const PXE = { vendorClass: 'PXEClient:Arch:00007:UNDI:003016', ipxe: false };

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];
let checks: PreflightCheck[];
const fixed: string[] = [];

const hostOf = (name: string, mac: string): HostInput => ({
  name,
  interfaces: [{ mac, allowPXE: true }],
  localBoot: { kind: 'exit' },
  vars: {},
});

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI });
  checks = [{ id: 'network', state: 'ok', message: 'enp3s0 is a wired port of its own.' }];
  bench.control.preflight = () => Promise.resolve(checks);
  bench.control.fix = (id) => {
    fixed.push(id);
    checks = checks.map((check) => (check.id === id ? { id, state: 'ok', message: `${id} is in order.` } : check));
    return new Promise((resolve) => setTimeout(() => resolve(checks), 400));
  };
  browser = await launch();
  page = await openPage(browser);
  complaints = complaintsOf(page);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const text = (selector = 'body'): Promise<string> => page.locator(selector).innerText();
const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor({ timeout: 15_000 });
const machine = (key: string): Locator => page.locator(`.machine[data-key="${key}"]`);
const button = (name: string | RegExp): Locator => page.getByRole('button', { name, exact: typeof name === 'string' });

describe('the bench', () => {
  it('opens by the printed address, and the token leaves the address bar', async () => {
    await page.goto(bench.management.uiUrl);
    await sees('live');
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate(() => sessionStorage.getItem('bootbench-token'))).toBe(bench.token);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('an empty bench says what to do, in no bad words', async () => {
    await sees('Power on a machine and watch it appear here.');
    await sees('enp3s0 has 192.168.77.1/24');
    await sees('enp3s0 is a wired port of its own.');
    await sees('full mode on enp3s0, port 67');
    await expectPlainWords(page);
    await expectAccessible(page);
  });

  it('the checklist says what is wrong, how to mend it, and mends it by a button with an answer at once', async () => {
    checks = [
      { id: 'carrier', state: 'ok', message: 'enp3s0 has a link of 1000 Mbit/s.' },
      {
        id: 'permission',
        state: 'failed',
        message: 'The operating system does not allow Bootbench to open DHCP (udp 67).',
        fix: { message: 'Allow ordinary programs to open low ports:', command: 'sudo sysctl -w x=67', button: 'Allow low ports' },
      },
      {
        id: 'other-dhcp',
        state: 'failed',
        message: 'Another DHCP server answers on enp3s0: 192.168.77.254 (MikroTik).',
        fix: { message: 'Use proxy mode beside it.', button: 'Use proxy mode', also: [{ id: 'look-again', button: 'Look for it again' }] },
      },
      { id: 'firewall', state: 'unknown', message: 'Whether the firewall lets boot traffic in is not known.' },
    ];
    await button('Check again').click();
    await sees('The operating system does not allow Bootbench to open DHCP (udp 67).');
    await sees('sudo sysctl -w x=67');
    expect(await page.locator('.before-check-failed .state-needs').count()).toBe(2);
    expect(await page.locator('.before-check-unknown .state-off').count()).toBe(1);
    await expectAccessible(page);
    await button('Allow low ports').click();
    await page.getByRole('button', { name: 'Requested…' }).waitFor({ timeout: 100 });
    await sees('permission is in order.');
    await button('Look for it again').click();
    await expect.poll(() => fixed).toEqual(['permission', 'look-again']);
  });

  it('the command can be copied', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    checks = [
      { id: 'firewall', state: 'warning', message: 'The firewall drops it.', fix: { message: 'Run:', command: 'sudo ufw allow 67/udp' } },
    ];
    await button('Check again').click();
    await page.getByRole('button', { name: /^Copy: sudo ufw/ }).click();
    await page.getByRole('button', { name: /^Copied/ }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe('sudo ufw allow 67/udp');
  });

  it('looks again by itself when the status changes', async () => {
    checks = [{ id: 'network', state: 'ok', message: 'All is in order now.' }];
    bench.setStatus({ services: STATUS.services });
    await sees('All is in order now.');
  });

  it('a machine that asks to boot appears by itself with its maker, and is adopted', async () => {
    bench.inventory.discover({ mac: '3c:ec:ef:00:00:09', vendorClass: 'PXEClient:Arch:00007', facts: {} });
    await machine('3c:ec:ef:00:00:09')
      .getByText(/Super Micro/i)
      .waitFor();
    bench.inventory.discover({ mac: MAC, facts: { manufacturer: 'Dell Inc.', product: 'PowerEdge R750', serial: 'ABC1234' } });
    await machine(MAC).getByText('Dell Inc. PowerEdge R750 · serial ABC1234').waitFor();
    await button(`Adopt ${MAC}`).click();
    await page.getByLabel(`Name for ${MAC}`).fill('r 750');
    await button('Add host').click();
    await sees(/use 1 to 63 letters/);
    await expectAccessible(page);
    await page.getByLabel(`Name for ${MAC}`).fill('r750-03');
    await button('Add host').click();
    await machine(MAC).waitFor({ state: 'detached' });
    expect(bench.inventory.getHost('r750-03').interfaces[0]?.mac).toBe(MAC);
  });

  it('a boot is followed step by step, with bar, rate and time left', async () => {
    bench.inventory.addConfig({ name: 'fedora-server', format: 'kickstart', files: { 'ks.cfg': '' }, description: '' });
    const image = {
      source: { type: 'file' as const, path: '/f.iso' },
      kind: 'install' as const,
      description: '',
      bootConfigs: ['fedora-server'],
    };
    await bench.inventory.addImage({ ...image, name: 'Fedora-43' });
    bench.inventory.assign('r750-03', { image: 'Fedora-43', config: 'fedora-server', mode: 'once' });
    const row = machine('r750-03');
    await row.getByText('waiting for power-on').waitFor();
    const who = { host: 'r750-03', mac: MAC };
    bench.activity.record({ type: 'dhcp.discover', ...who, message: 'r750-03 is requesting an address.', data: PXE });
    await row.getByText('boot requested').waitFor();
    bench.activity.record({ type: 'tftp.started', ...who, message: 'r750-03 started to read ipxe.efi by TFTP.' });
    await row.getByText('reading boot file').waitFor();
    bench.activity.record({ type: 'script.served', ...who, message: 'r750-03 boots Fedora-43.' });
    await row.getByText('boot script loaded').waitFor();
    bench.activity.record({ type: 'iso.opened', ...who, message: 'r750-03 started reading Fedora-43.' });
    bench.progress({ key: 'iso:t', host: 'r750-03', message: 'reads', done: 710_000_000, total: 1_000_000_000, rate: 93_000_000 });
    await row.getByText('reading the ISO 71 %').waitFor();
    await row.getByText('93 MB/s').waitFor();
    await row.getByText('4 s left').waitFor();
    expect(await row.locator('progress').getAttribute('value')).toBe('710000000');
    expect((await row.locator('.steps').innerText()).replaceAll(/\s+/g, ' ')).toBe('address ✓ boot file ✓ script ✓ ISO ◐ config ○ done ○');
    await page.locator('.status-last').getByText('started reading').waitFor();
  });

  it('trouble comes first and says why; rows slide to their places', async () => {
    for (const [name, mac] of [
      ['x11-02', '3c:ec:ef:00:00:02'],
      ['nuc-11', '52:54:00:00:00:11'],
      ['a-host-with-a-name-that-is-too-long', '52:54:00:00:00:12'],
    ] as const)
      bench.inventory.addHost(hostOf(name, mac));
    bench.activity.record({ type: 'boot.complete', host: 'nuc-11', message: 'nuc-11 phoned home: its system is up.' });
    bench.activity.record({ type: 'iso.opened', host: 'a-host-with-a-name-that-is-too-long', message: 'started reading Fedora-43.' });
    bench.activity.record({ type: 'dhcp.other-server', message: 'Another DHCP server answers: 192.168.77.254 (MikroTik).' });
    await machine('nuc-11').getByText('phoned home').waitFor();
    bench.activity.record({
      type: 'boot.mismatch',
      host: 'x11-02',
      message: 'A machine with the MAC of x11-02 has the serial number ABC1234, but x11-02 has XYZ9876: check which one is plugged in.',
    });
    await machine('x11-02').getByText('identity mismatch').waitFor();
    await machine('x11-02').getByText('check which one is plugged in').waitFor();
    expect(await page.locator('.machine').first().getAttribute('data-key')).toBe('x11-02');
    await expectPlainWords(page);
    await expectAccessible(page);
    checks = [
      { id: 'carrier', state: 'ok', message: 'enp3s0 has a link of 1000 Mbit/s.' },
      { id: 'address', state: 'ok', message: 'enp3s0 has the address 192.168.77.1.' },
      { id: 'network', state: 'ok', message: 'enp3s0 is a wired port of its own.' },
      { id: 'port', state: 'ok', message: 'DHCP (udp 67) is in use by Bootbench.' },
      {
        id: 'other-dhcp',
        state: 'failed',
        message: 'Another DHCP server answers on enp3s0: 192.168.77.254 (MikroTik).',
        fix: {
          message: 'Use proxy mode alongside it, or disconnect it and scan again.',
          button: 'Use proxy mode',
          also: [{ id: 'look', button: 'Check again' }],
        },
      },
      {
        id: 'firewall',
        state: 'warning',
        message: 'The firewall ufw is on and does not let boot traffic in.',
        fix: {
          message: 'Open the ports on this network port only:',
          command: 'sudo ufw allow in on enp3s0 proto udp to any port 67,69,4011',
          button: 'Open the ports',
        },
      },
    ];
    bench.setStatus({ services: STATUS.services });
    await sees('The firewall ufw is on');
    await photograph(page, 'bench');
  });

  it('problems alone can be shown', async () => {
    await page.getByRole('radio', { name: 'problems' }).click();
    await page.locator('.event-trouble').getByText('MikroTik').waitFor();
    expect(await page.locator('.event:not(.event-trouble)').count()).toBe(0);
    await page.getByRole('radio', { name: 'all' }).click();
    await page.locator('#events').getByText('phoned home').waitFor();
  });

  it('a machine leads to its page', async () => {
    await machine('r750-03').getByRole('link', { name: 'r750-03' }).click();
    await page.waitForURL(/#\/hosts\/r750-03$/);
    await page.goBack();
    await sees('Before you plug in');
  });

  it('a port without an address is offered one, and a service that cannot start says why, what to do, and leads to Help', async () => {
    const bare = { ...NIC, name: 'enp4s0', addresses: [{ address: '169.254.7.7', netmask: '255.255.0.0', linkLocal: true }], speed: 100 };
    bench.setNics([NIC, bare]);
    checks = [
      {
        id: 'address',
        state: 'failed',
        message: 'enp4s0 has no IPv4 address.',
        fix: { message: 'Give it one:', command: 'sudo ip address add …', button: 'Give it 192.168.77.1' },
      },
    ];
    const error = {
      code: 'E_PORT_PERMISSION',
      message: 'Port 69 needs permission.',
      next: 'Run: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67',
    };
    bench.setStatus({
      nic: bare,
      address: undefined,
      bootUrl: undefined,
      services: [
        { name: 'dhcp', state: 'waiting', message: 'waiting for an address' },
        { name: 'tftp', state: 'failed', message: 'not running', error },
        { name: 'http', state: 'starting', message: 'opening' },
        { name: 'management', state: 'off', message: 'off' },
      ],
    });
    await sees('Port 69 needs permission.');
    await sees(/ip_unprivileged_port_start=67/);
    await button('Give enp4s0 192.168.77.1').waitFor();
    await expectPlainWords(page);
    await expectAccessible(page);
    await page.screenshot({ path: join(OUTPUT, 'bench-no-address.png') });
    await page.getByRole('link', { name: 'E_PORT_PERMISSION' }).click();
    await page.locator('#E_PORT_PERMISSION[aria-current]').waitFor();
    await page.goBack();
    const { setAddress } = bench.control;
    bench.control.setAddress = (...asked) => {
      checks = [{ id: 'address', state: 'ok', message: 'enp3s0 has the address 192.168.77.1.' }];
      return setAddress(...asked);
    };
    await button('Give enp4s0 192.168.77.1').click();
    await sees('enp3s0 has 192.168.77.1/24');
    await expect.poll(() => page.getByRole('button', { name: /^Give/ }).count()).toBe(0);
  });

  it('a full disk is a banner on every page until there is space', async () => {
    const problem = {
      id: 'storage-inventory',
      since: Date.now(),
      code: 'E_DISK_FULL',
      message: 'The disk refuses to save hosts.',
      next: 'Free space.',
    };
    bench.setStatus({ ...STATUS, problems: [problem] });
    const banner = page.getByRole('alert').filter({ hasText: 'The disk refuses to save hosts.' });
    await banner.getByText('Free space.').waitFor();
    await page.getByRole('link', { name: /^Help/ }).click();
    await banner.waitFor();
    await expectAccessible(page);
    bench.setStatus({ ...STATUS, problems: undefined });
    await banner.waitFor({ state: 'detached' });
    await page.goBack();
  });

  it('another port is chosen with the picker, by keyboard alone', async () => {
    bench.setNics([NIC, { ...NIC, name: 'wlan0', wireless: true, defaultRoute: true, speed: undefined }]);
    bench.setStatus(STATUS);
    await sees('enp3s0 has 192.168.77.1/24');
    await page.getByRole('button', { name: /Network port/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: /wlan0 · 192\.168\.77\.1\/24 · Wi-Fi · has the default route/ }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await sees('wlan0 has 192.168.77.1/24');
    bench.setStatus(STATUS);
    await sees('enp3s0 has 192.168.77.1/24');
  });

  it('adopting works by keyboard alone, and Esc leaves it', async () => {
    await button('Adopt 3c:ec:ef:00:00:09').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('x11-09');
    await page.keyboard.press('Escape');
    await button('Adopt 3c:ec:ef:00:00:09').waitFor();
    expect(page.url()).not.toContain('hosts');
    await button('Adopt 3c:ec:ef:00:00:09').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.type('x11-09');
    await page.keyboard.press('Enter');
    await expect.poll(() => bench.inventory.listHosts().map(({ name }) => name)).toContain('x11-09');
  });

  it('says when the appliance is away, and comes back by itself with what changed meanwhile', async () => {
    await bench.pause();
    await sees('Bootbench is not responding.');
    expect(await text('#services')).toContain('unknown');
    await page.screenshot({ path: join(OUTPUT, 'bench-away.png') });
    bench.inventory.removeHost('x11-02');
    await bench.resume();
    await page.locator('.away').waitFor({ state: 'detached' });
    await sees('live');
    expect(await text('#live')).not.toContain('x11-02');
    bench.activity.record({ type: 'host.facts', message: 'after the break' });
    await sees('after the break');
  });

  it('works in a narrow window without scrolling sideways', async () => {
    await page.setViewportSize({ width: 800, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(800);
    const [above, below] = await Promise.all(['#services', '#live'].map((part) => page.locator(part).boundingBox()));
    expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0));
    await page.screenshot({ path: join(OUTPUT, 'bench-narrow.png') });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('did all that without an error or a refusal by its policy', () => {
    // While the appliance was away the browser itself reports the refused connections.
    expect(complaints.filter((words) => !words.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
});

describe('without the right key', () => {
  it.each([
    ['no key', '', 'This page was opened without its access token.'],
    ['a wrong key', '/#token=wrong', 'this page’s access token is not valid'],
  ])('%s: the page says what to do', async (_name, path, words) => {
    const other = await browser.newPage();
    await other.goto(bench.management.url + path);
    await other.getByText(words).waitFor({ timeout: 15_000 });
    await other.getByText('open the URL that it printed at startup').waitFor();
    await other.close();
  });
});
