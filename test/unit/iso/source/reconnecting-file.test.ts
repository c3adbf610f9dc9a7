import { copyFile, mkdtemp, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../../main-services/iso/source/byte-source.ts';
import { openLocalFile, sameFile } from '../../../../main-services/iso/source/local-file.ts';
import { openPatientFile, type ReconnectingFileOptions } from '../../../../main-services/iso/source/reconnecting-file.ts';

const CONTENT = Buffer.from(Array.from({ length: 100_000 }, (_, index) => (index * 7) % 251));

let folder = '';
let path = '';
let file: ByteSource;
let told: (string | undefined)[];

async function open(patience = { loss: 3000, least: 100 }, more: ReconnectingFileOptions = {}): Promise<ByteSource> {
  const first = await openLocalFile(path);
  await first.close();
  file = await openPatientFile(path, first, { checkEvery: 0, lookEvery: 20, patience, onTrouble: (text) => told.push(text), ...more });
  return file;
}

const away = (): string => join(folder, 'away');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patient-file-'));
  path = join(folder, 'x.iso');
  told = [];
  await writeFile(path, CONTENT);
  await utimes(path, 1_700_000_000, 1_700_000_000);
});
afterEach(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

describe('a file that may be pulled', () => {
  it('is read on when it is back, with the same etag', async () => {
    const { etag } = await open();
    await rename(path, away());
    const reading = Promise.all([file.read(5, 10), file.read(50_000, 10)]);
    setTimeout(() => void rename(away(), path), 150);
    const [one, two] = await reading;
    expect(Buffer.from(one)).toEqual(CONTENT.subarray(5, 15));
    expect(Buffer.from(two)).toEqual(CONTENT.subarray(50_000, 50_010));
    expect(file.etag).toBe(etag);
    await expect.poll(() => told.length).toBe(2);
    expect(told).toEqual([expect.stringContaining('it does not exist'), undefined]);
  });

  it('is the same one when it comes back as another inode, as a stick that is plugged in again', async () => {
    await open();
    await copyFile(path, away());
    await utimes(away(), 1_700_000_000, 1_700_000_000);
    await rename(away(), path);
    expect(Buffer.from(await file.read(5, 10))).toEqual(CONTENT.subarray(5, 15));
  });

  it('is waited for until the patience is over; later reads wait a little', async () => {
    await open({ loss: 300, least: 50 });
    await rename(path, away());
    const began = performance.now();
    await expect(file.read(0, 4)).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
    expect(performance.now() - began).toBeGreaterThan(250);
    const again = performance.now();
    await expect(file.read(0, 4)).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
    expect(performance.now() - again).toBeLessThan(200);
    await rename(away(), path);
    await expect.poll(() => told.at(-1)).toBeUndefined();
    expect(await file.read(0, 4)).toHaveLength(4);
  });

  it('does not wait for one that was replaced, and never gives its bytes', async () => {
    await open();
    await writeFile(path, Buffer.alloc(CONTENT.length, 1));
    const began = performance.now();
    await expect(file.read(0, 4)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('is waited for while it is being copied back', async () => {
    await open();
    await copyFile(path, away());
    await rm(path);
    const reading = file.read(90_000, 10);
    await new Promise((resolve) => setTimeout(resolve, 60));
    await writeFile(path, CONTENT.subarray(0, 40_000));
    await new Promise((resolve) => setTimeout(resolve, 60));
    await writeFile(path, CONTENT);
    await utimes(path, 1_700_000_000, 1_700_000_000);
    expect(Buffer.from(await reading)).toEqual(CONTENT.subarray(90_000, 90_010));
  });

  it('lets a reader go that leaves, and all when it is closed', async () => {
    await open();
    await rename(path, away());
    const leaving = new AbortController();
    const reading = file.read(0, 4, leaving.signal);
    const staying = file.read(0, 4);
    setTimeout(() => leaving.abort(), 30);
    await expect(reading).rejects.toMatchObject({ code: 'E_CANCELLED' });
    setTimeout(() => void file.close(), 30);
    await expect(staying).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
  });

  it('is E_IMAGE_GONE or E_IMAGE_CHANGED at once when it is not there to begin with', async () => {
    await open();
    const pinned = { size: file.size, etag: file.etag };
    await truncate(path, 10);
    await expect(openPatientFile(path, pinned)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    await rm(path);
    await expect(openPatientFile(path, pinned)).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
  });
});

describe('the same file', () => {
  const etag = (time: bigint, size = 5, content = 'ab12') => `${size.toString(16)}-${time.toString(16)}-${content}`;
  const SECOND = 1_000_000_000n;
  const at = 1_700_000_001n * SECOND + 234_567_890n;

  it.each([
    ['rounded down by FAT to two seconds', etag(1_700_000_000n * SECOND)],
    ['rounded up by FAT to two seconds', etag(1_700_000_002n * SECOND)],
    ['rounded to a second', etag(1_700_000_001n * SECOND)],
    ['rounded by exFAT to ten milliseconds', etag(1_700_000_001n * SECOND + 230_000_000n)],
  ])('has a time %s', (_, other) => {
    expect(sameFile(etag(at), other)).toBe(true);
    expect(sameFile(other, etag(at))).toBe(true);
  });

  it.each([
    ['another time within two seconds', etag(at + SECOND / 3n)],
    ['a time too far away', etag(1_700_000_004n * SECOND)],
    ['another size', etag(at, 6)],
    ['another content', etag(at, 5, 'ab13')],
    ['no etag of a file', 'W/"x"'],
  ])('is not one with %s', (_, other) => {
    expect(sameFile(etag(at), other)).toBe(false);
  });
});
