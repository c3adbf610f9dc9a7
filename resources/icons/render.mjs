// Draws icon.png (512 px) from the UI's icon.svg with an installed Chromium: node resources/icons/render.mjs
// The other sizes, .ico and .icns are made from it by electron-builder.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SIZE = 512;
const browsers = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const executablePath = browsers.find((path) => path && existsSync(path));
if (!executablePath) {
  console.error('No Chromium found; set CHROMIUM to its path.');
  process.exit(1);
}
const svg = readFileSync(join(import.meta.dirname, '..', '..', 'renderer', 'public', 'icon.svg'), 'utf8');
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
await page.setContent(`<style>body{margin:0}svg{display:block;width:${SIZE}px;height:${SIZE}px}</style>${svg}`);
await page.screenshot({ path: join(import.meta.dirname, 'icon.png'), omitBackground: true });
await browser.close();
