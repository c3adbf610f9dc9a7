import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { BLOCK } from '../../../main-services/iso/upstream/block-store.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { UpstreamCache, type FetchProgress, type UpstreamCacheOptions } from '../../../main-services/iso/upstream/cache.ts';
import { endServers, ranged, serve, type Served, type TestServer } from './iso-servers.ts';

/** Twenty blocks and a bit. */
const CONTENT = randomBytes(20 * BLOCK + 1234);

let dir: string;
let served: Served;
let server: TestServer;
let url: string;
let told: (string | undefined)[];
const caches: UpstreamCache[] = [];

function cacheOf(more: Partial<UpstreamCacheOptions> = {}): UpstreamCache {
  const upstream = { backOff: [20], patience: { open: 100, read: 400 } };
  const onTrouble = (_: string, message: string | undefined): void => void told.push(message);
  const cache = new UpstreamCache({ dir, log: silentLog, keepFree: 0, upstream, onTrouble, ...more });
  caches.push(cache);
  return cache;
}

const trusted = { get url() { return url; }, trusted: true }; // prettier-ignore
const now = { offline: false };
const same = (bytes: Uint8Array, offset: number): boolean => CONTENT.subarray(offset, offset + bytes.length).equals(bytes);
const asked = (): string[] => server.requests.map(({ headers }) => headers.range ?? 'all').filter((range) => range !== 'bytes=0-0');

async function readAll(source: ByteSource, piece = 100_000): Promise<void> {
  for (let at = 0; at < source.size; at += piece) expect(same(await source.read(at, piece), at)).toBe(true);
}

beforeEach(async () => {
  dir = join(mkdtempSync(join(tmpdir(), 'upstream-cache-')), 'cache');
  told = [];
  served = { etag: '"one"', content: CONTENT };
  server = await serve(ranged(() => served));
  url = `${server.url}/hook.iso?signature=a%2Fb`;
});
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache.close();
  await endServers();
  rmSync(join(dir, '..'), { recursive: true });
});

describe('the cache of an upstream ISO', () => {
  it('asks for each byte once, for two hosts that read all of it at the same time and for one that comes later', async () => {
    const cache = cacheOf();
    const [one, two] = [await cache.open(trusted, now), await cache.open(trusted, now)];
    await Promise.all([readAll(one), readAll(two, 16_384)]);
    await readAll(await cache.openRegistered(url, one.etag), 65_536);
    expect(asked()).toHaveLength(21);
    expect(new Set(asked()).size).toBe(21);
  });

  it('gives the same bytes for any partition', async () => {
    const source = await cacheOf().open(trusted, now);
    const reads = Array.from({ length: 200 }, () => {
      const offset = Math.floor(Math.random() * (CONTENT.length + 10));
      const length = Math.floor(Math.random() * 3 * BLOCK);
      return source.read(offset, length).then((bytes) => {
        expect(bytes).toHaveLength(Math.max(0, Math.min(length, CONTENT.length - offset)));
        expect(same(bytes, offset)).toBe(true);
      });
    });
    await Promise.all(reads);
    expect(new Set(asked()).size).toBe(asked().length);
  });

  it('asks once for what many wait for, and goes on when one of them leaves', async () => {
    const source = await cacheOf().open(trusted, now);
    const leaving = new AbortController();
    const left = source.read(BLOCK, 100, leaving.signal);
    const others = Array.from({ length: 30 }, () => source.read(BLOCK + 50, 100));
    leaving.abort();
    await expect(left).rejects.toMatchObject({ code: 'E_CANCELLED' });
    for (const bytes of await Promise.all(others)) expect(same(bytes, BLOCK + 50)).toBe(true);
    expect(asked()).toHaveLength(1);
  });

  it('reads ahead of a sequential reader, but not far, and not of one who jumps', async () => {
    const source = await cacheOf().open(trusted, now);
    for (const block of [12, 3, 17]) await source.read(block * BLOCK, 10);
    expect(asked()).toHaveLength(3);
    await source.read(4 * BLOCK, 10);
    await expect.poll(() => asked().length).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(asked()).toHaveLength(8);
    await source.read(5 * BLOCK, 10);
    await expect.poll(() => asked().length).toBe(9);
  });

  it('answers from the disk when the server is away, and says which bytes are missing', async () => {
    const first = cacheOf();
    const source = await first.open(trusted, now);
    const { etag } = source;
    await source.read(0, 3 * BLOCK);
    await first.close();
    await server.end();
    const again = cacheOf();
    for (const offline of [await again.openRegistered(url, etag), await again.open(trusted, { offline: true })]) {
      expect(offline.etag).toBe(etag);
      expect(same(await offline.read(BLOCK - 5, BLOCK), BLOCK - 5)).toBe(true);
      await expect(offline.read(15 * BLOCK + 1, 1)).rejects.toMatchObject({
        code: 'E_UPSTREAM',
        message: expect.stringMatching(/refuses the connection\. Bytes 7864320–8388607 of it are not in the cache\.$/) as string,
      });
    }
    await expect(again.open(trusted, now)).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    await expect(again.open({ url, trusted: false }, { offline: true })).rejects.toMatchObject({ code: 'E_SOURCE_FORBIDDEN' });
    expect(told).toContainEqual(expect.stringContaining('refuses the connection'));
  });

  it('rides out an outage while machines wait, and tells of it', async () => {
    const source = await cacheOf({ upstream: { backOff: [50], patience: { open: 0, read: 5000 } } }).open(trusted, now);
    await source.read(0, 10);
    await server.end();
    const reading = [source.read(10 * BLOCK, 10), source.read(12 * BLOCK, 10)];
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(await source.read(5, 5)).toHaveLength(5);
    await server.begin();
    for (const bytes of await Promise.all(reading)) expect(bytes).toHaveLength(10);
    expect(told).toEqual([expect.stringContaining('refuses the connection'), undefined]);
  });

  it('does not take a 404 for an outage', async () => {
    const cache = cacheOf();
    await (await cache.open(trusted, now)).read(0, 10);
    await server.end();
    server = await serve((_, response) => response.writeHead(404).end());
    url = `${server.url}/x.iso`;
    await expect(cache.open(trusted, { offline: true })).rejects.toMatchObject({
      message: expect.stringContaining('answered 404') as string,
    });
  });

  it('never mixes an ISO with the one that took its place', async () => {
    const cache = cacheOf();
    const old = await cache.open(trusted, now);
    await old.read(0, 10);
    const other = randomBytes(CONTENT.length);
    served = { etag: '"two"', content: other };
    const fresh = await cache.open(trusted, { offline: true });
    expect(fresh.etag).not.toBe(old.etag);
    expect(other.subarray(0, 10).equals(await fresh.read(0, 10))).toBe(true);
    expect(same(await old.read(0, 10), 0)).toBe(true);
    await expect(old.read(5 * BLOCK, 10)).rejects.toMatchObject({ code: 'E_UPSTREAM_CHANGED' });
    const registered = await cache.openRegistered(url, old.etag);
    expect(same(await registered.read(0, 10), 0)).toBe(true);
    await cache.close();
    const later = await cacheOf().openRegistered(url, old.etag);
    expect(later.etag).toBe(old.etag);
    await expect(later.read(5 * BLOCK, 10)).rejects.toMatchObject({ code: 'E_UPSTREAM_CHANGED' });
  });

  it('fetches a block anew that was spoilt on the disk, or that a power cut took', async () => {
    const first = cacheOf();
    const { etag } = await first.open(trusted, now).then(async (source) => {
      await readAll(source, BLOCK);
      return source;
    });
    await first.close();
    const data = await open(join(dir, etag, 'blocks'), 'r+');
    await data.write(Buffer.from('spoilt'), 0, 6, 3 * BLOCK + 77);
    await data.write(Buffer.alloc(BLOCK), 0, BLOCK, 7 * BLOCK);
    await data.close();
    const table = await open(join(dir, etag, 'table'), 'r+');
    await table.write(randomBytes(4), 0, 4, 5 * 8);
    await table.close();
    const before = asked().length;
    await readAll(await cacheOf().openRegistered(url, etag));
    expect(asked().slice(before).sort()).toEqual([3, 5, 7].map((block) => `bytes=${block * BLOCK}-${(block + 1) * BLOCK - 1}`).sort());
  });

  it('removes a folder that it cannot understand', async () => {
    const first = cacheOf();
    const { etag } = await first.open(trusted, now);
    await first.close();
    writeFileSync(join(dir, etag, 'entry.json'), '{"format":99}');
    const cache = cacheOf();
    await readAll(await cache.openRegistered(url, etag));
    expect(existsSync(join(dir, etag, 'entry.json'))).toBe(true);
  });

  it('is read by one who opens it while the last of the others closes it', async () => {
    const cache = cacheOf();
    let source = await cache.open(trusted, now);
    for (let turn = 0; turn < 20; turn += 1) {
      const [next] = await Promise.all([cache.openRegistered(url, source.etag), source.close()]);
      expect(same(await next.read(turn * BLOCK, 10), turn * BLOCK)).toBe(true);
      source = next;
    }
    expect(asked().length).toBe(new Set(asked()).size);
  });

  it('holds neither URL nor password in its folder', async () => {
    url = url.replace('http://', 'http://user:secret@');
    const { etag } = await cacheOf().open(trusted, now);
    expect(readFileSync(join(dir, etag, 'entry.json'), 'utf8')).not.toMatch(/secret|signature|hook/);
  });

  it('removes what is kept of a URL, at once or when its last reader has closed it', async () => {
    const cache = cacheOf();
    const source = await cache.open(trusted, now);
    await source.read(0, 10);
    await cache.remove(url);
    expect(same(await source.read(0, 10), 0)).toBe(true);
    await source.close();
    expect(readdirSync(dir)).toEqual([]);
    await expect(source.read(0, 10)).rejects.toMatchObject({ code: 'E_IMAGE_GONE' });
    await (await cache.open(trusted, now)).close();
    expect(readdirSync(dir)).toHaveLength(1);
    await cache.remove(url);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('the disk of the cache', () => {
  it('gives up the ISO that was not used for longest, never one that is being read', async () => {
    const limit = 15 * BLOCK;
    const cache = cacheOf({ limit });
    const etags: string[] = [];
    for (const name of ['a', 'b']) {
      const source = await cache.open({ url: `${server.url}/${name}`, trusted: true }, now);
      etags.push(source.etag);
      await source.read(0, 5 * BLOCK);
      await source.close();
    }
    const source = await cache.open({ url: `${server.url}/c`, trusted: true }, now);
    await source.read(0, 10 * BLOCK);
    await cache.open({ url: `${server.url}/d`, trusted: true }, now);
    expect(existsSync(join(dir, etags[0]!))).toBe(false);
    expect(existsSync(join(dir, source.etag))).toBe(true);
    expect(same(await source.read(0, 10 * BLOCK), 0)).toBe(true);
  });

  it.each<[string, () => Partial<UpstreamCacheOptions>]>([
    ['is too full', () => ({ keepFree: Number.MAX_SAFE_INTEGER })],
    ['takes no folder', () => ({ dir: '/dev/null/cache' })],
  ])('is no matter of the machine when it %s: small reads still do not ask twice', async (_, options) => {
    const source = await cacheOf(options()).open(trusted, now);
    for (let at = 0; at < 2 * BLOCK; at += 16_384) expect(same(await source.read(at, 16_384), at)).toBe(true);
    expect(asked().length).toBeLessThan(8);
    expect(new Set(asked()).size).toBe(asked().length);
  });
});

describe('an ISO whose server has no ranges', () => {
  let sent = 0;
  let stopAfter = Number.POSITIVE_INFINITY;
  let pause = 0;

  beforeEach(async () => {
    sent = 0;
    stopAfter = Number.POSITIVE_INFINITY;
    pause = 0;
    server = await serve((request, response) => {
      response.writeHead(200, { 'Content-Length': CONTENT.length, 'Last-Modified': 'Fri, 20 Nov 2026 10:00:00 GMT' });
      if (request.headers.range !== undefined) {
        response.flushHeaders();
        return;
      }
      const send = (at: number): void => {
        if (at >= stopAfter) return void request.socket.destroy();
        if (at >= CONTENT.length) return void response.end();
        sent += Math.min(BLOCK, CONTENT.length - at);
        response.write(CONTENT.subarray(at, at + BLOCK), () => setTimeout(send, pause, at + BLOCK));
      };
      send(0);
    });
    url = `${server.url}/x.iso`;
  });

  it('is fetched once, while reads wait for what is not there yet, and then served with ranges', async () => {
    const progress: number[] = [];
    const onProgress = ({ done, total = 0 }: FetchProgress): void => void progress.push(done / total);
    const first = cacheOf({ onProgress });
    const source = await first.open(trusted, now);
    expect(source.ranges).toBe(false);
    expect(same(await source.read(CONTENT.length - 100, 100), CONTENT.length - 100)).toBe(true);
    await readAll(source);
    expect(sent).toBe(CONTENT.length);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
    await first.close();
    await server.end();
    await readAll(await cacheOf().openRegistered(url, source.etag), 16_384);
  });

  it('goes on being fetched when its reader has left', async () => {
    const cache = cacheOf();
    const source = await cache.open(trusted, now);
    await source.close();
    await expect.poll(() => sent).toBe(CONTENT.length);
    const again = await cache.open(trusted, now);
    await readAll(again);
    expect(sent).toBe(CONTENT.length);
  });

  it('is waited for only so long, unless asked patiently', async () => {
    pause = 30;
    const source = await cacheOf({ upstream: { backOff: [20], patience: { open: 100, read: 150 } } }).open(trusted, now);
    await expect(source.read(CONTENT.length - 5, 5)).rejects.toMatchObject({
      code: 'E_UPSTREAM',
      message: expect.stringMatching(/still being fetched, because its server has no ranges: \d+ of 10 MB are here/) as string,
    });
    expect(same(await source.patiently().read(CONTENT.length - 5, 5), CONTENT.length - 5)).toBe(true);
  });

  it('is begun anew when it breaks off, and what is there stays', async () => {
    stopAfter = 9 * BLOCK;
    const source = await cacheOf({ upstream: { backOff: [20], patience: { open: 100, read: 2000 } } }).open(trusted, now);
    expect(same(await source.read(3 * BLOCK, 5), 3 * BLOCK)).toBe(true);
    const end = source.patiently().read(CONTENT.length - 5, 5);
    setTimeout(() => (stopAfter = Number.POSITIVE_INFINITY), 100);
    expect(same(await end, CONTENT.length - 5)).toBe(true);
  });

  it('needs a cache: without one it is refused with the reason', async () => {
    await expect(cacheOf({ dir: '/dev/null/cache' }).open(trusted, now)).rejects.toMatchObject({
      code: 'E_DISK_FULL',
      message: expect.stringContaining('no ranges') as string,
    });
  });

  it('is pinned by its date', async () => {
    const first = cacheOf();
    stopAfter = 2 * BLOCK;
    const source = await first.open(trusted, now);
    await source.read(0, 5);
    await server.end();
    server = await serve((_, response) =>
      response.writeHead(200, { 'Content-Length': CONTENT.length, 'Last-Modified': 'other' }).end(CONTENT),
    );
    expect(await readFile(join(dir, source.etag, 'entry.json'), 'utf8')).toContain('20 Nov 2026');
  });
});
