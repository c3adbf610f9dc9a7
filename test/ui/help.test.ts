import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERRORS } from '../../contract/error-codes.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { startManagementServer, type ManagementServer } from '../fixtures/management-server.ts';
import { complaintsOf, launch } from './browser.ts';
import { expectAccessible, expectPlainWords, openPage, OUTPUT, photograph, UI } from './page-checks.ts';

let bench: ManagementServer;
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  if (!existsSync(join(UI, 'index.html'))) throw new Error('The UI is not built: run electron-vite build first.');
  mkdirSync(OUTPUT, { recursive: true });
  bench = await startManagementServer({ uiDir: UI });
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

const entries = (): Promise<number> => page.locator('.help-entry').count();

describe('help', () => {
  it('has every code with its title and next step, the keys, and where the log lies', async () => {
    await page.evaluate(() => (location.hash = '#/help'));
    await page.getByText('Errors and next steps').waitFor();
    expect(await entries()).toBe(Object.keys(ERRORS).length);
    const row = page.locator('#E_NIC_NO_CARRIER');
    await row.getByText(ERRORS.E_NIC_NO_CARRIER.title).waitFor();
    await row.getByText(ERRORS.E_NIC_NO_CARRIER.next).waitFor();
    await page.getByText('Ctrl-K').first().waitFor();
    await page.getByText('log/bootbench.log').waitFor();
    await expectPlainWords(page);
    await expectAccessible(page);
  });

  it('a code in the address is marked and in sight', async () => {
    await page.evaluate(() => (location.hash = '#/help/E_THREAD_DIED'));
    const row = page.locator('#E_THREAD_DIED[aria-current]');
    await row.waitFor();
    const box = await row.boundingBox();
    expect(box?.y).toBeGreaterThan(0);
    expect(box?.y).toBeLessThan(760);
    await expectAccessible(page);
    await photograph(page, 'help');
  });

  it('another code moves the mark', async () => {
    await page.evaluate(() => (location.hash = '#/help/E_NIC_GONE'));
    await page.locator('#E_NIC_GONE[aria-current]').waitFor();
    expect(await page.locator('[aria-current=true].help-entry').count()).toBe(1);
    const box = await page.locator('#E_NIC_GONE').boundingBox();
    expect(box?.y).toBeGreaterThan(0);
  });

  it('a code of another version is said not to be there', async () => {
    await page.evaluate(() => (location.hash = '#/help/E_NOT_YET'));
    await page.getByText('E_NOT_YET is not an error code of this version.').waitFor();
  });

  it('is searched from the keyboard, and Esc goes back step by step', async () => {
    await page.locator('body').press('/');
    await page.keyboard.type('cable link');
    await expect.poll(entries).toBeLessThan(5);
    await page.locator('#E_NIC_NO_CARRIER').waitFor();
    await page.keyboard.type(' zzz');
    await page.getByText('No error matches all these words.').waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Escape');
    await page.getByText('Before you plug in').waitFor();
  });

  it('a failure leads to its entry', async () => {
    bench.control.preflight = () => Promise.reject(new BootbenchError('E_NIC_UNKNOWN', 'Network port enp9s0 not found.'));
    await page.getByRole('button', { name: 'Check again' }).click();
    await page.getByText('Network port enp9s0 not found.').waitFor();
    await page.getByRole('link', { name: 'E_NIC_UNKNOWN' }).click();
    await page.locator('#E_NIC_UNKNOWN[aria-current]').waitFor();
  });

  it('did all that without an error or a refusal by its policy', () => {
    expect(complaints).toEqual([]);
  });
});
