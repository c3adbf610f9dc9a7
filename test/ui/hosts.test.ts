import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HostInput } from '../../contract/inventory.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectScreen, SCREENS, expectAccessible, expectPlainWords, OUTPUT, UI } from './page-checks.ts';

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];
/** While true, changes of the inventory do not reach the window. */
let deaf = false;

const hostOf = (name: string, mac: string, ip?: string): HostInput => ({
  name,
  interfaces: [{ mac, allowPXE: true, ip }],
  localBoot: { kind: 'exit' },
  vars: {},
});

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI });
  const { inventory } = bench;
  for (const name of ['ks-web', 'ks-db', 'preseed']) inventory.addConfig({ name, format: 'kickstart', files: { f: '' }, description: '' });
  const image = { source: { type: 'file', path: '/f.iso' } as const, kind: 'install' as const, description: '' };
  await inventory.addImage({ ...image, name: 'Fedora-43', bootConfigs: ['ks-web', 'ks-db'] });
  await inventory.addImage({ ...image, name: 'Debian-13', bootConfigs: ['preseed'] });
  await inventory.addImage({ ...image, name: 'Rescue', bootConfigs: [] });
  inventory.addHost(hostOf('r750-03', '3c:ec:ef:00:00:03', '192.168.77.13'));
  inventory.addHost(hostOf('r750-04', '3c:ec:ef:00:00:04'));
  inventory.addHost(hostOf('x11-02', '52:54:00:00:00:02'));
  inventory.addHost(hostOf('nuc-11', '52:54:00:00:00:11'));
  browser = await launch();
  // A context of its own, for axe opens a page beside this one.
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  page.setDefaultTimeout(15_000);
  await page.routeWebSocket(/./, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => (deaf && String(message).includes('"MODIFIED"') ? undefined : socket.send(message)));
  });
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
  await page.getByText('live').first().waitFor();
  await page.evaluate(() => (location.hash = '#/hosts'));
  await row('r750-03').waitFor();
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const row = (name: string): Locator => page.locator(`[data-host="${name}"]`);
const isShownAs = (name: string, word: string): Promise<void> => row(name).locator('.state', { hasText: word }).waitFor();
const sees = (words: string | RegExp): Promise<void> => page.getByText(words).first().waitFor({ timeout: 15_000 });
const shown = (): Promise<(string | null)[]> =>
  page.locator('[data-host]').evaluateAll((rows) => rows.map((each) => each.getAttribute('data-host')));
const focused = (): Promise<string> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '');
const choose = async (button: string, choice: string): Promise<void> => {
  await page.getByRole('button', { name: new RegExp(`^${button}`) }).click();
  await page.getByRole('menu').waitFor();
  await page.locator('[role^="menuitem"]', { hasText: choice }).first().click();
  await page.getByRole('menu').waitFor({ state: 'detached' });
};
/** The words of what has the focus, and the wait until an opened menu has taken it: keys before that go astray. */
const inFocus = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? '');
const menuHasFocus = (): Promise<unknown> => page.waitForFunction(() => document.activeElement?.closest('[role="menu"]') !== null);

describe('the table', () => {
  it('is a grid with a row for each host, in human order, with vendors', async () => {
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe('5');
    expect(await shown()).toEqual(['nuc-11', 'r750-03', 'r750-04', 'x11-02']);
    await row('r750-03')
      .getByText(/Super ?Micro/i)
      .waitFor();
    await row('x11-02').getByText('QEMU').waitFor();
    await expectPlainWords(page);
    await expectAccessible(page);
  });

  it('sorts by a column, both ways', async () => {
    await page.getByRole('button', { name: 'Name' }).click();
    expect(await shown()).toEqual(['x11-02', 'r750-04', 'r750-03', 'nuc-11']);
    expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('descending');
    await page.getByRole('button', { name: 'Name' }).click();
    expect((await shown())[0]).toBe('nuc-11');
  });

  it('an ISO is assigned by the dropdown', async () => {
    await choose('ISO of r750-03', 'Fedora-43');
    await isShownAs('r750-03', 'armed');
    expect(bench.inventory.getHost('r750-03').assignment).toMatchObject({ image: 'Fedora-43', mode: 'once' });
  });

  it('the config dropdown offers what goes with the ISO; the others stay and say why', async () => {
    await page.getByRole('button', { name: /^Config of r750-03/ }).click();
    const refused = page.getByRole('menuitemradio', { name: /preseed/ });
    expect(await refused.getAttribute('aria-disabled')).toBe('true');
    expect(await refused.innerText()).toContain('not in the list of Fedora-43');
    await page.screenshot({ path: join(OUTPUT, 'hosts-config-menu.png') });
    await expectAccessible(page);
    await page.getByRole('menuitemradio', { name: /ks-web/ }).click();
    await row('r750-03').getByText('ks-web').first().waitFor();
    expect(bench.inventory.getHost('r750-03').assignment?.config).toBe('ks-web');
  });

  it('another ISO clears a config that does not go with it, and says so on the row', async () => {
    await choose('ISO of r750-03', 'Debian-13');
    await row('r750-03').getByText('Config "ks-web" was cleared').waitFor();
    expect(bench.inventory.getHost('r750-03').assignment?.config).toBeUndefined();
    await page.screenshot({ path: join(OUTPUT, 'hosts-note.png') });
    await row('r750-03').getByRole('button', { name: 'Close' }).click();
    await row('r750-03').getByText('was cleared').waitFor({ state: 'detached' });
    expect((await row('r750-03').boundingBox())?.height).toBeLessThanOrEqual(41);
  });

  it('a refusal is told on the row with its code, the next step and a way to Help', async () => {
    // The window does not hear yet that the list changed; the appliance refuses what the window still offers.
    deaf = true;
    await bench.inventory.patchImage('Debian-13', { bootConfigs: ['ks-db'] });
    await choose('Config of r750-03', 'preseed');
    await row('r750-03').getByText('Config "preseed" is not in the list of image Debian-13').waitFor();
    await row('r750-03').getByText('Choose a compatible config').waitFor();
    expect(await row('r750-03').getByRole('link', { name: 'E_CONFIG_INCOMPATIBLE' }).getAttribute('href')).toBe(
      '#/help/E_CONFIG_INCOMPATIBLE',
    );
    await page.screenshot({ path: join(OUTPUT, 'hosts-refused.png') });
    await expectAccessible(page);
    expect(bench.inventory.getHost('r750-03').assignment?.config).toBeUndefined();
    deaf = false;
    await bench.inventory.patchImage('Debian-13', { bootConfigs: ['preseed'] });
    await row('r750-03').getByRole('button', { name: 'Close' }).click();
  });

  it('once and always, boot again and unassign are in the row’s menu', async () => {
    await choose('More for r750-03', 'Boot it every time');
    await row('r750-03').getByText('every time').first().waitFor();
    bench.inventory.setAssignmentState('r750-03', 'done', []);
    await isShownAs('r750-03', 'done');
    await choose('More for r750-03', 'Boot again');
    await isShownAs('r750-03', 'armed');
    expect(bench.inventory.getHost('r750-03').assignment).toMatchObject({ state: 'armed', mode: 'always' });
    await choose('More for r750-03', 'Unassign');
    await row('r750-03').getByText('choose an ISO').waitFor();
    expect(bench.inventory.getHost('r750-03').assignment).toBeUndefined();
  });

  it('is searched with / and filtered by words', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('r750');
    await expect.poll(shown).toEqual(['r750-03', 'r750-04']);
    await page.keyboard.press('Control+A');
    await page.keyboard.type('52-54-00-00-00-11');
    await expect.poll(shown).toEqual(['nuc-11']);
    await page.keyboard.press('Escape');
    await expect.poll(async () => (await shown()).length).toBe(4);
    bench.inventory.assign('x11-02', { image: 'Rescue', mode: 'once' });
    await page.getByRole('radio', { name: /armed/ }).click();
    await expect.poll(shown).toEqual(['x11-02']);
    bench.activity.record({
      type: 'dhcp.nak',
      host: 'nuc-11',
      mac: '52:54:00:00:00:11',
      message: 'asked for an address of another network',
    });
    await page.getByRole('radio', { name: /needs you/ }).click();
    await expect.poll(shown).toEqual(['nuc-11']);
    await page.getByRole('radio', { name: /working/ }).click();
    await sees('No hosts match this search and filter.');
    bench.progress({ key: 'iso', host: 'r750-04', message: 'reading install.img', done: 710e6, total: 1e9, rate: 93e6 });
    await row('r750-04').getByText('93 MB/s · 4 s left').waitFor();
    await page.getByRole('radio', { name: /^all/ }).click();
    await expect.poll(async () => (await shown()).length).toBe(4);
  });
});

describe('many at once', () => {
  it('a press selects one, Shift a range, Ctrl one more; the header becomes the action bar', async () => {
    const at = (name: string): Locator => row(name).locator('.host-last');
    await at('nuc-11').click();
    await at('r750-04').click({ modifiers: ['Shift'] });
    await sees('3 selected');
    await at('r750-03').click({ modifiers: ['Control'] });
    await sees('2 selected');
    expect(await row('r750-03').getAttribute('aria-selected')).toBe('false');
    await row('r750-03').locator('[data-toggle]').click();
    await sees('3 selected');
    await page.screenshot({ path: join(OUTPUT, 'hosts-selected.png') });
    await expectAccessible(page);
  });

  it('assigns to all that are selected', async () => {
    await page.getByRole('button', { name: 'Assign…' }).click();
    await page.getByRole('dialog', { name: 'Assign to 3 hosts' }).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: /ISO/ }).click();
    await page.getByRole('option', { name: /Fedora-43/ }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Config/ })
      .click();
    await page.getByRole('option', { name: /ks-db/ }).click();
    await expectAccessible(page);
    await page.screenshot({ path: join(OUTPUT, 'hosts-assign.png') });
    await page.getByRole('button', { name: 'Assign to 3 hosts' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    for (const name of ['nuc-11', 'r750-03', 'r750-04'])
      expect(bench.inventory.getHost(name).assignment).toMatchObject({ image: 'Fedora-43', config: 'ks-db' });
  });

  it('Esc clears the selection before it goes back', async () => {
    await row('nuc-11').focus();
    await page.keyboard.press('Escape');
    await page.getByText('3 selected').waitFor({ state: 'detached' });
    expect(new URL(page.url()).hash).toBe('#/hosts');
  });
});

describe('by keyboard only', () => {
  it('arrows move, Space selects, Shift extends, Enter opens, Esc comes back', async () => {
    await row('nuc-11').focus();
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('r750-03');
    await page.keyboard.press(' ');
    await page.keyboard.press('Shift+ArrowDown');
    await sees('2 selected');
    expect(await focused()).toBe('r750-04');
    await page.keyboard.press('Home');
    expect(await focused()).toBe('nuc-11');
    await page.keyboard.press('End');
    expect(await focused()).toBe('x11-02');
    await page.keyboard.press('Control+a');
    await sees('4 selected');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'x11-02' }).waitFor();
    await page.keyboard.press('Escape');
    await row('x11-02').waitFor();
  });

  it('an ISO and a config are assigned without a mouse', async () => {
    await row('x11-02').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(focused).toMatch(/^ISO of x11-02/);
    await page.keyboard.press('Enter');
    await menuHasFocus();
    await page.keyboard.type('Deb');
    await expect.poll(inFocus).toContain('Debian-13');
    await page.keyboard.press('Enter');
    await row('x11-02').getByText('Debian-13').first().waitFor();
    await expect.poll(focused).toMatch(/^ISO of x11-02/);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press(' ');
    await menuHasFocus();
    await page.keyboard.press('ArrowDown');
    await expect.poll(inFocus).toContain('preseed');
    await page.keyboard.press('Enter');
    await expect.poll(() => bench.inventory.getHost('x11-02').assignment).toMatchObject({ image: 'Debian-13', config: 'preseed' });
    await expect.poll(focused).toMatch(/^Config of x11-02/);
    await page.keyboard.press('ArrowUp');
    await expect.poll(focused).toMatch(/^Config of r750-04/);
    await page.keyboard.press('Escape');
    await expect.poll(focused).toBe('r750-04');
  });
});

describe('the sheets', () => {
  it('a host is added with its MAC in any notation; what is wrong is told at the field', async () => {
    await page.getByRole('button', { name: 'Add a host' }).click();
    await page.keyboard.type('sr 650');
    await page.keyboard.press('Tab');
    await page.keyboard.type('3CEC.EF00.0004');
    await sees(/3c:ec:ef:00:00:04 · Super/i);
    await page.keyboard.press('Enter');
    await page.locator('.field-error', { hasText: 'use 1 to 63 letters' }).waitFor();
    await page.getByLabel('Name', { exact: true }).fill('sr650-01');
    await page.keyboard.press('Enter');
    await page.locator('.field-error', { hasText: 'belongs to host "r750-04"' }).waitFor();
    await expectAccessible(page);
    await page.screenshot({ path: join(OUTPUT, 'hosts-add.png') });
    await page.getByLabel('MAC', { exact: true }).fill('3C-EC-EF-00-00-50');
    await page.getByLabel('Address (optional)').fill('192.168.77.300');
    await page.keyboard.press('Enter');
    await page.locator('.field-error', { hasText: /IPv4/ }).waitFor();
    await page.getByLabel('Address (optional)').fill('192.168.77.30');
    await page.keyboard.press('Enter');
    await row('sr650-01').waitFor();
    expect(bench.inventory.getHost('sr650-01').interfaces).toEqual([{ mac: '3c:ec:ef:00:00:50', ip: '192.168.77.30', allowPXE: true }]);
  });

  it('everything but the name is edited; a refusal unfolds and marks its field', async () => {
    await choose('More for sr650-01', 'Edit…');
    await page.getByLabel('Hostname').fill('sr650');
    await page.getByRole('button', { name: /More fields/ }).click();
    await page.getByLabel('Lease time').fill('10');
    await page.getByLabel('Name servers').fill('1.1.1.1, 9.9.9.9');
    await page.getByLabel('Fields for configs').fill('role=web');
    await page.screenshot({ path: join(OUTPUT, 'hosts-edit.png') });
    await expectAccessible(page);
    await page.getByRole('button', { name: 'Save sr650-01' }).click();
    await page.locator('.field', { hasText: 'Lease time' }).locator('.field-error').waitFor();
    await page.getByLabel('Lease time').fill('600');
    await page.getByRole('button', { name: 'Save sr650-01' }).click();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(bench.inventory.getHost('sr650-01')).toMatchObject({
      interfaces: [{ hostname: 'sr650', leaseTime: 600, nameServers: ['1.1.1.1', '9.9.9.9'], ip: '192.168.77.30' }],
      vars: { role: 'web' },
    });
  });

  it('removing names the host and can be thought over', async () => {
    await choose('More for sr650-01', 'Remove…');
    await page.getByRole('dialog', { name: 'Remove sr650-01?' }).waitFor();
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await row('sr650-01').waitFor();
    await row('sr650-01').focus();
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Remove sr650-01' }).click();
    await row('sr650-01').waitFor({ state: 'detached' });
    expect(bench.inventory.listHosts().map(({ name }) => name)).not.toContain('sr650-01');
  });
});

describe('discovered machines', () => {
  it('are rows with vendor and what they said; a name is proposed', async () => {
    bench.inventory.discover({
      mac: '3c:ec:ef:aa:bb:cc',
      vendorClass: 'PXEClient:Arch:00007',
      facts: { manufacturer: 'Supermicro', product: 'X11DPH', serial: 'S1234567' },
    });
    bench.inventory.discover({ mac: '52:54:00:aa:bb:dd', facts: {} });
    await sees('Supermicro X11DPH · serial S1234567');
    await sees('no details yet');
    await page.screenshot({ path: join(OUTPUT, 'hosts-discovered.png') });
    await page.locator('.discovered', { hasText: 'X11DPH' }).getByRole('button', { name: 'Adopt' }).click();
    expect(await page.getByLabel('Name for 3c:ec:ef:aa:bb:cc').inputValue()).toBe('s1234567');
    await expectAccessible(page);
    await page.keyboard.press('Enter');
    await row('s1234567').waitFor();
    await page.locator('.discovered', { hasText: 'no details' }).getByRole('button', { name: 'Adopt' }).click();
    expect(await page.getByLabel('Name for 52:54:00:aa:bb:dd').inputValue()).toBe('qemu-aabbdd');
    await page.keyboard.press('Escape');
    await page.getByLabel('Name for 52:54:00:aa:bb:dd').waitFor({ state: 'detached' });
    expect(new URL(page.url()).hash).toBe('#/hosts');
  });
});

describe('looks', () => {
  it.each(SCREENS)('%s at %i×%i', (colorScheme, width, height) => expectScreen(page, 'hosts', colorScheme, width, height));

  it('an empty bench says what to do', async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    for (const { name } of bench.inventory.listHosts()) bench.inventory.removeHost(name);
    await sees(/No hosts yet\. Power on a machine/);
  });

  it('all that without an error or a refusal by the page’s policy', () => {
    expect(complaints.filter((words) => !words.includes('ERR_CONNECTION_REFUSED'))).toEqual([]);
  });
});
