import { AxeBuilder } from '@axe-core/playwright';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

export const OUTPUT = join(import.meta.dirname, '../output');
/** The built renderer; another folder by BOOTBENCH_TEST_UI. */
export const UI = process.env.BOOTBENCH_TEST_UI ?? join(import.meta.dirname, '../../out/renderer');

/** A page in a context of its own, which axe needs. */
export async function openPage(browser: Browser): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
  return context.newPage();
}

/** Words that no technician is to see. */
export async function expectPlainWords(page: Page): Promise<void> {
  expect(await page.locator('body').innerText()).not.toMatch(/undefined|N\/A|NaN|\[object|Something went wrong|null/);
}

/** Nothing that axe finds serious or critical. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`)).toEqual([]);
}

/** In both sizes, light and dark; leaves the page at 1280×800, light. */
export async function photograph(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [1920, 1080],
    [1280, 800],
  ] as const)
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(OUTPUT, `${name}-${width}-${colorScheme}.png`) });
    }
}

/** In one look and size: a picture, nothing cut off to the right, words and contrast as they should be. */
export async function expectScreen(page: Page, name: string, colorScheme: 'light' | 'dark', width: number, height: number): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize({ width, height });
  await page.waitForTimeout(200);
  await page.screenshot({ path: join(OUTPUT, `${name}-${colorScheme}-${width}.png`) });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  await expectPlainWords(page);
  await expectAccessible(page);
}

/** What `it.each` runs expectLooks with. */
export const SCREENS = [
  ['light', 1280, 800],
  ['dark', 1280, 800],
  ['light', 1920, 1080],
  ['dark', 1920, 1080],
  ['light', 800, 700],
] as const;
