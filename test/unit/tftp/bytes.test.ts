import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../main-services/tftp/byte-source.ts';
import { MAX_NETASCII_BYTES, netasciiSource, toNetascii } from '../../../main-services/tftp/netascii.ts';
import { ReadAhead } from '../../../main-services/tftp/read-ahead.ts';

function sourceOf(bytes: Uint8Array, fail: () => boolean = () => false) {
  const reads: [number, number][] = [];
  let closed = 0;
  const source: ByteSource = {
    size: bytes.length,
    etag: 'x',
    read(offset, length) {
      reads.push([offset, length]);
      return fail() ? Promise.reject(new Error('unplugged')) : Promise.resolve(bytes.subarray(offset, offset + length));
    },
    close() {
      closed++;
      return Promise.resolve();
    },
  };
  return { source, reads, closed: () => closed };
}

const fromNetascii = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n').replaceAll('\r\0', '\r');

describe('netascii (RFC 764 line ends)', () => {
  it.each([
    ['a\nb', 'a\r\nb'],
    ['a\rb', 'a\r\0b'],
    ['\r\n', '\r\0\r\n'],
    ['', ''],
    ['plain', 'plain'],
  ])('%j becomes %j', (text, expected) => {
    expect(Buffer.from(toNetascii(Buffer.from(text))).toString()).toBe(expected);
  });
  it('gives any bytes back', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 10, 13, 65)), (list) => {
        expect(fromNetascii(toNetascii(Uint8Array.from(list)))).toBe(Buffer.from(list).toString('latin1'));
      }),
    );
  });
  it('closes what it translated, and refuses what is too large', async () => {
    const small = sourceOf(Buffer.from('a\n'));
    const translated = await netasciiSource(small.source);
    expect(translated?.size).toBe(3);
    expect(Buffer.from((await translated?.read(1, 2)) ?? []).toString()).toBe('\r\n');
    expect(small.closed()).toBe(1);
    const large = sourceOf(new Uint8Array(MAX_NETASCII_BYTES + 1));
    expect(await netasciiSource(large.source)).toBeUndefined();
    expect(large.closed()).toBe(1);
    expect(large.reads).toEqual([]);
  });
});

describe('read-ahead', () => {
  const CHUNK = 128 * 1024;
  const file = Uint8Array.from({ length: 3 * CHUNK + 100 }, (_, at) => (at * 7 + (at >> 9)) & 0xff);
  const joined = (pieces: Uint8Array[] | undefined) => pieces && Buffer.concat(pieces);

  it('has nothing before it is loaded, then the bytes, also across chunks', async () => {
    const { source } = sourceOf(file);
    const ahead = new ReadAhead(source, 1428);
    expect(ahead.peek(CHUNK - 10, 30)).toBeUndefined();
    await ahead.load(CHUNK - 10, 30);
    expect(joined(ahead.peek(CHUNK - 10, 30))).toEqual(Buffer.from(file.subarray(CHUNK - 10, CHUNK + 20)));
  });
  it('reads each chunk once, the next one before it is asked for', async () => {
    const { source, reads } = sourceOf(file);
    const ahead = new ReadAhead(source, 1428);
    const got: Uint8Array[] = [];
    let waited = 0;
    for (let offset = 0; offset < file.length; offset += 1428) {
      const length = Math.min(1428, file.length - offset);
      if (!ahead.peek(offset, length)) {
        waited++;
        await ahead.load(offset, length);
      }
      got.push(...(ahead.peek(offset, length) ?? []));
      await Promise.resolve();
    }
    expect(Buffer.concat(got).equals(file)).toBe(true);
    expect(reads).toEqual([
      [0, CHUNK],
      [CHUNK, CHUNK],
      [2 * CHUNK, CHUNK],
      [3 * CHUNK, 100],
    ]);
    expect(waited).toBe(1);
  });
  it('keeps what a repeated window needs', async () => {
    const { source, reads } = sourceOf(file);
    const ahead = new ReadAhead(source, CHUNK);
    await ahead.load(CHUNK - 1, 2);
    expect(ahead.peek(CHUNK + 50, 10)).toBeDefined();
    expect(ahead.peek(0, 10)).toBeDefined();
    expect(reads.filter(([offset]) => offset === 0)).toHaveLength(1);
  });
  it('an empty range needs nothing', () => {
    const { source, reads } = sourceOf(new Uint8Array());
    expect(new ReadAhead(source, 512).peek(0, 0)).toEqual([]);
    expect(reads).toEqual([]);
  });
  it('a failed read is told, and tried again', async () => {
    let broken = true;
    const { source } = sourceOf(file, () => broken);
    const ahead = new ReadAhead(source, 512);
    await expect(ahead.load(0, 512)).rejects.toThrow('unplugged');
    broken = false;
    await ahead.load(0, 512);
    expect(ahead.peek(0, 512)).toBeDefined();
  });
});
