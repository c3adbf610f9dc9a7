import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NIC, STATUS, startBench, type Bench } from '../service/management/bench.ts';
import { complaintsOf, launch } from './browser.ts';

const UI = join(import.meta.dirname, '../../out/renderer');
const OUTPUT = join(import.meta.dirname, '../output');
const MAC = '52:54:00:12:34:56';

let bench: Bench;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startBench({ uiDir: UI });
  browser = await launch();
  page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  complaints = complaintsOf(page);
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const text = (selector = 'body'): Promise<string> => page.locator(selector).innerText();
const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor({ timeout: 5000 });

/** Words that no technician is to see. */
async function expectPlainWords(): Promise<void> {
  expect(await text()).not.toMatch(/undefined|N\/A|NaN|\[object|Something went wrong|null/);
}

describe('the status page', () => {
  it('opens by the printed address, and the token leaves the address bar', async () => {
    await page.goto(bench.management.uiUrl);
    await sees('live');
    expect(page.url()).not.toContain('token');
    expect(await page.evaluate(() => sessionStorage.getItem('bootbench-token'))).toBe(bench.token);
    expect(await page.evaluate(() => document.cookie)).toBe('');
  });

  it('an empty bench says what to do, in no bad words', async () => {
    await sees(/No hosts yet\. Power on a machine/);
    await sees('enp3s0 has 192.168.77.1/24');
    await sees('full mode on enp3s0, port 67');
    await expectPlainWords();
    await page.screenshot({ path: join(OUTPUT, 'status-empty.png') });
  });

  it('a machine that asks to boot appears by itself and can be adopted', async () => {
    bench.inventory.discover({
      mac: MAC,
      vendorClass: 'PXEClient:Arch:00007',
      facts: { manufacturer: 'Dell Inc.', product: 'PowerEdge R750', serial: 'ABC1234' },
    });
    await sees('Dell Inc. PowerEdge R750');
    await page.getByRole('button', { name: 'Adopt' }).click();
    await page.getByLabel(`Name for ${MAC}`).fill('r 750');
    await page.getByRole('button', { name: 'Add host' }).click();
    await sees(/use 1 to 63 letters/);
    await page.getByLabel(`Name for ${MAC}`).fill('r750-03');
    await page.getByRole('button', { name: 'Add host' }).click();
    await page.locator('.host-name', { hasText: 'r750-03' }).waitFor();
    expect(bench.inventory.getHost('r750-03').interfaces[0]?.mac).toBe(MAC);
    expect(await text('#discovered')).not.toContain(MAC);
  });

  it('a host shows its assignment and its last event, as they happen', async () => {
    bench.inventory.addConfig({ name: 'fedora-server', format: 'kickstart', files: { 'ks.cfg': '' }, description: '' });
    await bench.inventory.addImage({
      name: 'Fedora-43',
      source: { type: 'file', path: '/f.iso' },
      kind: 'install',
      description: '',
      bootConfigs: ['fedora-server'],
    });
    bench.inventory.assign('r750-03', { image: 'Fedora-43', config: 'fedora-server', mode: 'once' });
    await sees('with fedora-server, once');
    expect(await text('#hosts tbody')).toMatch(/armed\s+Fedora-43/);
    bench.activity.record({ type: 'script.served', host: 'r750-03', mac: MAC, text: 'got its script: sanboot of Fedora-43' });
    await page.locator('#hosts').getByText('got its script').waitFor();
    await page.locator('#events').getByText('got its script').waitFor();
    bench.activity.record({ type: 'dhcp.other-server', text: 'Another DHCP server answers: 192.168.77.254 (MikroTik).' });
    await page.locator('.event-trouble').getByText('MikroTik').waitFor();
    await page.locator('.status-last').getByText('MikroTik').waitFor();
  });

  it('a transfer shows its bar and rate', async () => {
    bench.inventory.addHost({
      name: 'x11-02',
      interfaces: [
        { mac: '3c:ec:ef:00:00:02', allowPXE: true, ip: '192.168.77.12' },
        { mac: '3c:ec:ef:00:00:03', allowPXE: true },
      ],
      localBoot: { kind: 'exit' },
      vars: {},
    });
    bench.progress({ key: 'iso', host: 'r750-03', text: 'reading install.img', done: 710_000_000, total: 1_000_000_000, rate: 93_000_000 });
    await sees('93.0 MB/s');
    expect(await page.locator('progress').getAttribute('value')).toBe('710000000');
    await sees('+1');
    await page.emulateMedia({ colorScheme: 'light' });
    await page.screenshot({ path: join(OUTPUT, 'status-light.png') });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.screenshot({ path: join(OUTPUT, 'status-dark.png') });
    await expectPlainWords();
  });

  it('a port without an address is offered one, and a service that cannot start says why and what to do', async () => {
    const bare = { ...NIC, name: 'enp4s0', addresses: [{ address: '169.254.7.7', netmask: '255.255.0.0', linkLocal: true }], speed: 100 };
    bench.setNics([NIC, bare]);
    bench.setStatus({
      nic: bare,
      address: undefined,
      bootUrl: undefined,
      services: [
        { name: 'dhcp', state: 'waiting', text: 'waiting for an address' },
        {
          name: 'tftp',
          state: 'failed',
          text: 'not running',
          error: {
            code: 'E_PORT_PERMISSION',
            message: 'Port 69 needs permission.',
            next: 'Run: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67',
          },
        },
        { name: 'http', state: 'starting', text: 'opening' },
        { name: 'management', state: 'off', text: 'off' },
      ],
    });
    await sees('enp4s0 has no IPv4 address.');
    await sees('Port 69 needs permission.');
    await sees(/ip_unprivileged_port_start=67/);
    await page.getByRole('button', { name: 'Give enp4s0 192.168.77.1' }).waitFor();
    await expectPlainWords();
    await page.screenshot({ path: join(OUTPUT, 'status-no-address.png') });
    await page.getByRole('button', { name: 'Give enp4s0 192.168.77.1' }).click();
    await sees('enp3s0 has 192.168.77.1/24');
    expect(await page.getByRole('button', { name: /^Give/ }).count()).toBe(0);
  });

  it('another port is chosen with the picker', async () => {
    bench.setNics([NIC, { ...NIC, name: 'wlan0', wireless: true, defaultRoute: true, speed: undefined }]);
    bench.setStatus(STATUS);
    await page.locator('option[value=wlan0]').waitFor({ state: 'attached' });
    expect(await page.locator('option[value=wlan0]').textContent()).toBe('wlan0 · 192.168.77.1/24 · Wi-Fi · leads to the internet');
    await page.getByLabel('Network port').selectOption('wlan0');
    await sees('wlan0 has 192.168.77.1/24');
    await page.getByLabel('Network port').selectOption('enp3s0');
    await sees('enp3s0 has 192.168.77.1/24');
  });

  it('says when the appliance is away, and comes back by itself with what changed meanwhile', async () => {
    await bench.pause();
    await sees('Bootbench does not answer.');
    expect(await text('#services')).toContain('not known');
    await page.screenshot({ path: join(OUTPUT, 'status-away.png') });
    bench.inventory.removeHost('x11-02');
    await bench.resume();
    await page.locator('.away').waitFor({ state: 'detached' });
    await sees('live');
    expect(await text('#hosts')).not.toContain('x11-02');
    bench.activity.record({ type: 'host.facts', text: 'after the break' });
    await sees('after the break');
  });

  it('works in a narrow window without scrolling sideways', async () => {
    await page.setViewportSize({ width: 800, height: 700 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(800);
    const [above, below] = await Promise.all(['#discovered', '#events'].map((part) => page.locator(part).boundingBox()));
    expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0));
    await page.screenshot({ path: join(OUTPUT, 'status-narrow.png') });
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('did all that without an error or a refusal by its policy', () => {
    // While the appliance was away the browser itself reports the refused connections.
    expect(complaints.filter((words) => !words.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
});

describe('without the right key', () => {
  it.each([
    ['no key', '', 'This page was opened without its key.'],
    ['a wrong key', '/#token=wrong', 'this page’s key is not the right one'],
  ])('%s: the page says what to do', async (_name, path, words) => {
    const other = await browser.newPage();
    await other.goto(bench.management.url + path);
    await other.getByText(words).waitFor({ timeout: 5000 });
    await other.getByText('Open the address that Bootbench printed').waitFor();
    await other.close();
  });
});
