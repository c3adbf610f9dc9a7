import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ImageInput } from '../../../contract/inventory.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { Nginx } from '../../lab/nginx.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { endServers, ranged, serve } from '../iso/iso-servers.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';

const OTHER = '52:54:00:88:00:03';

let folder: string;
let appliance: Appliance | undefined;
let nginx: Nginx | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'appliance-upstream-'));
});
afterEach(async () => {
  await appliance?.stop();
  await nginx?.kill();
  await endServers();
  [appliance, nginx] = [undefined, undefined];
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Record<string, unknown> = {}): Promise<Appliance> {
  appliance = await startOnLoopback(folder, more);
  return appliance;
}

/** An ISO that says which one it is, with some megabytes that nobody needs for registering it. */
function isoNamed(name: string, size = 0): Buffer {
  const files = { 'grub.cfg': `# this is ${name}\nlinux /vmlinuz ${TINKERBELL_PLACEHOLDER}\n`, loader: 'loader' };
  const iso = buildIso({
    volumeId: name.toUpperCase(),
    files: Object.entries(files).map(([path, text]) => ({ path, bytes: Buffer.from(text) })),
    boot: { platform: 0, entries: [{ path: 'loader', platform: 0, count: 4 }] },
  });
  return Buffer.concat([iso, randomBytes(size)]);
}

async function nginxWith(files: Record<string, Buffer>): Promise<Nginx> {
  const root = join(folder, 'www');
  mkdirSync(root);
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(root, name), bytes);
  nginx = new Nginx(undefined, { root, dir: join(folder, 'nginx'), port: await freePort() });
  await nginx.start();
  return nginx;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}

async function mediumOf(mac: string): Promise<Response> {
  const script = await (await fetch(`${appliance?.boot ?? ''}/ipxe?mac=${mac}`)).text();
  return fetch(/sanboot --no-describe (\S+)/.exec(script)?.[1] ?? '');
}

describe('an image behind a URL', () => {
  it('is read from its server once for two hosts that read all of it, also after a restart and while the server is away', async () => {
    const iso = isoNamed('big', 6_000_000);
    const { url } = await nginxWith({ 'big.iso': iso });
    const { inventory } = (await start()).rooms;
    await inventory.addImage(ImageInput.parse({ name: 'big', source: { type: 'url', url: `${url}/big.iso` } }));
    for (const [name, mac] of [
      ['node1', MAC],
      ['node2', OTHER],
    ] as const) {
      inventory.addHost(hostInput(name, mac, { ip: mac === MAC ? '127.0.0.1' : '127.0.0.2' }));
      inventory.assign(name, AssignmentInput.parse({ image: 'big', boot: 'always' }));
    }
    const views = await Promise.all([MAC, OTHER].map(async (mac) => Buffer.from(await (await mediumOf(mac)).arrayBuffer())));
    expect(views.map((view) => view.length)).toEqual([iso.length, iso.length]);
    expect(views[0]!.subarray(-5_000_000).equals(iso.subarray(-5_000_000))).toBe(true);
    for (const [index, mac] of [MAC, OTHER].entries()) expect(views[index]!.toString('latin1')).toContain(`worker_id=${mac}`);

    const reads = nginx!.requests().filter(({ range }) => range !== 'bytes=0-0');
    expect(new Set(reads.map(({ range }) => range)).size).toBe(reads.length);
    expect(reads.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(iso.length);

    await nginx!.kill();
    await appliance?.stop();
    await start();
    expect(
      Buffer.from(await (await mediumOf(MAC)).arrayBuffer())
        .subarray(-5_000_000)
        .equals(iso.subarray(-5_000_000)),
    ).toBe(true);
  });

  it('that has two names is read once for both, and stays readable when one of them is removed', async () => {
    const iso = isoNamed('big', 3_000_000);
    const { url } = await nginxWith({ 'big.iso': iso });
    const { inventory, imports } = (await start()).rooms;
    const source = { type: 'url' as const, url: `${url}/big.iso` };
    for (const [name, mac, ip] of [
      ['one', MAC, '127.0.0.1'],
      ['two', OTHER, '127.0.0.2'],
    ] as const) {
      await inventory.addImage(ImageInput.parse({ name, source }));
      inventory.addHost(hostInput(`host-${name}`, mac, { ip }));
      inventory.assign(`host-${name}`, AssignmentInput.parse({ image: name, boot: 'always' }));
      await (await mediumOf(mac)).arrayBuffer();
    }
    const reads = nginx!.requests().filter(({ range }) => range !== 'bytes=0-0');
    expect(new Set(reads.map(({ range }) => range)).size).toBe(reads.length);

    inventory.removeHost('host-one');
    await imports.removeImage('one');
    await nginx!.kill();
    await appliance?.stop();
    await start();
    const view = Buffer.from(await (await mediumOf(OTHER)).arrayBuffer());
    expect(view.subarray(-3_000_000).equals(iso.subarray(-3_000_000))).toBe(true);
  });

  it.each<[string, string, RegExp, string]>([
    ['its address', 'http://no-such-host.invalid/x.iso', /name that is not known here/, 'E_UPSTREAM'],
    ['nobody at its address', 'http://127.0.0.1:9/x.iso', /refuses the connection/, 'E_UPSTREAM'],
    ['a file that is not there', 'NGINX/missing.iso', /answered 404/, 'E_UPSTREAM'],
    ['an empty file', 'NGINX/empty.iso', /empty file/, 'E_UPSTREAM'],
    ['a web page', 'NGINX/page.iso', /not an ISO but a web page/, 'E_IMAGE_INVALID'],
    ['something else', 'NGINX/zeros.iso', /begins with zeros only/, 'E_IMAGE_INVALID'],
  ])('is refused with a sentence for %s', async (_, url, sentence, code) => {
    const files = { 'empty.iso': Buffer.alloc(0), 'page.iso': Buffer.from('<!doctype html>Log in'), 'zeros.iso': Buffer.alloc(90_000) };
    const source = { type: 'url' as const, url: url.replace('NGINX', url.startsWith('NGINX') ? (await nginxWith(files)).url : '') };
    const { inventory } = (await start()).rooms;
    await expect(inventory.addImage(ImageInput.parse({ name: 'x', source }))).rejects.toMatchObject({
      code,
      message: expect.stringMatching(sentence) as string,
    });
  });

  it.each(['ftp://127.0.0.1/x.iso', 'x.iso', ''])('is refused with a sentence for %j, which is no such URL', (url) => {
    expect(() => ImageInput.parse({ name: 'x', source: { type: 'url', url } })).toThrow(/must be an absolute http:\/\/ or https:\/\/ URL/);
  });

  it('of a server without ranges is registered, with that said, and served with ranges', async () => {
    const iso = isoNamed('plain', 3_000_000);
    const { url } = await serve((_, response) => response.setHeader('Content-Length', iso.length).end(iso));
    const { inventory } = (await start()).rooms;
    const image = await inventory.addImage(ImageInput.parse({ name: 'plain', source: { type: 'url', url: `${url}/plain.iso` } }));
    expect(image.index).toMatchObject({ volumeId: 'PLAIN', ranges: false });
    inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
    inventory.assign('node1', AssignmentInput.parse({ image: 'plain' }));
    const { url: medium } = await mediumOf(MAC);
    const range = await fetch(medium, { headers: { Range: `bytes=${iso.length - 1000}-` } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer()).equals(iso.subarray(-1000))).toBe(true);
  });
});

describe('which ISO a machine reads by the URL without a token', () => {
  /** Every ISO that can be meant says its name; the appliance listens on loopback, so the machine is 127.0.0.1. */
  async function world(more: Record<string, unknown> = {}): Promise<{ get: (query?: string) => Promise<Response>; upstream: string }> {
    const isos: Record<string, Buffer> = Object.fromEntries(
      ['default', 'interface', 'assigned', 'query'].map((name) => [name, isoNamed(name)]),
    );
    const { url } = await serve((request, response) => {
      const name = /^\/(\w+)\.iso/.exec(request.url ?? '')?.[1] ?? '';
      return ranged(() => ({ etag: `"${name}"`, content: isos[name] ?? Buffer.alloc(0) }))(request, response);
    });
    await start({ isoUpstreamUrl: `${url}/default.iso`, ...more });
    return { upstream: url, get: (query = '') => fetch(`${appliance?.boot ?? ''}/iso/${MAC.replaceAll(':', '-')}/hook.iso${query}`) };
  }

  const says = async (answer: Response): Promise<string | undefined> => /this is (\w+)/.exec(await answer.text())?.[1];

  it('is the query’s, then the interface’s, then the assigned one, then the default', async () => {
    const { get, upstream } = await world({ allowSourceIso: ['127.0.0.1'] });
    const { inventory } = appliance!.rooms;
    inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
    expect(await says(await get())).toBe('default');
    for (const name of ['assigned', 'query'])
      await inventory.addImage(ImageInput.parse({ name, source: { type: 'url', url: `${upstream}/${name}.iso` } }));
    inventory.assign('node1', AssignmentInput.parse({ image: 'assigned', boot: 'always' }));
    expect(await says(await get())).toBe('assigned');
    inventory.patchHost('node1', { interfaces: [{ mac: MAC, ip: '127.0.0.1', sourceISO: `${upstream}/interface.iso?signature=a%2Fb` }] });
    inventory.assign('node1', AssignmentInput.parse({ image: 'assigned', boot: 'always', args: 'new=view' }));
    expect(await says(await get())).toBe('interface');
    expect(await says(await get('?sourceISO=query'))).toBe('query');
  });

  it.each([
    ['ftp', 'ftp://127.0.0.1/x.iso', 400, 'E_SOURCE_URL'],
    ['garbage', 'not-a-valid-url', 400, 'E_SOURCE_URL'],
    ['a host that is not listed', 'http://192.0.2.1/x.iso', 403, 'E_SOURCE_FORBIDDEN'],
    ['a listed host that is this computer', 'http://127.0.0.1:1/x.iso', 403, 'E_SOURCE_FORBIDDEN'],
  ])('is refused for %s in the query', async (_, url, status, code) => {
    const { get } = await world({ allowSourceIso: ['127.0.0.1', 'upstream.example'] });
    appliance!.rooms.inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
    const answer = await get(`?sourceISO=${encodeURIComponent(url)}`);
    expect([answer.status, (await answer.text()).split(':')[0]]).toEqual([status, code]);
  });

  it('is never the query’s when that was not switched on', async () => {
    const { get } = await world();
    appliance!.rooms.inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
    expect((await get('?sourceISO=default')).status).toBe(403);
  });
});
