import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Appliance } from '../lab/appliance.ts';
import { complaintsOf, launch } from './browser.ts';
import { UI } from './page-checks.ts';

/** The program itself, killed and started again, under two windows that stay open. */
let folder: string;
let args: string[];
let appliance: Appliance;
let browser: Browser;
let context: BrowserContext;
let desk: Page;
let wall: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run npm run build first.');
  folder = mkdtempSync(join(tmpdir(), 'bootbench-survive-'));
  // The windows come back to the same address.
  args = [
    '--nic',
    'lo',
    '--dhcp',
    'off',
    '--http-port',
    '0',
    '--tftp-port',
    '0',
    '--iscsi-port',
    '0',
    '--api',
    `127.0.0.1:${await freePort()}`,
    '--ui-dir',
    UI,
  ];
  appliance = await start();
  browser = await launch();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(15_000);
  [desk, wall] = [await context.newPage(), await context.newPage()];
  complaints = complaintsOf(desk);
  for (const page of [desk, wall]) {
    await page.goto(appliance.ready.ui);
    await isLive(page);
    await page.evaluate(() => (location.hash = '#/hosts'));
  }
});
afterAll(async () => {
  await browser.close();
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

const start = (): Promise<Appliance> => Appliance.start(undefined, { dataDir: join(folder, 'data'), args });
const isLive = (page: Page): Promise<void> => page.getByRole('banner').getByText('live').waitFor();
const row = (page: Page, name: string) => page.getByRole('row', { name });

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

async function addHost(page: Page, name: string, mac: string): Promise<void> {
  await page.getByRole('button', { name: 'Add a host' }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByRole('textbox', { name: 'Name' }).fill(name);
  await sheet.getByRole('textbox', { name: 'MAC' }).fill(mac);
  await page.keyboard.press('Enter');
  await row(page, name).waitFor();
}

/** A reload would forget this. */
const mark = (page: Page): Promise<unknown> => page.evaluate(() => Object.assign(globalThis, { survived: true }));
const isMarked = (page: Page): Promise<boolean> => page.evaluate(() => 'survived' in globalThis);

describe('two windows', () => {
  it('agree at once about what either of them does', async () => {
    await addHost(desk, 'r750-03', '52:54:00:00:00:03');
    await row(wall, 'r750-03').waitFor();
    await addHost(wall, 'x11-02', '52:54:00:00:00:02');
    await row(desk, 'x11-02').waitFor();
    await wall.getByRole('button', { name: /^ISO of r750-03/ }).click();
    await wall.getByRole('menuitemradio', { name: /^its own disk/ }).click();
    await desk.getByRole('button', { name: /^ISO of r750-03: its own disk/ }).waitFor();
  });
});

describe('a reload', () => {
  it('keeps the view and the token', async () => {
    await row(desk, 'x11-02').getByRole('link', { name: 'x11-02' }).click();
    await desk.getByRole('heading', { name: 'x11-02', level: 1 }).waitFor();
    const before = desk.url();
    await desk.reload();
    await isLive(desk);
    await desk.getByRole('heading', { name: 'x11-02', level: 1 }).waitFor();
    expect(desk.url()).toBe(before);
    expect(before).toMatch(/#\/hosts\/x11-02$/);
  });

  it('keeps what was typed into a config and not saved', async () => {
    await appliance.must('config', 'add', 'ks-web', '--format', 'kickstart', join(import.meta.dirname, 'browser.ts'));
    await desk.evaluate(() => (location.hash = '#/configs/ks-web'));
    await desk.locator('.cm-content').click();
    await desk.keyboard.press('Control+Home');
    await desk.keyboard.type('# typed and not saved ');
    await desk.getByText('unsaved changes').first().waitFor();
    // Drafts are put away shortly after the last key.
    await desk.waitForTimeout(700);
    await desk.reload();
    await desk.getByText('unsaved changes').first().waitFor();
    await expect.poll(() => desk.locator('.cm-content').innerText()).toContain('# typed and not saved');
  });
});

describe('the program', () => {
  it('is killed: both windows say so, and go on showing what they knew', async () => {
    for (const page of [desk, wall]) {
      await page.evaluate(() => (location.hash = '#/hosts'));
      await row(page, 'r750-03').waitFor();
      await mark(page);
    }
    await appliance.kill();
    for (const page of [desk, wall]) {
      await page.getByText('Bootbench is not responding.').waitFor();
      await page.getByRole('contentinfo').getByText('unknown').first().waitFor();
      expect(await row(page, 'x11-02').isVisible()).toBe(true);
    }
  });

  it('answers an action with a sentence meanwhile', async () => {
    await desk.getByRole('button', { name: /^ISO of x11-02/ }).click();
    await desk.getByRole('menuitemradio', { name: /^its own disk/ }).click();
    await desk.getByText('Not sent: no connection to Bootbench.').waitFor();
  });

  it('is started again: both windows come back by themselves, with what was kept', async () => {
    appliance = await start();
    for (const page of [desk, wall]) {
      await page.getByText('Bootbench is not responding.').waitFor({ state: 'detached', timeout: 15_000 });
      await isLive(page);
      await row(page, 'r750-03').waitFor();
      await page.getByRole('button', { name: /^ISO of r750-03: its own disk/ }).waitFor();
      expect(await isMarked(page)).toBe(true);
    }
    await addHost(desk, 'nuc-11', '52:54:00:00:00:11');
    await row(wall, 'nuc-11').waitFor();
  });

  it('complains of nothing but the refused connections', () => {
    expect(complaints.filter((words) => !/ERR_CONNECTION_(REFUSED|RESET)/.test(words))).toEqual([]);
  });
});

describe('another data directory at the same address', () => {
  it('has another key: the windows say what to do instead of trying for ever', async () => {
    await appliance.stop();
    rmSync(join(folder, 'data'), { recursive: true, force: true });
    appliance = await start();
    await desk.getByText(/this page’s access token is not valid/).waitFor({ timeout: 15_000 });
  });
});
