import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';

const UI = process.env.BOOTBENCH_TEST_UI ?? join(import.meta.dirname, '../../out/renderer');
const HOSTS = 1000;
/** Milliseconds that the page may work in one go. */
const LONGEST = 100;

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  bench = await startManagementServer({ uiDir: UI });
  const { inventory, activity } = bench;
  for (const name of ['ks-web', 'ks-db']) inventory.addConfig({ name, format: 'kickstart', files: { f: '' }, description: '' });
  const image = { source: { type: 'file', path: '/f.iso' } as const, kind: 'install' as const, description: '' };
  await inventory.addImage({ ...image, name: 'Fedora-43', bootConfigs: ['ks-web', 'ks-db'] });
  bench.db.write(() => {
    for (let index = 0; index < HOSTS; index++) addHost(index);
  });
  for (let index = 0; index < 250; index++)
    activity.record({ type: 'script.served', host: nameOf(index * 4), message: 'got its script: sanboot of Fedora-43' });
  browser = await launch();
  page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
  await page.getByText('live').first().waitFor();
  await page.evaluate(() => (location.hash = '#/hosts'));
  await page.locator('[data-host]').first().waitFor();
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

const nameOf = (index: number): string => `rack-${String(index).padStart(4, '0')}`;

function addHost(index: number): void {
  const hex = index.toString(16).padStart(4, '0');
  const mac = `3c:ec:ef:00:${hex.slice(0, 2)}:${hex.slice(2)}`;
  bench.inventory.addHost({ name: nameOf(index), interfaces: [{ mac, allowPXE: true }], localBoot: { kind: 'exit' }, vars: {} });
  if (index % 2 === 0) bench.inventory.assign(nameOf(index), { image: 'Fedora-43', config: 'ks-web', mode: 'once' });
}

interface TraceEvent {
  name: string;
  cat: string;
  pid: number;
  tid: number;
  /** Microseconds that passed, and that the thread itself worked. */
  dur?: number;
  tdur?: number;
  args: { name?: string };
}

/** The longest task of the page's main thread while `run` runs, in milliseconds. Chromium's tracing tells both kinds of time. */
async function longestTask(run: () => Promise<void>): Promise<{ passed: number; worked: number }> {
  await browser.startTracing(page, { categories: ['toplevel'] });
  await run();
  await page.waitForTimeout(200);
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  const mains = new Set(traceEvents.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain').map(threadOf));
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && mains.has(threadOf(event)));
  expect(tasks.length).toBeGreaterThan(10);
  return { passed: longest(tasks, ({ dur }) => dur), worked: longest(tasks, ({ tdur }) => tdur) };
}

const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
const longest = (tasks: TraceEvent[], of: (task: TraceEvent) => number | undefined): number =>
  Math.round(tasks.reduce((most, task) => Math.max(most, of(task) ?? 0), 0) / 1000);

const top = (): Promise<number> => page.locator('.hosts-body').evaluate((body) => body.scrollTop);

/** Judged by the time that the page's thread worked: what other programs on a busy computer take is not the page's. */
async function expectShort(what: string, run: () => Promise<void>, from: 'Home' | 'End' = 'Home'): Promise<void> {
  await beginAt(from);
  const { passed, worked } = await longestTask(run);
  console.log(`${what}: longest task ${worked} ms of work, ${passed} ms on the clock`);
  expect(worked).toBeLessThanOrEqual(LONGEST);
}

async function beginAt(end: 'Home' | 'End'): Promise<void> {
  await page.locator('[data-host][tabindex="0"]').focus();
  await page.keyboard.press(end);
  await page.locator(`[data-host="${nameOf(end === 'Home' ? 0 : HOSTS - 1)}"]:focus`).waitFor();
  await page.waitForTimeout(300);
}

describe('a thousand hosts', () => {
  it('are all there, while only what is seen is drawn', async () => {
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(HOSTS + 1));
    expect(await page.locator('[data-host]').count()).toBeLessThan(60);
  });

  it('scroll by wheel to the end and back', async () => {
    await page.locator('[data-host]').nth(5).hover();
    await expectShort('wheel', async () => {
      for (let step = 0; step < 120; step++) {
        await page.mouse.wheel(0, 400);
        await page.waitForTimeout(10);
      }
    });
    await expect.poll(top).toBeGreaterThan(35_000);
    await page.locator(`[data-host="${nameOf(HOSTS - 1)}"]`).waitFor();
    await expectShort(
      'wheel back',
      async () => {
        for (let step = 0; step < 40; step++) {
          await page.mouse.wheel(0, -1200);
          await page.waitForTimeout(10);
        }
      },
      'End',
    );
    await expect.poll(top).toBe(0);
  });

  it('scroll by keyboard', async () => {
    await page.locator(`[data-host="${nameOf(0)}"]`).focus();
    await expectShort('arrows', async () => {
      for (let step = 0; step < 100; step++) await page.keyboard.press('ArrowDown');
    });
    expect(await page.evaluate(() => document.activeElement?.getAttribute('data-host'))).toBe(nameOf(100));
    await expectShort('pages', async () => {
      for (let step = 0; step < 30; step++) await page.keyboard.press('PageDown');
    });
    await expectShort('ends', async () => {
      for (let step = 0; step < 6; step++) await page.keyboard.press(step % 2 === 0 ? 'End' : 'Home');
    });
    await page.keyboard.press('End');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-host'))).toBe(nameOf(HOSTS - 1));
  });

  it('scroll while events and progress come in', async () => {
    await page.keyboard.press('Home');
    await expectShort('wheel with events', async () => {
      for (let step = 0; step < 60; step++) {
        bench.activity.record({ type: 'dhcp.ack', host: nameOf(step * 7), message: `got an address, ${step}` });
        bench.progress({
          key: `iso ${step % 5}`,
          host: nameOf(step % 5),
          message: 'reading install.img',
          done: step,
          total: 60,
          rate: 9e7,
        });
        await page.mouse.wheel(0, 300);
        await page.waitForTimeout(15);
      }
    });
  });

  it('are searched and selected as a whole', async () => {
    await page.keyboard.press('/');
    const { worked } = await longestTask(async () => {
      await page.keyboard.type('rack-09');
      await expect.poll(() => page.getByRole('grid').getAttribute('aria-rowcount')).toBe('101');
      await page.locator(`[data-host="${nameOf(900)}"]`).focus();
      await page.keyboard.press('Control+a');
      await page.getByText('100 selected').first().waitFor();
    });
    console.log(`search and select: longest task ${worked} ms of work`);
  });

  it('without an error', () => {
    expect(complaints).toEqual([]);
  });
});
