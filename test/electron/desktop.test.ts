import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAgain, startDesktop, type Desktop } from './desktop.ts';

let folder: string;
let desktop: Desktop;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'desktop-'));
  desktop = await startDesktop(folder);
});
afterAll(async () => {
  await desktop.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('the window', () => {
  it('shows the page, which talks to the appliance over the bridge', async () => {
    const answer = await desktop.page.evaluate(
      () =>
        new Promise((resolve) => {
          window.bootbench?.open(resolve, () => resolve('closed'));
          window.bootbench?.send({ id: 1, call: 'appliance.status' });
        }),
    );
    expect(answer).toMatchObject({ id: 1, value: { services: expect.any(Array) as unknown } });
    expect(await desktop.page.title()).toBe('Bootbench');
    await desktop.page.reload();
  });

  it('gives the page no Node, no window and no permission', async () => {
    const reach = await desktop.page.evaluate(async () => {
      const script = document.createElement('script');
      script.textContent = 'window.inlineScriptRan = true';
      document.head.append(script);
      return {
        require: typeof (globalThis as { require?: unknown }).require,
        process: typeof (globalThis as { process?: unknown }).process,
        opened: window.open('https://example.org') !== null,
        notifications: await Notification.requestPermission(),
        inlineScript: 'inlineScriptRan' in window,
      };
    });
    expect(reach).toEqual({ require: 'undefined', process: 'undefined', opened: false, notifications: 'denied', inlineScript: false });
  });

  it('stays on its own page', async () => {
    const before = desktop.page.url();
    await desktop.page.evaluate(() => {
      location.href = 'https://example.org/';
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(desktop.page.url()).toBe(before);
  });

  it('returns the path of a file that is dropped on it', async () => {
    const iso = join(folder, 'given.iso');
    writeFileSync(iso, 'x');
    await desktop.page.evaluate(() => {
      const input = document.createElement('input');
      input.type = 'file';
      input.id = 'given';
      document.body.append(input);
    });
    await desktop.page.setInputFiles('#given', iso);
    const path = await desktop.page.evaluate(() => {
      const file = document.querySelector<HTMLInputElement>('#given')?.files?.[0];
      return file && (window.bootbench as unknown as { pathOf(file: File): string }).pathOf(file);
    });
    expect(path).toBe(iso);
  });

  it('goes to a view from the menu', async () => {
    await desktop.app.evaluate(({ Menu }) => {
      const views = Menu.getApplicationMenu()?.items.find(({ label }) => label.includes('View'));
      views?.submenu?.items.find(({ label }) => label === 'Hosts')?.click();
    });
    await desktop.page.waitForFunction(() => location.hash === '#/hosts');
  });
});

it('a second start hands its ISO to the first, and ends', async () => {
  await desktop.page.evaluate(() => {
    const page = window as unknown as { bootbench: { onFiles(listener: (paths: string[]) => void): void }; opened: string[] };
    page.opened = [];
    page.bootbench.onFiles((paths) => page.opened.push(...paths));
  });
  expect(await startAgain(folder, 'second.iso')).toBe(0);
  await desktop.page.waitForFunction(() => (window as unknown as { opened: string[] }).opened.length > 0);
  const opened = await desktop.page.evaluate(() => (window as unknown as { opened: string[] }).opened);
  expect(opened).toEqual([join(folder, 'second.iso')]);
  expect(desktop.app.windows()).toHaveLength(1);
});

it('a page that crashes comes back', async () => {
  const loaded = desktop.app.evaluate(
    ({ BrowserWindow }) =>
      new Promise<string>((resolve) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        contents?.once('did-finish-load', () => resolve(contents.getURL()));
        contents?.forcefullyCrashRenderer();
      }),
  );
  expect(await loaded).toMatch(/out\/renderer\/index\.html/);
});

it('the window is where it was after a restart', async () => {
  const at = { x: 60, y: 60, width: 1000, height: 640 };
  await desktop.app.evaluate(({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds), at);
  await desktop.stop();
  const saved = JSON.parse(readFileSync(join(folder, 'data', 'window.json'), 'utf8')) as { at: unknown };
  expect(saved.at).toMatchObject({ width: 1000, height: 640 });
  desktop = await startDesktop(folder);
  const bounds = await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
  expect(bounds).toEqual(saved.at);
});
