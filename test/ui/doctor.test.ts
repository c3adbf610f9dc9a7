import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, openPage, OUTPUT, photograph, UI } from './page-checks.ts';

const CHECKS: DoctorCheck[] = [
  { id: 'versions', state: 'ok', message: 'Bootbench 0.1.0, Electron 45.3.4, Node 24.18.1, Linux 6.18.44, x64.' },
  { id: 'services', state: 'ok', message: 'The services run in a thread of this program.' },
  { id: 'native-koffi', state: 'ok', message: 'koffi loads in the services’ thread or process.' },
  {
    id: 'port-tftp',
    state: 'failed',
    message: 'UDP port 69 on enp3s0 is in use by dnsmasq (pid 812).',
    code: 'E_PORT_IN_USE',
    next: 'Stop it.',
  },
  {
    id: 'passwords',
    state: 'warning',
    message: 'This desktop has no keyring that is safe, so passwords are not stored.',
    code: 'E_SECRETS_NOT_STORED',
    next: 'Set up a keyring.',
  },
];

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI });
  bench.control.doctor = () => Promise.resolve(CHECKS);
  browser = await launch();
  page = await openPage(browser);
  complaints = complaintsOf(page);
  await page.goto(bench.management.uiUrl);
  await page.getByText('live').first().waitFor();
});
afterAll(async () => {
  await browser.close();
  await bench.stop();
});

describe('Check this computer', () => {
  it('is reached from Help, and shows a line for each part with its state and what to do', async () => {
    await page.evaluate(() => (location.hash = '#/help'));
    await page.getByRole('link', { name: 'Check this computer' }).click();
    await page.getByText('1 of 5 checks failed').waitFor();
    expect(await page.locator('.doctor-check').count()).toBe(5);
    const failed = page.locator('#doctor-port-tftp');
    await failed.getByText('UDP port 69 on enp3s0 is in use by dnsmasq (pid 812).').waitFor();
    await failed.getByText('Stop it.').waitFor();
    expect(await failed.locator('.state-failed').count()).toBe(1);
    expect(await page.locator('#doctor-passwords .state-needs').count()).toBe(1);
    await expectPlainWords(page);
    await expectAccessible(page);
    await photograph(page, 'doctor');
  });

  it('checks again', async () => {
    bench.control.doctor = () => Promise.resolve(CHECKS.filter(({ state }) => state === 'ok'));
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByText('All 3 checks passed').waitFor();
  });

  it('leads from a code to its entry in Help', async () => {
    bench.control.doctor = () => Promise.resolve(CHECKS);
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByRole('link', { name: 'E_PORT_IN_USE' }).click();
    await page.locator('#E_PORT_IN_USE[aria-current]').waitFor();
  });

  it('saves a support bundle with the bytes of the program', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256);
    bench.control.supportBundle = () => Promise.resolve(bytes);
    await page.evaluate(() => (location.hash = '#/doctor'));
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save support bundle' }).click();
    const saved = await download;
    expect(saved.suggestedFilename()).toMatch(/^bootbench-support-\d{4}-\d\d-\d\d-\d{4}\.tar\.gz$/);
    expect(readFileSync(await saved.path()).equals(bytes)).toBe(true);
  });

  it('says why a check or a bundle failed', async () => {
    bench.control.supportBundle = () => Promise.reject(new BootbenchError('E_DISK_FULL', 'No space left on device.'));
    await page.getByRole('button', { name: 'Save support bundle' }).click();
    await page.getByRole('alert').getByText('No space left on device.').waitFor();
  });

  it('did all that without an error or a refusal by its policy', () => {
    expect(complaints).toEqual([]);
  });
});
