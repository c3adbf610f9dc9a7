import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, type LogFields } from '../../../contract/runtime.ts';
import { BlockCache } from '../../../main-services/iso/upstream/block-cache.ts';
import { BLOCK, openBlockStore, type BlockStore } from '../../../main-services/iso/upstream/block-store.ts';
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
      write: (index, bytes) => store.write(index, bytes),
      close: () => store.close(),
    };
  }
});
