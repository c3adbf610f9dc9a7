// Draws icon.png (512 px) and icon.ico from the UI's icon.svg with an installed Chromium: node resources/icons/render.mjs
// The other sizes and .icns are made from the PNG by electron-builder.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const SIZE = 512;
const ICO_SIZES = [16, 24, 32, 48, 256];
const browsers = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const executablePath = browsers.find((path) => path && existsSync(path));
if (!executablePath) {
  console.error('No Chromium found; set CHROMIUM to its path.');
  process.exit(1);
}
const svg = readFileSync(join(import.meta.dirname, '..', '..', 'renderer', 'public', 'icon.svg'), 'utf8');
const browser = await chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
const page = await browser.newPage();
const images = [];
for (const size of [...ICO_SIZES, SIZE]) {
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px;height:${size}px}</style>${svg}`);
  images.push(await page.screenshot({ omitBackground: true }));
}
writeFileSync(join(import.meta.dirname, 'icon.png'), images.pop());
writeFileSync(join(import.meta.dirname, 'icon.ico'), icoOf(images));
await browser.close();

/** A header, an entry of 16 bytes for each image, then the PNGs. A width of 256 is written as 0. */
function icoOf(pngs) {
  const head = Buffer.alloc(6 + 16 * pngs.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(pngs.length, 4);
  let offset = head.length;
  for (const [index, png] of pngs.entries()) {
    const at = 6 + 16 * index;
    head.set([ICO_SIZES[index] % 256, ICO_SIZES[index] % 256], at);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...pngs]);
}
