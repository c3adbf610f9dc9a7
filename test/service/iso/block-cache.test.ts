import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, type LogFields } from '../../../contract/runtime.ts';
import { BlockCache } from '../../../main-services/iso/upstream/block-cache.ts';
import { BLOCK, DATA_FILE, openBlockStore, type BlockStore } from '../../../main-services/iso/upstream/block-store.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import type { Upstream } from '../../../main-services/iso/upstream/upstream.ts';
import { UpstreamCache } from '../../../main-services/iso/upstream/cache.ts';
import { endServers, ranged, serve } from './iso-servers.ts';

const CONTENT = randomBytes(30 * BLOCK + 99);

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'block-cache-'));
});
afterEach(async () => {
  await endServers();
  rmSync(dir, { recursive: true });
});

/** Resolves when the reader of the cache is over: by itself, or killed `ms` after it started reading. */
function readAndKill(url: string, ms: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'cache-reader.ts'), dir, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), ms);
      said += text.toString();
    });
    child.on('error', reject);
    child.on('close', () => {
      resolve(said);
    });
  });
}

describe('a cache whose process is killed', () => {
  it('never has a wrong block, and goes on with those that it has', async () => {
    const server = await serve((request, response) => {
      setTimeout(() => ranged(() => ({ etag: '"one"', content: CONTENT }))(request, response), 20);
    });
    const url = `${server.url}/x.iso`;
    for (const ms of [5, 40, 90, 60]) await readAndKill(url, ms);
    const cache = new UpstreamCache({ dir, log: silentLog, keepFree: 0 });
    const source = await cache.open({ url, trusted: true }, { offline: false });
    const before = server.requests.length;
    expect(Buffer.from(await source.read(0, source.size)).equals(CONTENT)).toBe(true);
    expect(server.requests.length - before).toBeLessThan(31);
    await cache.close();
  });
});

describe('a block', () => {
  it('is at hand in the file of the cache once its sum was compared, and not after the end', async () => {
    const written = await openBlockStore(dir, CONTENT.length);
    expect(written.descriptorOf(1)).toBeUndefined();
    await written.write(1, CONTENT.subarray(BLOCK, 2 * BLOCK));
    expect(written.descriptorOf(1)).toBeTypeOf('number');
    await written.close();
    expect(written.descriptorOf(1)).toBeUndefined();

    const store = await openBlockStore(dir, CONTENT.length);
    expect(store.descriptorOf(1)).toBeUndefined();
    await store.read(1, 5, 5);
    const fd = store.descriptorOf(1);
    const bytes = Buffer.alloc(100);
    readSync(fd ?? -1, bytes, 0, 100, BLOCK + 7);
    expect(bytes.equals(CONTENT.subarray(BLOCK + 7, BLOCK + 107))).toBe(true);
    await store.close();
  });

  it('that a power cut spoilt is never at hand', async () => {
    const written = await openBlockStore(dir, CONTENT.length);
    await written.write(1, CONTENT.subarray(BLOCK, 2 * BLOCK));
    await written.close();
    const data = openSync(join(dir, DATA_FILE), 'r+');
    writeSync(data, Buffer.alloc(1), 0, 1, BLOCK + 1000);
    closeSync(data);
    const store = await openBlockStore(dir, CONTENT.length);
    expect(await store.read(1, 0, 5)).toBeUndefined();
    expect(store.descriptorOf(1)).toBeUndefined();
    await store.close();
  });
});

describe('a cache', () => {
  const at = async (cache: ByteSource, offset: number, length: number): Promise<Buffer> => {
    await cache.read(offset, length);
    await expect.poll(() => cache.placesNow?.(offset, length)).toHaveLength(1);
    const [place] = cache.placesNow?.(offset, length) ?? [];
    const bytes = Buffer.alloc(length);
    if (place && 'fd' in place) readSync(place.fd, bytes, 0, length, place.offset);
    return bytes;
  };

  it('says where the bytes of neighbouring blocks are, and nothing where one of them is not there', async () => {
    const server = await serve(ranged(() => ({ etag: '"one"', content: CONTENT })));
    const cache = new UpstreamCache({ dir, log: silentLog, keepFree: 0 });
    const source = await cache.open({ url: `${server.url}/x.iso`, trusted: true }, { offline: false });
    expect(source.placesNow?.(0, 10)).toBeUndefined();
    const range = [3 * BLOCK - 100, 200] as const;
    expect((await at(source, ...range)).equals(CONTENT.subarray(range[0], range[0] + 200))).toBe(true);
    expect(source.placesNow?.(CONTENT.length - 5, 6)).toBeUndefined();
    expect(source.placesNow?.(20 * BLOCK - 1, BLOCK)).toBeUndefined();
    await source.close();
    expect(source.placesNow?.(...range)).toBeUndefined();
    await cache.close();
  });
});

describe('a disk that fails', () => {
  const upstream = (): Upstream => ({
    ...memorySource(CONTENT),
    pin: { size: CONTENT.length, validator: '"one"', etag: '"one"', ranges: true },
    whole: () => {
      throw new Error('not asked for');
    },
  });

  function cacheOver(store: BlockStore): { cache: BlockCache; asked: number[]; warned: LogFields[] } {
    const asked: number[] = [];
    const warned: LogFields[] = [];
    const server = upstream();
    const read = (offset: number, length: number): Promise<Uint8Array> => {
      asked.push(offset / BLOCK);
      return server.read(offset, length);
    };
    const cache = new BlockCache({
      name: 'http://x/x.iso',
      size: CONTENT.length,
      etag: 'one',
      ranges: true,
      store,
      connect: () => Promise.resolve({ ...server, read }),
      hasRoom: () => true,
      log: { ...silentLog, warn: (fields) => void warned.push(fields) },
      patience: 100,
    });
    return { cache, asked, warned };
  }

  it('is no matter of the machine when it is full: one word in the log, and bytes from the server', async () => {
    const store = await openBlockStore(dir, CONTENT.length);
    let full = true;
    const write = (index: number, bytes: Uint8Array): Promise<void> =>
      full ? Promise.reject(Object.assign(new Error('no space left'), { code: 'ENOSPC' })) : store.write(index, bytes);
    const { cache, asked, warned } = cacheOver({ ...bound(store), write });
    for (let at = 0; at < 4 * BLOCK; at += 16_384)
      expect(CONTENT.subarray(at, at + 16_384).equals(await cache.read(at, 16_384))).toBe(true);
    expect(warned).toHaveLength(1);
    expect(new Set(asked).size).toBe(asked.length);
    full = false;
    expect(CONTENT.subarray(-100).equals(await cache.read(CONTENT.length - 100, 100))).toBe(true);
    await cache.close();
  });

  it('is asked again at the server when it does not give back what it took', async () => {
    const store = await openBlockStore(dir, CONTENT.length);
    const { cache, asked } = cacheOver({ ...bound(store), read: () => Promise.resolve(undefined) });
    expect(CONTENT.subarray(5, 50).equals(await cache.read(5, 45))).toBe(true);
    await expect.poll(() => store.has(0)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(CONTENT.subarray(5, 50).equals(await cache.read(5, 45))).toBe(true);
    expect(asked).toEqual([0, 0]);
    await cache.close();
  });

  function bound(store: BlockStore): BlockStore {
    return {
      blocks: store.blocks,
      stored: 0,
      has: (index) => store.has(index),
      read: (index, offset, length) => store.read(index, offset, length),
      descriptorOf: (index) => store.descriptorOf(index),
      write: (index, bytes) => store.write(index, bytes),
      close: () => store.close(),
    };
  }
});
