import { execFileSync } from 'node:child_process';
import { appendFile, mkdtemp, rename, rm, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalFile } from '../../../../main-services/iso/source/local-file.ts';

const CONTENT = Uint8Array.from({ length: 10_000 }, (_, index) => (index * 7) % 251);

let folder = '';
let path = '';
let time = 0;
const clock = { now: () => time };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'local-file-'));
  path = join(folder, 'x.iso');
  time = 0;
  await writeFile(path, CONTENT);
});
afterEach(() => rm(folder, { recursive: true }));

async function opened() {
  return openLocalFile(path, clock);
}

describe('a local file', () => {
  it('gives exact bytes anywhere, cut at the end and empty behind it', async () => {
    const file = await opened();
    expect(file.size).toBe(10_000);
    for (const [offset, length] of [
      [0, 1],
      [4095, 4097],
      [9_999, 100],
      [10_000, 5],
      [20_000, 5],
      [0, 10_000],
      [5, 0],
    ] as const) {
      expect(Buffer.from(await file.read(offset, length))).toEqual(Buffer.from(CONTENT.subarray(offset, offset + length)));
    }
    await file.close();
    await file.close();
  });

  it('refuses offsets that no file has', async () => {
    const file = await opened();
    await expect(file.read(-1, 5)).rejects.toThrow(RangeError);
    await expect(file.read(0.5, 5)).rejects.toThrow(RangeError);
    await expect(file.read(0, Number.NaN)).rejects.toThrow(RangeError);
    await file.close();
  });

  it('keeps its etag while it is unchanged, and has another after a rewrite', async () => {
    const before = await opened();
    const same = await opened();
    expect(same.etag).toBe(before.etag);
    expect(before.etag).toMatch(/^[0-9a-f-]+$/);
    await utimes(path, 1, 2);
    const after = await opened();
    expect(after.etag).not.toBe(before.etag);
    await Promise.all([before.close(), same.close(), after.close()]);
  });

  it('has the same etag for a copy with the same time, as a stick that is plugged in again', async () => {
    const copy = join(folder, 'copy.iso');
    await writeFile(copy, CONTENT);
    await Promise.all([utimes(path, 7, 7), utimes(copy, 7, 7)]);
    const [one, two] = [await opened(), await openLocalFile(copy)];
    expect(one.etag).toBe(two.etag);
    await Promise.all([one.close(), two.close()]);
  });

  it('has another etag when the volume descriptors differ, though size and time are the same', async () => {
    const other = join(folder, 'other.iso');
    const big = Buffer.alloc(40_000);
    await writeFile(path, big);
    big[33_000] = 1;
    await writeFile(other, big);
    await Promise.all([utimes(path, 7, 7), utimes(other, 7, 7)]);
    const [one, two] = [await opened(), await openLocalFile(other)];
    expect(one.etag).not.toBe(two.etag);
    await Promise.all([one.close(), two.close()]);
  });

  it('notices a rewrite within a second, and goes on noticing', async () => {
    const file = await opened();
    await writeFile(path, new Uint8Array(10_000));
    await utimes(path, 5, 5);
    time = 999;
    await file.read(0, 4);
    time = 1000;
    await expect(file.read(0, 4)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    await expect(file.read(0, 4)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    await file.close();
  });

  it('notices at once when the file was cut', async () => {
    const file = await opened();
    await truncate(path, 100);
    await expect(file.read(50, 100)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    await file.close();
  });

  it('notices growth', async () => {
    const file = await opened();
    await appendFile(path, 'x');
    time = 2000;
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    await file.close();
  });

  it('tells a deleted file from a replaced one', async () => {
    const file = await opened();
    time = 1000;
    await unlink(path);
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
    await writeFile(join(folder, 'other'), CONTENT);
    await rename(join(folder, 'other'), path);
    await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'E_IMAGE_CHANGED' });
    await file.close();
  });

  it('says what is wrong when it cannot be opened', async () => {
    await expect(openLocalFile(join(folder, 'no.iso'))).rejects.toMatchObject({
      code: 'E_IMAGE_GONE',
      message: expect.stringContaining('no.iso') as string,
    });
    await expect(openLocalFile(folder)).rejects.toMatchObject({ code: 'E_IMAGE_INVALID' });
  });

  it.skipIf(process.platform === 'win32')('does not wait for a named pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(openLocalFile(join(folder, 'pipe'))).rejects.toMatchObject({ code: 'E_IMAGE_INVALID' });
  });

  it('stops for an aborted signal', async () => {
    const file = await opened();
    await expect(file.read(0, 1, AbortSignal.abort())).rejects.toThrow();
    await file.close();
  });
});
