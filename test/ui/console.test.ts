import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Ser2net, freePort, hasSer2net } from '../fixtures/ser2net.ts';
import { hasSocat, PtyPair } from '../fixtures/pty-pair.ts';
import { complaintsOf, launch } from './browser.ts';
import { ConsoleBench, type SerialMachine } from './console-bench.ts';
import { BOOT } from './console-boot.ts';
import { expectAccessible, expectPlainWords, OUTPUT, UI } from './page-checks.ts';

vi.setConfig({ testTimeout: 120_000 });

const PICTURES = join(OUTPUT, 'consoles');
const HOST = 'r750-03';
const FIRST = 'transcript of the first boot';

let bench: ConsoleBench;
let machine: SerialMachine;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  if (!hasSocat) return;
  mkdirSync(PICTURES, { recursive: true });
  bench = await ConsoleBench.start();
  browser = await launch();
  page = await openPage();
});
afterAll(async () => {
  if (!hasSocat) return;
  await browser.close();
  await bench[Symbol.asyncDispose]();
});

/** A page of its own, as of another person; what it complains of is of all pages. */
async function openPage(hash = '#/consoles'): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', acceptDownloads: true });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  context.setDefaultTimeout(20_000);
  const opened = await context.newPage();
  const mine = complaintsOf(opened);
  await opened.exposeFunction('complain', (text: string) => complaints.push(text));
  await opened.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, sourceFile }) => {
      (window as unknown as { complain: (text: string) => void }).complain(`${violatedDirective} of ${sourceFile}`);
    });
  });
  opened.on('close', () => complaints.push(...mine));
  await opened.goto(bench.appliance.ui);
  await opened.getByRole('banner').getByText('live').waitFor();
  await open(hash, opened);
  return opened;
}

async function open(hash: string, on = page): Promise<void> {
  await on.evaluate((next) => (location.hash = next), hash);
}

/** Two cores may be busy with other things; a second, vitest's default, is not enough then. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 20_000 });

/** What the terminal shows, as a screen reader reads it. */
const shown = (on = page): Promise<string> => on.locator('.console-terminal .xterm-accessibility-tree').innerText();
const shows = (text: string | RegExp, on = page): Promise<void> =>
  typeof text === 'string' ? eventually(() => shown(on)).toContain(text) : eventually(() => shown(on)).toMatch(text);
const sees = (text: string | RegExp, on = page): Promise<void> => on.getByText(text).filter({ visible: true }).first().waitFor();
const typed = (text: string): Promise<void> => eventually(() => machine.typed).toContain(text);
const button = (name: string | RegExp, on = page) => on.getByRole('button', { name });
const terminal = (on = page) => on.getByRole('textbox', { name: `Console of ${HOST}` });
const hasFocus = (on = page): Promise<boolean> => terminal(on).evaluate((element) => element === document.activeElement);

/** In both sizes, light and dark: nothing is cut off to the right, nothing covers the status line, words and contrast are right. */
async function judge(name: string): Promise<void> {
  await expectPlainWords(page);
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const [width, height] of [
      [1920, 1080],
      [1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height });
      await page.waitForTimeout(300);
      const size = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]);
      expect(size[0]).toBeLessThanOrEqual(width);
      expect(size[1]).toBeLessThanOrEqual(height);
      await page.screenshot({ path: join(PICTURES, `${name}-${width}-${colorScheme}.png`) });
    }
    await expectAccessible(page);
  }
}

describe.runIf(hasSocat)('a console that is not set', () => {
  it('the wall says what to do, before and after there is a host', async () => {
    await sees('No hosts yet. Add one first, then set its console.');
    bench.addHost(HOST, { triggers: [{ name: 'disk found', pattern: 'sda: \\d+ sectors', meaning: 'none' }] });
    await page.getByRole('main').getByRole('link', { name: HOST }).waitFor();
    await judge('wall-none');
  });

  it('the host’s page leads to the choice: ports, the BMC, or a URL', async () => {
    await open(`#/hosts/${HOST}`);
    await button('Console').click();
    await page.getByRole('heading', { name: `Console of ${HOST}` }).waitFor();
    await sees('No console is set for this host.');
    await sees('Serial over LAN');
    expect(await page.getByText('This host has no BMC.').count()).toBe(2);
    await judge('not-set');
    bench.appliance.rooms.inventory.patchHost(HOST, { bmc: { address: '127.0.0.9', username: 'root' } });
    await button('Use Serial over LAN').waitFor();
    bench.appliance.rooms.inventory.patchHost(HOST, { bmc: null });
  });

  it('a wrong URL is refused with a sentence, and a right one opens the console', async () => {
    machine = await bench.plugged();
    await page.getByRole('textbox', { name: 'Console URL' }).fill('serial');
    await button('Set console').click();
    await sees(/use serial:/);
    await page.getByRole('textbox', { name: 'Console URL' }).fill(machine.url);
    await button('Set console').click();
    await sees(/^Connected: .*usb-Maker_Adapter_0001-if00-port0 at 115200 baud/);
    expect(bench.appliance.rooms.inventory.getHost(HOST).console).toBe(machine.url);
  });
});

describe.runIf(hasSocat)('a console with a machine', () => {
  it('shows what the machine prints, with its colours', async () => {
    machine.print(`${FIRST}\n${BOOT}`);
    await shows('localhost login:');
    await sees('login prompt');
    machine.print('\x1b[38;2;255;100;0mtrue colour\x1b[0m ');
    await shows('true colour');
    const colour = page.locator('.xterm-rows span', { hasText: 'true colour' });
    expect(await colour.evaluate((element) => getComputedStyle(element).color)).toBe('rgb(255, 100, 0)');
    await judge('connected');
  });

  it('typed text, special keys and escape reach the machine', async () => {
    await eventually(() => hasFocus()).toBe(true);
    await page.keyboard.type('root');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Control+k');
    await typed('root\x1b\t\x0b');
    await sees('You are typing.');
    await button('Special keys').click();
    await judge('keys');
    await page.getByRole('menuitem', { name: 'F11' }).first().click();
    await typed('\x1b[23~');
    await button('Special keys').click();
    await page.getByRole('menuitem', { name: 'F11' }).last().click();
    await typed('\x1b!');
    await button('Special keys').click();
    await page.getByRole('menuitem', { name: 'Ctrl-W' }).click();
    await typed('\x17');
  });

  it('a long text is pasted in order, and the visible lines are copied', async () => {
    const text = Array.from({ length: 12_000 }, (_, index) => `line ${index}`).join(' ');
    await page.evaluate((value) => navigator.clipboard.writeText(value), text);
    await terminal().focus();
    await page.keyboard.press('Control+v');
    await typed('\x16');
    machine.typed = '';
    await page.keyboard.press('Control+Shift+v');
    await typed('line 11999');
    expect(machine.typed).toContain(text);
    await page.keyboard.press('Control+Shift+c');
    await eventually(() => page.evaluate(() => navigator.clipboard.readText())).toContain('localhost login:');
  });

  it('scrolls back by keyboard', async () => {
    machine.print(Array.from({ length: 100 }, (_, index) => `row ${index}\n`).join(''));
    await shows('row 99');
    expect(await shown()).not.toContain('row 10\n');
    for (let _page = 0; _page < 3; _page++) await page.keyboard.press('Shift+PageUp');
    await shows(/row 10\n/);
    await page.keyboard.type('x');
    await shows('row 99');
  });

  it('a break is not offered where the port has none', async () => {
    expect(await button('Send break').isDisabled()).toBe(true);
    await sees('This console cannot send a break.');
  });
});

describe.runIf(hasSocat)('two viewers', () => {
  it('one types, both see who; taking over asks first', async () => {
    const other = await openPage(`#/consoles/${HOST}`);
    await sees('Browser is typing. 1 other viewer.', other);
    await eventually(() => hasFocus(other)).toBe(true);
    await other.keyboard.type('refused');
    await sees(/Browser is typing on the console of r750-03/, other);
    expect(machine.typed).not.toContain('refused');

    await button('Take over keyboard…', other).click();
    const dialog = other.getByRole('dialog', { name: `Take over the keyboard of ${HOST}?` });
    await other.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await sees('Browser is typing. 1 other viewer.', other);

    await button('Take over keyboard…', other).click();
    await button('Take over keyboard', other).last().click();
    await sees('You are typing. 1 other viewer.', other);
    await sees('Browser is typing. 1 other viewer.');
    await eventually(() => hasFocus(other)).toBe(true);
    await other.keyboard.type('accepted');
    await typed('accepted');
    await button('Release keyboard', other).click();
    await sees('No one is typing. Type to take the keyboard. 1 other viewer.');
    await other.close();
    await sees('No one is typing. Type to take the keyboard.');
  });
});

describe.runIf(hasSocat)('events, search and transcripts', () => {
  it('an event leads to its second of the console, and the console to its event', async () => {
    machine.print('sda: 976773168 sectors\n');
    const event = page.getByRole('button', { name: /“disk found” matched “sda: 976773168 sectors”/ });
    await event.waitFor();
    machine.print(Array.from({ length: 200 }, (_, index) => `after ${index}\n`).join(''));
    await shows('after 199');
    await event.click();
    await sees('Recorded output. What the machine prints now is not shown.');
    await shows('sda: 976773168 sectors');
    await eventually(() => page.locator('.console-events [aria-current]').innerText()).toContain('disk found');
    await judge('transcript');
    await button('Back to live').click();
    await shows('after 199');
    await eventually(() => hasFocus()).toBe(true);
  });

  it('the host’s timeline leads there too, and back to live', async () => {
    await open(`#/hosts/${HOST}`);
    const moment = page.locator('.moment', { hasText: 'disk found' });
    await moment.getByRole('link', { name: 'Show the console at this time' }).click();
    await shows('sda: 976773168 sectors');
    await button('Back to live').click();
    await shows('after 199');
    expect(await page.evaluate(() => location.hash)).toBe(`#/consoles/${HOST}`);
  });

  it('a time when nothing was recorded is said, and live output shown', async () => {
    await open(`#/consoles/${HOST}/1000`);
    await sees(/^No output was recorded at/);
    await shows('after 199');
    await open(`#/consoles/${HOST}`);
    await shows('after 199');
  });

  it('search finds a line that was scrolled away', async () => {
    await page.getByRole('searchbox', { name: 'Search console' }).fill('MCELOG');
    const hit = page.getByRole('list', { name: 'Matches' }).getByRole('button');
    await hit.first().waitFor();
    await hit.first().click();
    await shows('Failed to start mcelog.service');
    await page.getByRole('searchbox', { name: 'Search console' }).fill('never printed');
    await sees('No matches.');
    await page.getByRole('searchbox', { name: 'Search console' }).fill('');
    await button('Back to live').click();
  });

  it('a boot starts another transcript; the old one is opened and saved as text and asciicast', async () => {
    const { activity, consoles, inventory } = bench.appliance.rooms;
    const mac = inventory.getHost(HOST).interfaces[0]?.mac;
    activity.record({ type: 'bmc.power', host: HOST, mac, message: 'Power on.', data: { action: 'on' } });
    await eventually(async () => (await consoles.transcripts(HOST)).length).toBe(2);
    machine.print('printed by the second boot\n');
    await shows('printed by the second boot');
    await button(/Transcript$/).click();
    expect(await page.getByRole('option').count()).toBe(3);
    await page.getByRole('option').last().click();
    await shows(FIRST);
    expect(await shown()).not.toContain('printed by the second boot');

    const [text, cast] = [await saved('Export text'), await saved('Export asciicast')];
    expect(text.name).toMatch(/^r750-03-\d{8}T\d{6}Z.*\.txt$/);
    expect(text.content).toContain(FIRST);
    expect(cast.name).toMatch(/\.cast$/);
    const [header = '', ...events] = cast.content.trim().split('\n');
    expect(JSON.parse(header)).toMatchObject({ version: 2, width: 80, height: 24 });
    expect(events.map((event) => (JSON.parse(event) as [number, string, string])[2]).join('')).toContain(FIRST);
    await button('Back to live').click();
  });

  it('triggers are listed and added', async () => {
    await button(/^Triggers \d+/).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('look-around');
    await page.getByRole('textbox', { name: 'Pattern' }).fill('(?=x)');
    await button('Add trigger').click();
    await page.getByRole('link', { name: 'E_TRIGGER' }).waitFor();
    await page.getByRole('textbox', { name: 'Pattern' }).fill('machine check');
    await button(/Meaning/).click();
    await page.getByRole('option', { name: /^failed/ }).click();
    await button('Add trigger').click();
    await button('Remove trigger look-around').waitFor();
    expect(bench.appliance.rooms.inventory.getHost(HOST).triggers).toMatchObject([{}, { name: 'look-around', meaning: 'failed' }]);
    await judge('triggers');
  });
});

async function saved(name: string): Promise<{ name: string; content: string }> {
  const waiting = page.waitForEvent('download');
  await button(name).click();
  const download = await waiting;
  return { name: download.suggestedFilename(), content: readFileSync(await download.path(), 'utf8') };
}

describe.runIf(hasSocat)('a console that fails', () => {
  it('unplugged, and plugged in again: it says so and connects by itself', async () => {
    await machine.unplug();
    await sees(/not found\./);
    await sees(/Plug in the USB serial adapter; Bootbench opens it by itself then/);
    await shows(/Disconnected: .*\n?.*the adapter wa/);
    // It is tried again every second; what is shown and open stays.
    await button('Change console…').click();
    const dialog = page.getByRole('dialog', { name: `Console of ${HOST}` });
    await dialog.waitFor();
    await page.waitForTimeout(2500);
    expect(await dialog.isVisible()).toBe(true);
    await judge('change');
    await page.keyboard.press('Escape');
    await judge('failed');
    await machine.plug();
    await sees(/^Connected: /);
    await shows(/Connected: .* —/);
    machine.print('here again\n');
    await shows('here again');
  });

  it('another program has the port', async () => {
    const held = await bench.plugged();
    await using holder = await held.hold();
    bench.addHost('held', { console: held.url });
    await open('#/consoles/held');
    await sees(/is in use by /);
    await sees(/Bootbench tries again by itself/);
    // A port belongs to its program; only the session of a BMC can be taken over.
    expect(await button('Take over session…').count()).toBe(0);
    await judge('in-use');
    await holder[Symbol.asyncDispose]();
    await button('Reconnect').click();
    await sees(/^Connected: /);
    bench.appliance.rooms.inventory.removeHost('held');
    await sees('Host held not found');
  });

  it.runIf(hasSer2net)('a break is sent where the port has one', async () => {
    await using pair = new PtyPair();
    await pair.plug();
    const port = await freePort();
    await using _server = await Ser2net.start({ dir: pair.dir, accepter: 'telnet(rfc2217=true),tcp,127.0.0.1,', port, device: pair.port });
    bench.addHost('console-server', { console: `rfc2217://127.0.0.1:${port}?baud=9600` });
    await open('#/consoles/console-server');
    await sees(/^Connected: /);
    await button('Send break').click();
    await eventually(() => page.locator('.xterm-accessibility-tree').innerText()).toContain('A break was sent.');
    bench.appliance.rooms.inventory.removeHost('console-server');
  });
});

describe.runIf(hasSocat)('by keyboard alone', () => {
  it('from the host to its console, into the terminal, out of it and into a menu', async () => {
    await open('#/bench');
    await page.keyboard.press('Control+k');
    await page.keyboard.type(`Console of ${HOST}`);
    await page.keyboard.press('Enter');
    await eventually(() => hasFocus()).toBe(true);
    machine.typed = '';
    await page.keyboard.type('keys');
    await typed('keys');
    await sees(/Ctrl-Shift-L leaves the terminal/);
    await page.keyboard.press('Control+Shift+l');
    await eventually(() => page.evaluate(() => document.activeElement?.textContent)).toContain('Live');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Enter' }).first().waitFor();
    await page.keyboard.press('Enter');
    await typed('keys\r');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Consoles' }).waitFor();
  });

  it('recorded output is scrolled and left with Tab', async () => {
    await open(`#/consoles/${HOST}`);
    await page.locator('.console-event', { hasText: 'disk found' }).first().focus();
    await page.keyboard.press('Enter');
    await shows('sda: 976773168 sectors');
    await terminal().focus();
    await page.keyboard.press('Home');
    await shows(FIRST);
    await page.keyboard.press('Tab');
    expect(await hasFocus()).toBe(false);
  });
});

describe.runIf(hasSocat)('the wall', () => {
  const visible = (): Promise<string[]> => page.locator('.wall-tile:has(.xterm) .wall-host').allInnerTexts();

  it('a few consoles; one is opened by keyboard', async () => {
    await open('#/consoles');
    await eventually(visible).toEqual([HOST]);
    await judge('wall-1');
    for (let number = 1; number <= 5; number++) {
      const each = await bench.add(`node-${number}`);
      each.print(BOOT);
    }
    await eventually(() => page.locator('.wall-tile', { hasText: 'login prompt' }).count()).toBeGreaterThan(4);
    await page.locator('.wall-head').first().focus();
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'node-2' }).waitFor();
  });

  it('a machine that failed comes first', async () => {
    await open('#/consoles');
    bench.machines.get('node-4')?.print('\nKernel panic - not syncing: Attempted to kill init!\n');
    await eventually(() => page.locator('.wall-host').first().innerText()).toBe('node-4');
    await page.locator('.wall-tile-failed', { hasText: 'Kernel panic' }).waitFor();
    await judge('wall-6');
  });

  it('of twenty, only those that are visible are drawn', async () => {
    for (let number = 6; number <= 19; number++) {
      const each = await bench.add(`node-${number}`);
      each.print(BOOT);
    }
    await eventually(() => page.locator('.wall-tile').count()).toBe(20);
    await eventually(async () => (await visible()).length).toBeLessThan(13);
    expect(await visible()).not.toContain('node-19');
    await judge('wall-20');
    await page.locator('.wall-tile').last().scrollIntoViewIfNeeded();
    await eventually(async () => (await visible()).includes('node-19')).toBe(true);
    expect(await visible()).not.toContain('node-4');
  });

  it('complained of nothing', async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });
});
