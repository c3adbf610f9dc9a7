import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { VIEWS } from '../../contract/window-views.ts';
import { clientOf, makeIso, PICTURES, useBench } from './bench.ts';
import type { Desktop, Place } from './desktop.ts';
import { until } from './session.ts';

const bench = useBench();
let place: Place;
let desktop: Desktop;
let client: Awaited<ReturnType<typeof clientOf>>;

beforeAll(async () => {
  place = bench.place();
  desktop = await bench.start(place);
  client = await clientOf(place);
});

it('shows the page with live data over its own connection', async () => {
  await client.call('host.add', { name: 'r750-03', interfaces: [{ mac: '52:54:00:88:00:02' }] });
  await desktop.inPage(`void (location.hash = '#/hosts')`);
  await until('the new host is in the page', () => desktop.inPage<boolean>(`document.body.innerText.includes('r750-03')`));
  expect(await desktop.inPage('document.title')).toBe('Bootbench');
  expect(desktop.windows().map(({ title }) => title)).toEqual(['Bootbench']);
});

it('shows every view without a message on the console and without a violation of its policy', async () => {
  const page = await desktop.page();
  const said: unknown[] = [];
  for (const event of ['Runtime.consoleAPICalled', 'Runtime.exceptionThrown', 'Log.entryAdded', 'Audits.issueAdded'])
    page.on(event, (params) => isNoise(params) || said.push({ event, ...params }));
  await page.evaluate(`console.warn('control')`);
  for (const domain of ['Runtime', 'Log', 'Audits', 'Page']) await page.send(`${domain}.enable`);
  await until('the page’s console is recorded', () => said.length > 0);
  said.length = 0;
  await page.send('Page.reload');
  await desktop.live();
  for (const { id, title } of VIEWS) {
    await desktop.inPage(`void (location.hash = '#/${id}')`);
    await until(`the view ${title}`, () => desktop.inPage<boolean>(`document.querySelector('main')?.innerText.trim() !== ''`));
    await desktop.inPage('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    expect(await desktop.inPage(SCROLLS_BY_A_PIXEL), title).toEqual([]);
    const png = await desktop.inMain<string>(
      `electron.BrowserWindow.getAllWindows()[0].webContents.capturePage().then((image) => image.toPNG().toString('base64'))`,
    );
    writeFileSync(join(PICTURES, `${id}.png`), Buffer.from(png, 'base64'));
  }
  expect(said).toEqual([]);
});

/** Lists that are too long by a pixel or two only, and so show a needless scroll bar. */
const SCROLLS_BY_A_PIXEL = `[...document.querySelectorAll('main, main *')]
  .filter((element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowY))
  .filter(({ scrollHeight, clientHeight }) => scrollHeight > clientHeight && scrollHeight - clientHeight < 8)
  .map(({ className }) => className)`;

/** Chromium's advice to developers, such as to use fewer parts of the user agent's name; only violations of the policy count. */
function isNoise({ issue }: Record<string, unknown>): boolean {
  return issue !== undefined && (issue as { code: string }).code !== 'ContentSecurityPolicyIssue';
}

describe('the sandbox', () => {
  const statusOf = (pid: number): string => readFileSync(`/proc/${pid}/status`, 'utf8');

  it('filters system calls of the page and keeps it in a user namespace of its own', () => {
    const renderer = desktop.renderer ?? -1;
    expect(statusOf(renderer)).toMatch(/^Seccomp:\t2$/m);
    const namespaces = /^NSpid:\t(.*)$/m.exec(readFileSync(`/proc/${renderer}/status`, 'utf8'))?.[1]?.split('\t') ?? [];
    expect(namespaces.length, 'pid namespaces').toBeGreaterThan(1);
    expect(statusOf(desktop.pid)).toMatch(/^Uid:\t(?!0\t)/m);
    expect(place.log).not.toContain('sandbox');
  });

  it('gives the page no Node and a frozen bridge', async () => {
    const types = ['require', 'process', 'module', 'Buffer', 'ipcRenderer', 'electron'].map((name) => `typeof ${name}`).join(',');
    expect(new Set(await desktop.inPage<string[]>(`[${types}]`))).toEqual(new Set(['undefined']));
    const change = `(() => { 'use strict'; try { bootbench.open = () => 1; return 'changed'; } catch { return 'frozen'; } })()`;
    expect(await desktop.inPage(change)).toBe('frozen');
  });
});

describe('the menu', () => {
  it('goes to its views by the keys of their entries', async () => {
    await desktop.inMain(`electron.BrowserWindow.getAllWindows()[0].webContents.focus()`);
    for (const [index, { id }] of VIEWS.slice(0, 7).entries()) {
      desktop.press(`ctrl+${index + 1}`);
      await until(`the view ${id}`, () => desktop.inPage<boolean>(`location.hash === '#/${id}'`), 5000);
    }
    desktop.press('F1');
    await until('the view help', () => desktop.inPage<boolean>(`location.hash === '#/help'`), 5000);
  });

  it('has an entry for each view, which goes there', async () => {
    const labels = await desktop.inMain<string[]>(
      `electron.Menu.getApplicationMenu().items.find(({ label }) => label === '&View').submenu.items.map(({ label }) => label)`,
    );
    expect(labels).toEqual(expect.arrayContaining(['Bench', 'Hosts', 'Images', 'Configs', 'Jobs', 'Consoles', 'Network']));
    await desktop.inMain(
      `electron.Menu.getApplicationMenu().items.find(({ label }) => label === '&View').submenu.items.find(({ label }) => label === 'Jobs').click()`,
    );
    await until('the view jobs', () => desktop.inPage<boolean>(`location.hash === '#/jobs'`), 5000);
  });
});

it('imports two ISOs with umlauts and spaces that are dropped on it together', async () => {
  const folder = place.subfolder('drop');
  const files = ['Gerät eins.iso', 'Übung zwei.iso'].map((name) => makeIso(folder, name));
  const page = await desktop.page();
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop']) await page.send('Input.dispatchDragEvent', { type, x: 400, y: 300, data });
  await until('both are proposed', () => desktop.inPage<boolean>(`document.querySelectorAll('form.offer input').length >= 2`));
  await desktop.inPage(`document.querySelector('form.offer button[type=submit]').click()`);
  const images = await until('both are imported', async () => {
    const listed = await client.call('image.list');
    return listed.length === 2 ? listed : undefined;
  });
  for (const image of images) expect(JSON.stringify(image)).toContain('TEST');
  const imported = await client.call('events.history', { limit: 50 });
  for (const file of files) expect(imported.some(({ message }) => message.includes(basename(file, '.iso').slice(-4)))).toBe(true);
});

it('restarts killed services, and the page says so and is live again', async ({ skip }) => {
  const worker = desktop.workerProcess;
  if (worker === undefined) return skip('The services are a thread here.');
  process.kill(worker, 'SIGKILL');
  await until(
    'the page says it',
    () => desktop.inPage<boolean>(`document.querySelector('.away')?.textContent.includes('not responding') === true`),
    5000,
  );
  await desktop.live();
  expect(desktop.workerProcess).not.toBe(worker);
  client = await clientOf(place);
  const events = await client.call('events.history', { limit: 20 });
  expect(events.map(({ data }) => (data as { code?: string } | undefined)?.code)).toContain('E_THREAD_DIED');
  expect(place.log).toContain('E_THREAD_DIED');
});
