import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteSource } from '../../../main-services/tftp/byte-source.ts';
import { MAX_NETASCII_BYTES, netasciiSource, toNetascii } from '../../../main-services/tftp/netascii.ts';
import { CHUNK_BYTES, ReadAhead } from '../../../main-services/tftp/read-ahead.ts';

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
  const file = Uint8Array.from({ length: 3 * CHUNK_BYTES + 100 }, (_, at) => (at * 7 + (at >> 9)) & 0xff);
  /** The range behind two bytes, which stay as they are. */
  function copied(ahead: ReadAhead, offset: number, length: number): Buffer | undefined {
    const into = Buffer.alloc(length + 4, 0xee);
    const isCopied = ahead.copy(offset, length, into, 2);
    expect([...into.subarray(0, 2), ...into.subarray(length + 2)]).toEqual([0xee, 0xee, 0xee, 0xee]);
    return isCopied ? into.subarray(2, length + 2) : undefined;
  }
  const loaded = async (ahead: ReadAhead, offset: number, length: number) => {
    await ahead.load(offset, length);
    return copied(ahead, offset, length);
  };

  it('has nothing before it is loaded, then the bytes, also across chunks', async () => {
    const { source } = sourceOf(file);
    const ahead = new ReadAhead(source);
    expect(copied(ahead, CHUNK_BYTES - 10, 30)).toBeUndefined();
    expect(await loaded(ahead, CHUNK_BYTES - 10, 30)).toEqual(Buffer.from(file.subarray(CHUNK_BYTES - 10, CHUNK_BYTES + 20)));
  });
  it('reads each chunk once, the next one before it is asked for', async () => {
    const { source, reads } = sourceOf(file);
    const ahead = new ReadAhead(source);
    const got: Uint8Array[] = [];
    let waited = 0;
    for (let offset = 0; offset < file.length; offset += 1428) {
      const length = Math.min(1428, file.length - offset);
      const bytes = copied(ahead, offset, length);
      if (!bytes) waited++;
      got.push(bytes ?? (await loaded(ahead, offset, length)) ?? Buffer.alloc(0));
      ahead.forget(offset);
      await Promise.resolve();
    }
    expect(Buffer.concat(got).equals(file)).toBe(true);
    expect(reads).toEqual([
      [0, CHUNK_BYTES],
      [CHUNK_BYTES, CHUNK_BYTES],
      [2 * CHUNK_BYTES, CHUNK_BYTES],
      [3 * CHUNK_BYTES, 100],
    ]);
    expect(waited).toBe(1);
  });
  it('keeps what a repeated window needs, and nothing before it', async () => {
    const { source, reads } = sourceOf(file);
    const ahead = new ReadAhead(source);
    await ahead.load(0, 2 * CHUNK_BYTES);
    expect(copied(ahead, CHUNK_BYTES + 50, 10)).toBeDefined();
    expect(copied(ahead, 0, 10)).toBeDefined();
    expect(reads.filter(([offset]) => offset === 0)).toHaveLength(1);
    ahead.forget(CHUNK_BYTES);
    expect(copied(ahead, CHUNK_BYTES, 10)).toBeDefined();
    expect(copied(ahead, 0, 10)).toBeUndefined();
  });
  it('takes what is at hand without waiting, and gives it back', () => {
    const { source, reads } = sourceOf(file);
    const out = new Set<Uint8Array>();
    const ahead = new ReadAhead({
      ...source,
      readNow(offset, length) {
        const bytes = file.slice(offset, offset + length);
        out.add(bytes);
        return bytes;
      },
      release: (bytes) => out.delete(bytes),
    });
    expect(copied(ahead, CHUNK_BYTES - 10, 30)).toEqual(Buffer.from(file.subarray(CHUNK_BYTES - 10, CHUNK_BYTES + 20)));
    expect(reads).toEqual([]);
    expect(out.size).toBe(3);
    ahead.forget(2 * CHUNK_BYTES);
    expect(out.size).toBe(1);
    ahead.stop();
    expect(out.size).toBe(0);
  });
  it('an empty range needs nothing', () => {
    const { source, reads } = sourceOf(new Uint8Array());
    expect(copied(new ReadAhead(source), 0, 0)).toEqual(Buffer.alloc(0));
    expect(reads).toEqual([]);
  });
  it('a failed read is reported, and tried again', async () => {
    let broken = true;
    const { source } = sourceOf(file, () => broken);
    const ahead = new ReadAhead(source);
    await expect(ahead.load(0, 512)).rejects.toThrow('unplugged');
    broken = false;
    expect(await loaded(ahead, 0, 512)).toBeDefined();
  });
});
