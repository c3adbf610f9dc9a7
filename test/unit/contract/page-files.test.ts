import { expect, it } from 'vitest';
import { pageFileType } from '../../../contract/page-files.ts';

it.each([
  ['index.html', 'text/html; charset=utf-8'],
  ['assets/index-Cv-niI9m.js', 'text/javascript; charset=utf-8'],
  ['/assets/index.css', 'text/css; charset=utf-8'],
  ['icon.svg', 'image/svg+xml'],
  ['favicon.ico', 'image/x-icon'],
  ['a.b.woff2', 'font/woff2'],
  ['notes.txt', undefined],
  ['html', undefined],
  ['', undefined],
  ['a.js/', undefined],
  ['a.constructor', undefined],
  ['a.__proto__', undefined],
])('%s is %s', (name, type) => {
  expect(pageFileType(name)).toBe(type);
});
