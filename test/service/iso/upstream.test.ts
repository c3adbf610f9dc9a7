import { afterEach, describe, expect, it } from 'vitest';
import { operatorGuard, queryGuard, type Guard } from '../../../main-services/iso/upstream/ssrf-guard.ts';
import { openUpstream, type UpstreamOptions } from '../../../main-services/iso/upstream/upstream.ts';
import { endServers, ranged as rangedOf, serve, type Handler, type Served } from './iso-servers.ts';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 13) % 251));

afterEach(endServers);

const ranged = (served: () => Served = () => ({ etag: '"one"' })): Handler => rangedOf(() => ({ content: CONTENT, ...served() }));

const open = (url: string, options: Partial<UpstreamOptions> = {}) =>
  openUpstream(url, { guard: operatorGuard(url), backOff: [5, 5, 5], patience: { open: 200, read: 400 }, ...options });

describe('an ISO behind a URL', () => {
  it('is read by ranges, its query kept', async () => {
    const { url, requests } = await serve(ranged());
    const source = await open(`${url}/hook.iso?X-Signature=a%2Fb&c=1`);
    expect(source.size).toBe(CONTENT.length);
    expect(Buffer.from(await source.read(1000, 70_000))).toEqual(CONTENT.subarray(1000, 71_000));
    expect(Buffer.from(await source.read(299_999, 10))).toEqual(CONTENT.subarray(299_999));
    expect(await source.read(300_000, 10)).toHaveLength(0);
    expect(requests.map((request) => request.url)).toEqual(Array(3).fill('/hook.iso?X-Signature=a%2Fb&c=1'));
    expect(requests.map((request) => request.headers['if-range'])).toEqual([undefined, undefined, undefined]);
    await source.close();
    await expect(source.read(0, 1)).rejects.toMatchObject({ code: 'E_CANCELLED' });
  });

  it('has an etag of its own that follows the server’s', async () => {
    let etag = '"one"';
    const { url } = await serve(ranged(() => ({ etag })));
    const [one, again] = [await open(`${url}/x.iso`), await open(`${url}/x.iso`)];
    etag = '"two"';
    const two = await open(`${url}/x.iso`);
    expect(again.etag).toBe(one.etag);
    expect(two.etag).not.toBe(one.etag);
    await Promise.all([one, again, two].map((source) => source.close()));
  });

  it('follows 307 → 301 → 302 with relative and absolute targets', async () => {
    const target = await serve(ranged());
    const { url } = await serve((request, response) => {
      if (request.url === '/a') response.writeHead(307, { Location: '/b' }).end('moved');
      else if (request.url === '/b') response.writeHead(301, { Location: 'c?d=e' }).end();
      else response.writeHead(302, { Location: `${target.url}/x.iso?s=1` }).end();
    });
    const source = await open(`${url}/a`);
    expect(Buffer.from(await source.read(5, 10))).toEqual(CONTENT.subarray(5, 15));
    expect(target.requests.map((request) => request.url)).toEqual(['/x.iso?s=1', '/x.iso?s=1']);
    await source.close();
  });

  it('follows ten redirects, not eleven, and leaves a loop', async () => {
    const { url } = await serve((request, response) => {
      const left = Number(request.url?.slice(1));
      if (left === 0) ranged()(request, response);
      else response.writeHead(302, { Location: `/${left - 1}` }).end();
    });
    const source = await open(`${url}/10`);
    expect(source.size).toBe(CONTENT.length);
    await source.close();
    await expect(open(`${url}/11`)).rejects.toMatchObject({ code: 'E_UPSTREAM', message: expect.stringContaining('10 times') as string });
    const loop = await serve((_, response) => response.writeHead(302, { Location: '/x' }).end());
    await expect(open(`${loop.url}/x`)).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    expect(loop.requests).toHaveLength(11);
  });

  it('follows an expired redirect anew', async () => {
    let ticket = 1;
    const target = await serve((request, response) => {
      if (request.url === `/${ticket}`) ranged()(request, response);
      else response.writeHead(403).end();
    });
    const { url } = await serve((_, response) => response.writeHead(302, { Location: `${target.url}/${ticket}` }).end());
    const source = await open(`${url}/x.iso`);
    ticket = 2;
    expect(Buffer.from(await source.read(5, 10))).toEqual(CONTENT.subarray(5, 15));
    await source.close();
  });

  it.each<[string, Handler, RegExp]>([
    ['an error', (_, response) => response.writeHead(404).end(), /answered 404/],
    ['an empty file', (_, response) => response.writeHead(416).end(), /empty/],
    ['a redirect to nowhere', (_, response) => response.writeHead(302).end(), /nowhere/],
    [
      'compression',
      (_, response) => response.writeHead(206, { 'Content-Encoding': 'gzip', 'Content-Range': 'bytes 0-0/9' }).end('x'),
      /compresses/,
    ],
    ['no size', (_, response) => response.writeHead(206, { 'Content-Range': 'bytes 0-0/*' }).end('x'), /size/],
  ])('is refused with a sentence when the server has %s', async (_, handler, sentence) => {
    const { url } = await serve(handler);
    await expect(open(`${url}/x.iso`)).rejects.toMatchObject({ code: 'E_UPSTREAM', message: expect.stringMatching(sentence) as string });
  });

  it('survives 5xx and cut connections, and goes on where it broke off', async () => {
    let count = 0;
    const starts: string[] = [];
    const { url } = await serve((request, response) => {
      count += 1;
      starts.push(request.headers.range ?? '');
      if (count === 1 || count === 3) return response.writeHead(503).end();
      if (count !== 4) return ranged()(request, response);
      response.writeHead(206, { 'Content-Range': `bytes 100-200099/${CONTENT.length}`, 'Content-Length': 200_000, ETag: '"one"' });
      response.write(CONTENT.subarray(100, 50_100), () => setTimeout(() => request.socket.destroy(), 30));
    });
    const source = await open(`${url}/x.iso`);
    expect(Buffer.from(await source.read(100, 200_000)).equals(CONTENT.subarray(100, 200_100))).toBe(true);
    expect(starts.at(-1)).toBe('bytes=50100-200099');
    await source.close();
  });

  it('gives up when its patience is over', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(500).end());
    await expect(open(`${url}/x.iso`, { backOff: [10, 50], patience: { open: 130, read: 0 } })).rejects.toMatchObject({
      code: 'E_UPSTREAM',
      message: expect.stringContaining('500') as string,
    });
    expect(requests.length).toBeGreaterThan(2);
    expect(requests.length).toBeLessThan(5);
  });

  it('is waited for while it is away, and its trouble is told', async () => {
    let away = false;
    const { url } = await serve((request, response) => (away ? request.socket.destroy() : ranged()(request, response)));
    const told: (string | undefined)[] = [];
    const source = await open(`${url}/x.iso`, { backOff: [10], patience: { open: 0, read: 5000 }, onTrouble: (text) => told.push(text) });
    away = true;
    const reading = source.read(5, 10);
    setTimeout(() => (away = false), 200);
    expect(Buffer.from(await reading)).toEqual(CONTENT.subarray(5, 15));
    expect(told[0]).toMatch(/cut the connection/);
    expect(told.at(-1)).toBeUndefined();
    expect(told.filter((text) => text === undefined)).toHaveLength(1);
    await source.close();
  });

  it('without ranges is read whole, and not by pieces', async () => {
    const { url } = await serve((_, response) => response.setHeader('ETag', '"one"').end(CONTENT));
    const source = await open(`${url}/x.iso`);
    expect(source.pin.ranges).toBe(false);
    await expect(source.read(0, 10)).rejects.toMatchObject({ code: 'E_UPSTREAM', message: expect.stringMatching(/ranges/) as string });
    const parts: Uint8Array[] = [];
    for await (const part of source.whole(new AbortController().signal)) parts.push(part);
    expect(Buffer.concat(parts).equals(CONTENT)).toBe(true);
    await source.close();
  });

  it('that answers 404 for a while during a boot is waited for', async () => {
    let missing = false;
    const { url } = await serve((request, response) => (missing ? response.writeHead(404).end() : ranged()(request, response)));
    const source = await open(`${url}/x.iso`);
    missing = true;
    setTimeout(() => (missing = false), 50);
    expect(await source.read(0, 10)).toHaveLength(10);
    await source.close();
  });

  it('says that nobody listens', async () => {
    const { url, end } = await serve(ranged());
    await end();
    await expect(open(`${url}/x.iso`, { patience: { open: 0, read: 0 } })).rejects.toMatchObject({
      code: 'E_UPSTREAM',
      message: expect.stringContaining('refuses the connection') as string,
    });
  });

  it.each([
    ['its ETag', { etag: '"two"' }],
    ['its size', { etag: '"one"', content: CONTENT.subarray(1) }],
  ])('is E_UPSTREAM_CHANGED when the server changes %s on the way', async (_, after) => {
    let now: Served = { etag: '"one"' };
    const { url } = await serve(ranged(() => now));
    const source = await open(`${url}/x.iso`);
    await source.read(0, 10);
    now = after;
    await expect(source.read(0, 10)).rejects.toMatchObject({ code: 'E_UPSTREAM_CHANGED' });
    await source.close();
  });

  it('is pinned by its date where there is no strong ETag', async () => {
    let modified = 'Fri, 20 Nov 2026 10:00:00 GMT';
    const { url } = await serve(ranged(() => ({ etag: 'W/"weak"', modified })));
    const source = await open(`${url}/x.iso`);
    await source.read(0, 10);
    modified = 'Fri, 20 Nov 2026 11:00:00 GMT';
    await expect(source.read(0, 10)).rejects.toMatchObject({ code: 'E_UPSTREAM_CHANGED' });
    await source.close();
  });

  it('is never other bytes than asked for', async () => {
    let lie = false;
    const { url } = await serve((request, response) => {
      if (!lie) return ranged()(request, response);
      response.writeHead(206, { 'Content-Range': `bytes 0-9/${CONTENT.length}`, ETag: '"one"' }).end(CONTENT.subarray(0, 10));
    });
    const source = await open(`${url}/x.iso`);
    lie = true;
    await expect(source.read(100, 10)).rejects.toMatchObject({ code: 'E_UPSTREAM' });
    await source.close();
  });

  it('gives up on a server that says nothing', async () => {
    const { url } = await serve(() => undefined);
    const timeouts = { connect: 500, headers: 100, body: 100 };
    await expect(open(`${url}/x.iso`, { timeouts, patience: { open: 0, read: 0 } })).rejects.toMatchObject({
      code: 'E_UPSTREAM',
      message: expect.stringContaining('said nothing') as string,
    });
  });

  it('stops when its reader goes away', async () => {
    let hang = false;
    const { url } = await serve((request, response) => hang || ranged()(request, response));
    const source = await open(`${url}/x.iso`);
    hang = true;
    const leaving = new AbortController();
    const reading = source.read(0, 10, leaving.signal);
    setTimeout(() => leaving.abort(), 20);
    await expect(reading).rejects.toMatchObject({ code: 'E_CANCELLED' });
    await source.close();
  });

  it('sends the URL’s password to its own server only, and never shows it', async () => {
    const target = await serve(ranged());
    const { port, requests } = await serve((_, response) => response.writeHead(302, { Location: `${target.url}/x.iso` }).end());
    const source = await open(`http://user:p%40ss@127.0.0.1:${port}/a`);
    expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('user:p@ss').toString('base64')}`);
    expect(target.requests[0]?.headers.authorization).toBeUndefined();
    await source.close();
    const refused = await open(`http://user:secret@127.0.0.1:${port}/a?token=hidden`, { guard: () => 'no.' }).catch(
      (error: unknown) => error,
    );
    expect(String(refused)).not.toMatch(/secret|hidden/);
  });
});

describe('what may not be read', () => {
  it.each(['ftp://a/x.iso', 'not-a-valid-url', '', 'file:///etc/passwd', '/x.iso', 'http://', 'data:,x'])(
    '%j is E_SOURCE_URL',
    async (url) => {
      await expect(open(url, { guard: queryGuard() })).rejects.toMatchObject({ code: 'E_SOURCE_URL' });
    },
  );

  it.each(['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', '0', '169.254.169.254'])(
    'a request’s URL at %s is E_SOURCE_FORBIDDEN',
    async (host) => {
      await expect(open(`http://${host}:1/x.iso`, { guard: queryGuard() })).rejects.toMatchObject({ code: 'E_SOURCE_FORBIDDEN' });
    },
  );

  it('a name that resolves to loopback is refused before anything is sent', async () => {
    const { port, requests } = await serve(ranged());
    const resolve = () => Promise.resolve(['192.0.2.1', '127.0.0.1']);
    await expect(open(`http://innocent.example:${port}/x.iso`, { guard: queryGuard(), resolve })).rejects.toMatchObject({
      code: 'E_SOURCE_FORBIDDEN',
    });
    expect(requests).toHaveLength(0);
  });

  it('a redirect to a metadata address is refused', async () => {
    const { url } = await serve((_, response) => response.writeHead(302, { Location: 'http://169.254.169.254/latest' }).end());
    await expect(open(`${url}/x.iso`)).rejects.toMatchObject({ code: 'E_SOURCE_FORBIDDEN' });
  });

  it('a redirect to another scheme is refused', async () => {
    const { url } = await serve((_, response) => response.writeHead(302, { Location: 'file:///etc/passwd' }).end());
    await expect(open(`${url}/x.iso`)).rejects.toMatchObject({ code: 'E_SOURCE_FORBIDDEN' });
  });

  it('the connection goes to the address that was checked, not to one looked up again', async () => {
    const { port, requests } = await serve(ranged());
    let looked = 0;
    const resolve = () => Promise.resolve([(looked += 1) === 1 ? '127.0.0.1' : '192.0.2.1']);
    const checked: (readonly string[])[] = [];
    const guard: Guard = (_, addresses) => {
      checked.push(addresses);
      return undefined;
    };
    const source = await open(`http://rebinding.example:${port}/x.iso`, { guard, resolve });
    await source.read(0, 10);
    expect(requests[0]?.headers.host).toBe(`rebinding.example:${port}`);
    expect(checked).toEqual([['127.0.0.1']]);
    await source.close();
  });

  it('another address of the name is tried when one does not answer', async () => {
    const { port } = await serve(ranged(), '127.0.0.3');
    const resolve = () => Promise.resolve(['127.0.0.2', '127.0.0.3']);
    const source = await open(`http://two.example:${port}/x.iso`, { resolve });
    expect(source.size).toBe(CONTENT.length);
    await source.close();
  });

  it('an unknown name is E_UPSTREAM', async () => {
    const resolve = () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    await expect(open('http://no.example/x.iso', { resolve, patience: { open: 0, read: 0 } })).rejects.toMatchObject({
      code: 'E_UPSTREAM',
      message: expect.stringContaining('no.example') as string,
    });
  });
});
