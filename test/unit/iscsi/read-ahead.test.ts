import { randomFillSync } from 'node:crypto';
import { expect, test } from 'vitest';
import { ReadAhead, WINDOW_BYTES } from '../../../main-services/iscsi/session/read-ahead.ts';

const BYTES = randomFillSync(Buffer.alloc(4 * WINDOW_BYTES + 1000));

function sourceOf({ failsAt = -1 } = {}) {
  const reads: string[] = [];
  const read = (offset: number, length: number): Promise<Uint8Array> => {
    reads.push(`${offset}+${length}`);
    return offset === failsAt ? Promise.reject(new Error('gone')) : Promise.resolve(BYTES.subarray(offset, offset + length));
  };
  return { reads, ahead: new ReadAhead({ size: BYTES.length, read }) };
}

const signal = (): AbortSignal => new AbortController().signal;

async function readAll(ahead: ReadAhead, step: number, from = 0): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (let at = from; at < BYTES.length; at += step) parts.push(await ahead.read(at, step, signal));
  return Buffer.concat(parts);
}

test.each([512, 16_384, 65_536, 100_000, 262_144, 300_000, WINDOW_BYTES, 1_000_000])(
  'reads of %i bytes one after the other are those of the medium',
  async (step) => {
    const { ahead, reads } = sourceOf();
    expect((await readAll(ahead, step)).equals(BYTES)).toBe(true);
    expect(reads.length).toBeLessThan(12);
  },
);

test('reads in another order go to the medium as they are', async () => {
  const { ahead, reads } = sourceOf();
  for (const offset of [4096, 0, 8192, 1024]) expect(await ahead.read(offset, 512, signal)).toEqual(BYTES.subarray(offset, offset + 512));
  expect(reads).toEqual(['4096+512', '0+512', '8192+512', '1024+512']);
});

test('32 reads at once in order have their bytes', async () => {
  const { ahead } = sourceOf();
  const reads = Array.from({ length: 32 }, (_, index) => Promise.resolve(ahead.read(index * 65_536, 65_536, signal)));
  expect(Buffer.concat(await Promise.all(reads)).equals(BYTES.subarray(0, 32 * 65_536))).toBe(true);
});

test('what cannot be read ahead is read when it is asked for, and then its error is told', async () => {
  const { ahead, reads } = sourceOf({ failsAt: 512 });
  await ahead.read(0, 512, signal);
  await expect(ahead.read(512, 512, signal)).rejects.toThrow('gone');
  expect(reads).toEqual(['0+512', `512+${WINDOW_BYTES}`, `${512 + WINDOW_BYTES}+${WINDOW_BYTES}`, '512+512']);
  expect(await ahead.read(1024, 512, signal)).toEqual(BYTES.subarray(1024, 1536));
});

test('what is at hand is not read ahead', async () => {
  const { reads } = sourceOf();
  const read = (offset: number, length: number): Promise<Uint8Array> => Promise.resolve(BYTES.subarray(offset, offset + length));
  const readNow = (offset: number, length: number): Uint8Array => BYTES.subarray(offset, offset + length);
  const ahead = new ReadAhead({ size: BYTES.length, read, readNow });
  expect(ahead.read(0, 512, signal)).toEqual(BYTES.subarray(0, 512));
  expect((await readAll(ahead, 16_384)).equals(BYTES)).toBe(true);
  expect(reads).toEqual([]);
});
