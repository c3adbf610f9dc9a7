import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { BLOCK } from '../../../main-services/iso/upstream/block-store.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { UpstreamCache, type UpstreamCacheOptions } from '../../../main-services/iso/upstream/cache.ts';
import { endServers, serve, type Handler, type TestServer } from './iso-servers.ts';

const CONTENT = randomBytes(20 * BLOCK + 1234);

let dir: string;
const caches: UpstreamCache[] = [];

beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'upstream-identity-')), 'cache');
});
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache.close();
  await endServers();
  rmSync(join(dir, '..'), { recursive: true });
});

function cacheOf(more: Partial<UpstreamCacheOptions> = {}): UpstreamCache {
  const upstream = { backOff: [20], patience: { open: 100, read: 400 } };
  const cache = new UpstreamCache({ dir, log: silentLog, keepFree: 0, upstream, ...more });
  caches.push(cache);
  return cache;
}

const now = { offline: false };
const at = ({ url }: TestServer) => ({ url: `${url}/x.iso`, trusted: true });
const isSame = async (source: ByteSource, offset: number, length = 100): Promise<boolean> =>
  CONTENT.subarray(offset, offset + length).equals(await source.read(offset, length));

interface Node {
  readonly headers: Record<string, string>;
  readonly content?: Buffer;
  /** How the server writes the size behind a range. */
  readonly total?: string;
}

/** Answers a range from this node of the server. */
function sendRange(request: IncomingMessage, response: ServerResponse, { headers, content = CONTENT, total }: Node): void {
  const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  if (first === undefined) return void response.writeHead(200, { ...headers, 'Content-Length': content.length }).end(content);
  const [start, end] = [Number(first), Math.min(Number(last), content.length - 1)];
  response.writeHead(206, { ...headers, 'Content-Range': `bytes ${start}-${end}/${total ?? content.length}` });
  response.end(content.subarray(start, end + 1));
}

describe('h3: a server that knows If-Range badly', () => {
  // AnInsomniacy/aria2-next#43: some CDNs take If-Range with a date only, and send the whole file to one with their own ETag.
  it('h3: is read, since If-Range is not sent', async () => {
    const server = await serve((request, response) => {
      if (request.headers['if-range'] !== undefined) delete request.headers.range;
      sendRange(request, response, { headers: { ETag: '"one"' } });
    });
    const source = await cacheOf().open(at(server), now);
    expect(await isSame(source, 5 * BLOCK)).toBe(true);
    expect(server.requests.every(({ headers }) => headers['if-range'] === undefined)).toBe(true);
  });
});

describe('h3: nodes of a CDN that name the same bytes differently', () => {
  const nodes: [string, Node[]][] = [
    ['by ETag (781flyingdutchman/background_downloader#541)', [{ headers: { ETag: '"a"' } }, { headers: { ETag: '"b"' } }]],
    [
      'by date, as mirrors that were synchronised one after the other',
      [
        { headers: { 'Last-Modified': 'Fri, 20 Nov 2026 10:00:00 GMT' } },
        { headers: { 'Last-Modified': 'Fri, 20 Nov 2026 11:30:00 GMT' } },
      ],
    ],
    ['one by ETag and one not at all', [{ headers: { ETag: '"a"' } }, { headers: {} }]],
    ['one without the size behind a range (RFC 9110 §14.4)', [{ headers: { ETag: '"a"' } }, { headers: { ETag: '"a"' }, total: '*' }]],
  ];

  it.each(nodes)('h3: %s: one ISO', async (_name, pair) => {
    let turn = 0;
    const server = await serve((request, response) => {
      const first = request.headers.range === 'bytes=0-0';
      sendRange(request, response, pair[first ? 0 : turn++ % 2] ?? { headers: {} });
    });
    const source = await cacheOf().open(at(server), now);
    for (let block = 0; block < 20; block += 3) expect(await isSame(source, block * BLOCK)).toBe(true);
  });

  it('h3: eight reads that meet the other node at the same time wait for one comparison', async () => {
    let node = 0;
    const server = await serve((request, response) => sendRange(request, response, { headers: { ETag: node === 0 ? '"a"' : '"b"' } }));
    const source = await cacheOf().open(at(server), now);
    await source.read(0, 10);
    node = 1;
    const before = server.requests.length;
    const offsets = Array.from({ length: 8 }, (_, index) => (index * 2 + 3) * BLOCK);
    expect(await Promise.all(offsets.map((offset) => isSame(source, offset)))).toEqual(Array(8).fill(true));
    // Each asks twice, and the one block that was kept is asked for once.
    expect(server.requests.length - before).toBeLessThanOrEqual(17);
  });

  it('h3: also after a restart, and when the URL is looked at again', async () => {
    let etag = '"a"';
    const server = await serve((request, response) => sendRange(request, response, { headers: { ETag: etag } }));
    const first = cacheOf();
    const source = await first.open(at(server), now);
    await source.read(0, 10);
    await first.close();
    etag = '"b"';
    const again = cacheOf();
    const registered = await again.openRegistered(at(server).url, source.etag);
    expect(await isSame(registered, 7 * BLOCK)).toBe(true);
    const looked = await again.open(at(server), { offline: true });
    expect(looked.etag).toBe(source.etag);
    expect(await isSame(looked, 9 * BLOCK)).toBe(true);
  });

  it('h3: other bytes under another name are a change, in the middle of a boot and after a restart', async () => {
    let node: Node = { headers: { ETag: '"a"' } };
    const server = await serve((request, response) => sendRange(request, response, node));
    const first = cacheOf();
    const source = await first.open(at(server), now);
    await source.read(0, 10);
    node = { headers: { ETag: '"b"' }, content: randomBytes(CONTENT.length) };
    const change = { code: 'E_UPSTREAM_CHANGED', message: expect.stringContaining('its content differs') as string };
    await expect(source.read(6 * BLOCK, 10)).rejects.toMatchObject(change);
    expect(await isSame(source, 0)).toBe(true);
    await first.close();
    const registered = await cacheOf().openRegistered(at(server).url, source.etag);
    await expect(registered.read(6 * BLOCK, 10)).rejects.toMatchObject(change);
  });

  it('h3: another size is a change, whatever the ETag says', async () => {
    let node: Node = { headers: { ETag: '"a"' } };
    const server = await serve((request, response) => sendRange(request, response, node));
    const source = await cacheOf().open(at(server), now);
    await source.read(0, 10);
    node = { headers: { ETag: '"a"' }, content: CONTENT.subarray(0, -1) };
    await expect(source.read(6 * BLOCK, 10)).rejects.toMatchObject({
      code: 'E_UPSTREAM_CHANGED',
      message: expect.stringContaining('its size differs') as string,
    });
  });
});

describe('h3: a server that does not tell the size', () => {
  let wholes = 0;
  let cutAt: number | undefined;

  /** Chunked, without length, whatever is asked for (apache/cloudstack#10658). */
  const chunked =
    (content: Buffer, headers: Record<string, string> = { ETag: '"one"' }): Handler =>
    (request, response) => {
      response.writeHead(200, headers);
      if (request.headers.range !== undefined) {
        response.flushHeaders();
        return;
      }
      wholes += 1;
      const send = (offset: number): void => {
        if (cutAt !== undefined && offset >= cutAt) return void request.socket.destroy();
        if (offset >= content.length) return void response.end();
        response.write(content.subarray(offset, offset + 100_000), () => setImmediate(send, offset + 100_000));
      };
      send(0);
    };

  beforeEach(() => {
    wholes = 0;
    cutAt = undefined;
  });

  it('h3: is fetched whole once, for two who ask at the same time, for one who comes later, and over a restart', async () => {
    const server = await serve(chunked(CONTENT));
    const done: number[] = [];
    const first = cacheOf({ onProgress: (progress) => void done.push(progress.done) });
    const both = await Promise.all([first.open(at(server), now), first.open(at(server), now)]);
    for (const source of both) {
      expect(source.size).toBe(CONTENT.length);
      expect(await isSame(source, CONTENT.length - 100)).toBe(true);
    }
    expect(both[0].ranges).toBe(false);
    expect(Math.max(...done)).toBe(CONTENT.length);
    expect(await isSame(await first.open(at(server), now), 3 * BLOCK)).toBe(true);
    await first.close();
    const again = cacheOf();
    const registered = await again.openRegistered(at(server).url, both[0].etag);
    expect(CONTENT.equals(await registered.read(0, registered.size))).toBe(true);
    expect(wholes).toBe(1);
  });

  it('h3: is another ISO when its ETag is another, and is fetched again', async () => {
    let [content, etag] = [CONTENT, '"one"'];
    const server = await serve((request, response) => chunked(content, { ETag: etag })(request, response));
    const cache = cacheOf();
    const old = await cache.open(at(server), now);
    [content, etag] = [randomBytes(3 * BLOCK + 5), '"two"'];
    const fresh = await cache.open(at(server), now);
    expect(fresh.size).toBe(content.length);
    expect(content.equals(await fresh.read(0, fresh.size))).toBe(true);
    expect(await isSame(old, 9 * BLOCK)).toBe(true);
    expect(wholes).toBe(2);
  });

  it('h3: one that breaks off is begun again; one that always does is no ISO, and leaves nothing', async () => {
    cutAt = 1_000_000;
    const server = await serve(chunked(CONTENT));
    setTimeout(() => (cutAt = undefined), 0);
    const cache = cacheOf();
    expect((await cache.open(at(server), now)).size).toBe(CONTENT.length);
    cutAt = 1_000_000;
    const other = await serve(chunked(CONTENT));
    await expect(cache.open(at(other), now)).rejects.toMatchObject({
      code: 'E_UPSTREAM',
      message: expect.stringContaining('cut the connection') as string,
    });
    expect(readdirSync(dir)).toHaveLength(1);
  });

  it('h3: one that fits no disk says so', async () => {
    const server = await serve(chunked(CONTENT));
    await expect(cacheOf({ keepFree: 2 ** 60 }).open(at(server), now)).rejects.toMatchObject({ code: 'E_DISK_FULL' });
  });

  // A server without ranges that broke off and comes back as another node: what is kept is compared as it comes again.
  it('h3: a whole fetch that goes on at another node takes its ETag for what it is', async () => {
    let etag = '"a"';
    const server = await serve((request, response) => {
      response.writeHead(200, { ETag: etag, 'Content-Length': CONTENT.length });
      if (request.headers.range !== undefined) {
        response.flushHeaders();
        return;
      }
      if (etag === '"b"') return void response.end(CONTENT);
      etag = '"b"';
      response.write(CONTENT.subarray(0, 8 * BLOCK), () => setTimeout(() => request.socket.destroy(), 20));
    });
    const source = await cacheOf({ upstream: { backOff: [20], patience: { open: 100, read: 3000 } } }).open(at(server), now);
    expect(await isSame(source, 19 * BLOCK)).toBe(true);
  });
});
