import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ROOT } from './builder.ts';

const { missingFor } = (await import(join(ROOT, 'resources/packaging/before-pack.mjs'))) as {
  missingFor(projectDir: string, platform: string, arch: string): string[];
};

let project: string;
const put = (path: string, text = ''): void => {
  mkdirSync(dirname(join(project, path)), { recursive: true });
  writeFileSync(join(project, path), text);
};

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'before-pack-'));
  put('resources/boot-files.json', JSON.stringify({ files: [{ name: 'ipxe.efi' }] }));
  put('resources/boot-files/ipxe.efi');
  put('node_modules/better-sqlite3/prebuilds/linux-x64.node');
  put('node_modules/@koromix/koffi-linux-x64/package.json');
  put('node_modules/@serialport/bindings-cpp/prebuilds/linux-x64/@serialport+bindings-cpp.glibc.node');
  put('node_modules/@serialport/bindings-cpp/prebuilds/darwin-x64+arm64/@serialport+bindings-cpp.node');
  put('out/main/index.js');
});

afterEach(() => rmSync(project, { recursive: true }));

it('lets a complete project be packed', () => {
  expect(missingFor(project, 'linux', 'x64')).toEqual([]);
});

it('refuses a package that could serve no boot file', () => {
  rmSync(join(project, 'resources/boot-files'), { recursive: true });
  expect(missingFor(project, 'linux', 'x64')).toEqual(['Boot file ipxe.efi is missing: npm run boot-files']);
});

it('refuses a package for a platform whose natives npm did not install', () => {
  put('node_modules/better-sqlite3/prebuilds/win32-x64.node');
  put('node_modules/@serialport/bindings-cpp/prebuilds/win32-x64/@serialport+bindings-cpp.node');
  expect(missingFor(project, 'win32', 'x64')).toEqual([
    'node_modules/@koromix/koffi-win32-x64 is missing: npm installs it only on win32 x64, so build the package there.',
  ]);
});

it('refuses a package without the serial module of its target', () => {
  const putOthers = (target: string): void => {
    put(`node_modules/better-sqlite3/prebuilds/${target}.node`);
    put(`node_modules/@koromix/koffi-${target}/package.json`);
  };
  putOthers('linux-arm64');
  putOthers('darwin-arm64');
  expect(missingFor(project, 'darwin', 'arm64')).toEqual([]);
  expect(missingFor(project, 'linux', 'arm64')).toEqual([
    '@serialport/bindings-cpp has no prebuilt module for linux arm64: run npm ci, or choose another target.',
  ]);
  rmSync(join(project, 'node_modules/@serialport'), { recursive: true });
  expect(missingFor(project, 'linux', 'x64')).toHaveLength(1);
});

it('refuses a package of nothing built', () => {
  rmSync(join(project, 'out'), { recursive: true });
  expect(missingFor(project, 'linux', 'x64')).toEqual(['out/ is missing: npm run build']);
});
