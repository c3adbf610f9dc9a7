import { randomFillSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ByteSource } from '../../../../main-services/iso/source/byte-source.ts';
import { openLocalFile } from '../../../../main-services/iso/source/local-file.ts';
import { overlay, patchInPlace } from '../../../../main-services/iso/source/overlay.ts';
import { pageCache } from '../../../../main-services/iso/source/page-cache.ts';

const BYTES = randomFillSync(Buffer.alloc(300_000));
let dir: string;
let path: string;
let now = 0;
let file: ByteSource;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'read-now-'));
  path = join(dir, 'file');
  writeFileSync(path, BYTES);
  file = await openLocalFile(path, { checkEvery: 1000, now: () => now });
});

afterAll(async () => {
  await file.close();
  rmSync(dir, { recursive: true, force: true });
});

/** Whether this system tells what its page cache has: not every file system does. */
async function hasCache(): Promise<boolean> {
  await file.read(0, BYTES.length);
  return (await pageCache()) !== undefined && file.readNow?.(0, 512) !== undefined;
}

test.skipIf(process.platform !== 'linux')('bytes of the page cache are those of the file', async () => {
  if (!(await hasCache())) return;
  for (const [offset, length] of [
    [0, 1],
    [4095, 4097],
    [200_000, 65_536],
    [BYTES.length - 512, 512],
  ] as const)
    expect(file.readNow?.(offset, length)).toEqual(BYTES.subarray(offset, offset + length));
});

test.each([
  ['more than a turn of the event loop should take', 0, 65_537],
  ['over the end', BYTES.length - 10, 11],
  ['before the start', -1, 10],
])('%s is not read now', (_, offset, length) => {
  expect(file.readNow?.(offset, length)).toBeUndefined();
});

test('where the identity of the file has to be looked at, and after the end, nothing is read now', async () => {
  now += 1000;
  expect(file.readNow?.(0, 512)).toBeUndefined();
  await file.read(0, 512);
  expect(file.readNow?.(0, 512) !== undefined).toBe(await hasCache());
  const closed = await openLocalFile(path);
  await closed.close();
  expect(closed.readNow?.(0, 512)).toBeUndefined();
});

test('an overlay reads now what lies in one piece', () => {
  const base: ByteSource = { ...memory(BYTES), readNow: (offset, length) => BYTES.subarray(offset, offset + length) };
  const patched = overlay(base, patchInPlace(BYTES.length, [{ offset: 1000, bytes: Buffer.alloc(100) }]), { etag: 'x' });
  expect(patched.readNow?.(0, 1000)).toEqual(BYTES.subarray(0, 1000));
  expect(patched.readNow?.(1010, 10)).toEqual(Buffer.alloc(10));
  expect(patched.readNow?.(1100, 10)).toEqual(BYTES.subarray(1100, 1110));
  expect(patched.readNow?.(990, 20)).toBeUndefined();
  expect(patched.readNow?.(BYTES.length - 5, 10)).toBeUndefined();
  expect(overlay(memory(BYTES), patchInPlace(BYTES.length, []), { etag: 'x' }).readNow?.(0, 10)).toBeUndefined();
});

function memory(bytes: Buffer): ByteSource {
  return {
    size: bytes.length,
    etag: 'base',
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
}
