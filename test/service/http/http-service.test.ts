import { createHash } from 'node:crypto';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Settings, type Nic } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { placeholderPatches } from '../../../main-services/iso/tinkerbell/placeholder-edits.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { probeIsos } from '../../../main-services/http/probe-isos.ts';
import { RefusalLog } from '../../../main-services/reading/refusal-log.ts';
import { openDataPlane } from '../../../main-services/data-plane/data-plane.ts';
import { createBootServer, createHttpService } from '../../../main-services/http/service.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { overlay, patchedExtents, patchInPlace } from '../../../main-services/iso/source/overlay.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { buildIso, placeOf } from '../../unit/iso/build-iso.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { DASHED, FakeBoot, MAC, TOKEN } from './fake-boot.ts';

const NIC: Nic = {
  name: 'lo',
  mac: '00:00:00:00:00:00',
  index: 1,
  addresses: [],
  up: true,
  carrier: true,
  wireless: false,
  loopback: true,
  defaultRoute: false,
  mtu: 65_536,
};

const ISO = buildIso({
  files: [
    { path: 'EFI/BOOT/GRUB.CFG', bytes: Buffer.from(`linux /vmlinuz ${TINKERBELL_PLACEHOLDER} text\n`) },
    { path: 'vmlinuz', bytes: Buffer.from(Array.from({ length: 900_000 }, (_, index) => (index * 7) % 256)) },
  ],
});
const PLACE = placeOf(ISO, TINKERBELL_PLACEHOLDER);
const segments = patchInPlace(ISO.length, placeholderPatches([PLACE], 'k=v'));
const EXPECTED = Buffer.from(ISO);
EXPECTED.write('k=v'.padEnd(1024), PLACE, 'latin1');

interface Answer {
  status: number;
  /** As written on the wire. */
  headers: Map<string, string>;
  body: Buffer;
}

let base: ByteSource;
let boot: FakeBoot;
let activity: Recorder;
let watch: IsoWatch;
let service: ReturnType<typeof createHttpService>;
let port = 0;

beforeEach(async () => {
  // Its bytes come by `read` only, which the tests replace; direct-send.test.ts has files.
  base = { ...memorySource(ISO, 'base'), placesNow: () => undefined };
  boot = new FakeBoot(
    overlay({ ...base, read: (...args) => base.read(...args) }, segments, { etag: 'view-etag' }),
    patchedExtents(segments),
  );
  activity = new Recorder();
  watch = new IsoWatch(activity, systemClock);
  service = createHttpService({
    settings: Settings.parse({ dataDir: '/nothere', bootFilesDir: '', uiDir: '', httpPort: 0 }),
    boot,
    activity,
    ...protectionOf(activity),
    watch,
    log: silentLog,
    clock: systemClock,
    sockets: { udp: unused, listen },
  });
  ({ port } = await service.start({ nic: NIC, address: '127.0.0.1', netmask: '255.0.0.0' }));
});
afterEach(() => service.stop());

function unused(): never {
  throw new Error('no UDP here');
}
function listen(server: Server): Promise<number> {
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));
}

/** A client of few lines, so that header names are seen as they were sent. */
async function ask(method: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const socket = connect(port, '127.0.0.1');
  const lines = Object.entries({ Host: 'x', Connection: 'close', ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  return parse(await drain(socket));
}
async function drain(socket: Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  try {
    for await (const part of socket) parts.push(part as Buffer);
  } catch {
    // A reset is what some tests are about.
  }
  return Buffer.concat(parts);
}
function parse(bytes: Buffer): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
  return { status: Number(first.split(' ')[1]), headers, body: bytes.subarray(end + 4) };
}

const VIEW_URL = `/iso/${DASHED}/${TOKEN}/hook.iso`;

describe('the ISO of a host', () => {
  it('is sent whole to a plain GET', async () => {
    const { status, headers, body } = await ask('GET', VIEW_URL);
    expect(status).toBe(200);
    expect(body.equals(EXPECTED)).toBe(true);
    expect(Object.fromEntries([...headers].filter(([name]) => !['Date', 'Last-Modified'].includes(name)))).toEqual({
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(ISO.length),
      ETag: '"view-etag"',
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'no-transform',
      Connection: 'close',
    });
    expect(headers.get('Last-Modified')).toMatch(/GMT$/);
  });

  it('tells HEAD the same headers and no bytes, also when it sends a range', async () => {
    const get = await ask('GET', VIEW_URL);
    const head = await ask('HEAD', VIEW_URL, { Range: 'bytes=0-0' });
    get.headers.delete('Date');
    head.headers.delete('Date');
    expect(head.headers).toEqual(get.headers);
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });

  it.each([
    ['bytes=0-0', 0, 1],
    ['bytes=0-', 0, ISO.length],
    [`bytes=${PLACE - 5}-${PLACE + 1030}`, PLACE - 5, PLACE + 1031],
    [`bytes=${PLACE + 700}-${PLACE + 701}`, PLACE + 700, PLACE + 702],
    [`bytes=262144-${ISO.length}`, 262_144, ISO.length],
    ['bytes=-10', ISO.length - 10, ISO.length],
  ])('is sent in part for %s', async (range, start, end) => {
    const { status, headers, body } = await ask('GET', VIEW_URL, { range });
    expect(status).toBe(206);
    expect(headers.get('Content-Range')).toBe(`bytes ${start}-${end - 1}/${ISO.length}`);
    expect(headers.get('Content-Length')).toBe(String(end - start));
    expect(body.equals(EXPECTED.subarray(start, end))).toBe(true);
  });

  it.each([256, 512, 1024, 4096, 100_000])('is the same in ranges of %i bytes', async (size) => {
    const parts: Buffer[] = [];
    const start = Math.max(0, PLACE - 3 * size);
    for (let at = start; at < PLACE + 1024 + size; at += size) {
      parts.push((await ask('GET', VIEW_URL, { Range: `bytes=${at}-${at + size - 1}` })).body);
    }
    const got = Buffer.concat(parts);
    expect(got.length).toBeGreaterThan(1024);
    expect(EXPECTED.subarray(start, start + got.length).equals(got)).toBe(true);
  });

  it('has 416 with the size for what lies behind it', async () => {
    const { status, headers, body } = await ask('GET', VIEW_URL, { Range: `bytes=${ISO.length}-` });
    expect(status).toBe(416);
    expect(headers.get('Content-Range')).toBe(`bytes */${ISO.length}`);
    expect(body.toString()).toMatch(/^E_RANGE: .*\n.*\n$/);
  });

  const IPXE = { 'User-Agent': 'iPXE/1.21.1+git20250501.dad20602' };
  const sized = (size: number): ByteSource => ({
    size,
    etag: 'sized',
    read: (offset, length) => Promise.resolve(Buffer.alloc(length, Math.floor(offset / 512) % 251)),
    close: () => Promise.resolve(),
  });

  it('h1: is read by a 32-bit iPXE from 2 GiB on, which asks for negative offsets', async () => {
    boot.view_ = { ...boot.view_, source: sized(2301 * 2 ** 20) };
    const { status, headers, body } = await ask('GET', VIEW_URL, { Range: 'bytes=-1883242496--1883226113', ...IPXE });
    expect([status, headers.get('Content-Range')]).toEqual([206, 'bytes 2411724800-2411741183/2412773376']);
    expect(body.equals(Buffer.alloc(16_384, (2_411_724_800 / 512) % 251))).toBe(true);
    expect(activity.types()).not.toContain('iso.refused');
  });

  it('h1: over 4 GiB has 416 for a 32-bit iPXE, and one event that says what was asked and what to do', async () => {
    boot.view_ = { ...boot.view_, source: sized(4200 * 2 ** 20) };
    for (let at = 0; at < 20; at++) {
      const { status, body } = await ask('GET', VIEW_URL, { Range: `bytes=${at * 512 - 2 ** 31}-${at * 512 - 2 ** 31 + 511}`, ...IPXE });
      expect([status, body.toString()]).toEqual([416, expect.stringMatching(/32-bit iPXE.*\n.*UEFI/)]);
    }
    expect(activity.events).toMatchObject([
      {
        type: 'iso.refused',
        mac: MAC,
        ip: '127.0.0.1',
        data: { code: 'E_RANGE' },
        message: expect.stringContaining('bytes=-2147483648') as string,
      },
    ]);
  });

  it.each([
    ['the ISO', VIEW_URL, `bytes=${ISO.length}-`, 'iso.refused'],
    ['the ISO, by MAC alone', `/iso/${DASHED}/any.iso`, 'bytes=9999999-', 'iso.refused'],
    ['a file of the ISO', `/iso-files/${DASHED}/${TOKEN}/vmlinuz`, 'bytes=900000-', 'iso.refused'],
    ['a boot file', `/${DASHED}/ipxe.efi`, 'bytes=9-', 'bootfile.refused'],
    ['iPXE that cannot print offsets (bootimus#57)', VIEW_URL, 'bytes=u-u', 'iso.refused'],
  ])('h1: every 416 is an event, once a minute: %s', async (_, path, range, type) => {
    for (const more of ['', '0']) expect((await ask('GET', path, { Range: range.replace(/-$/, `${more}-`), ...IPXE })).status).toBe(416);
    const refusals = activity.events.filter((event) => event.type === type);
    expect(refusals).toMatchObject([{ mac: MAC, data: { code: 'E_RANGE' }, message: expect.stringContaining(range) as string }]);
  });

  it('is sent whole for several ranges, other units, and an If-Range of another view', async () => {
    for (const headers of [
      { Range: 'bytes=0-0,5-9' },
      { Range: 'lines=0-0' },
      { Range: 'bytes=0-0', 'If-Range': '"other"' },
      { Range: `bytes=${Array.from({ length: 10_000 }, (_, index) => `${index}-`).join(',')}` },
    ]) {
      const { status, body } = await ask('GET', VIEW_URL, headers as Record<string, string>);
      expect(status).toBe(200);
      expect(body.length).toBe(ISO.length);
    }
    expect((await ask('GET', VIEW_URL, { Range: 'bytes=0-0', 'If-Range': '"view-etag"' })).status).toBe(206);
  });

  it('is not sent again to a client that has it', async () => {
    const { status, headers, body } = await ask('GET', VIEW_URL, { 'If-None-Match': '"view-etag"' });
    expect([status, headers.get('ETag'), body.length]).toEqual([304, '"view-etag"', 0]);
    expect((await ask('GET', VIEW_URL, { 'If-Match': '"other"' })).status).toBe(412);
  });

  it('is found by the MAC alone in every notation, with the query handed on', async () => {
    for (const mac of [DASHED, MAC, '5254.0088.0002', '525400880002', DASHED.toUpperCase(), encodeURIComponent(MAC)]) {
      expect((await ask('HEAD', `/iso/${mac}/any.iso`)).status).toBe(200);
    }
    await ask('HEAD', `/iso/${DASHED}/any.iso?sourceISO=http://a/b.iso`);
    expect(boot.calls.at(-1)).toBe(`viewByMac ${MAC} 127.0.0.1 http://a/b.iso`);
  });

  it.each<[string, string, BootbenchError | Error | undefined, number, string]>([
    ['not .iso', `/iso/${DASHED}/x.img`, undefined, 404, 'E_NOT_ISO_PATH'],
    ['a bad MAC', '/iso/zz/x.iso', undefined, 400, 'E_MAC_INVALID'],
    ['an unknown MAC', '/iso/00-00-00-00-00-01/x.iso', undefined, 404, 'E_NOT_FOUND'],
    ['an unknown token', `/iso/${DASHED}/ffff/x.iso`, undefined, 404, 'E_VIEW_GONE'],
    ['a failing backend', `/iso/${DASHED}/x.iso`, new Error('database'), 500, 'E_INTERNAL'],
    ['no source', `/iso/${DASHED}/x.iso`, new BootbenchError('E_NO_SOURCE', 'none'), 400, 'E_NO_SOURCE'],
    ['a bad source', `/iso/${DASHED}/x.iso`, new BootbenchError('E_SOURCE_URL', 'bad'), 400, 'E_SOURCE_URL'],
    ['an upstream that does not answer', `/iso/${DASHED}/x.iso`, new BootbenchError('E_UPSTREAM', 'no'), 502, 'E_UPSTREAM'],
    ['a changed view', VIEW_URL, new BootbenchError('E_VIEW_CHANGED', 'no'), 409, 'E_VIEW_CHANGED'],
  ])('answers %s with its status, a code and a sentence', async (_, path, error, status, code) => {
    boot.isoError = error;
    const answer = await ask('GET', path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('Content-Type')).toBe('text/plain; charset=utf-8');
    expect(answer.body.toString()).toMatch(new RegExp(`^${code}: .+\n.+\n$`));
    expect(activity.events).toMatchObject([{ type: 'iso.refused', ip: '127.0.0.1', data: { code } }]);
    const json = await ask('GET', path, { Accept: 'application/json' });
    expect(JSON.parse(json.body.toString())).toMatchObject({ code });
  });

  it('leaves evidence: opened, patched sectors read, completed', async () => {
    await ask('HEAD', VIEW_URL);
    expect(activity.types()).toEqual([]);
    await ask('GET', VIEW_URL, { Range: `bytes=0-${PLACE - 1}`, 'User-Agent': 'httpfs2.c 0.1.4' });
    expect(activity.types()).toEqual(['iso.opened']);
    expect(activity.events[0]).toMatchObject({ host: 'node-1', mac: MAC, ip: '127.0.0.1', data: { userAgent: 'httpfs2.c 0.1.4' } });
    await ask('GET', VIEW_URL, { Range: `bytes=${PLACE}-${PLACE}` });
    expect(activity.types()).toEqual(['iso.opened', 'iso.patched-read']);
    await ask('GET', VIEW_URL, { Range: `bytes=${PLACE + 1}-` });
    expect(activity.types().filter((type) => type !== 'iso.file-read')).toEqual(['iso.opened', 'iso.patched-read', 'iso.completed']);
    await expect.poll(() => activity.types().filter((type) => type === 'iso.file-read')).toHaveLength(2);
    expect(activity.shown.at(-1)).toMatchObject({ key: `iso:${TOKEN}`, done: ISO.length, total: ISO.length });
  });
});

describe('a source that fails', () => {
  it('before the first byte gets an honest status', async () => {
    base = { ...base, read: () => Promise.reject(new BootbenchError('E_IMAGE_GONE', 'unplugged')) };
    const { status, body } = await ask('GET', VIEW_URL, { Range: 'bytes=0-10' });
    expect([status, body.toString().split('\n')[0]]).toEqual([503, 'E_IMAGE_GONE: unplugged']);
  });

  it.each<[string, ByteSource['read']]>([
    ['an error', (offset, length) => (offset > 400_000 ? Promise.reject(new Error('EIO')) : memorySource(ISO).read(offset, length))],
    ['too few bytes', (offset, length) => memorySource(ISO).read(offset, offset > 400_000 ? length - 1 : length)],
  ])('on the way with %s breaks the connection, so that it never looks complete', async (_, read) => {
    base = { ...base, read };
    const { status, headers, body } = await ask('GET', VIEW_URL);
    expect(status).toBe(200);
    expect(body.length).toBeLessThan(Number(headers.get('Content-Length')));
    expect(EXPECTED.subarray(0, body.length).equals(body)).toBe(true);
    expect(activity.types()).not.toContain('iso.completed');
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });
});

describe('a client that leaves', () => {
  it('stops the read of the base, and the service stays up', async () => {
    let aborted = false;
    base = {
      ...base,
      read: (_offset, _length, signal) =>
        new Promise((_done, fail) => {
          signal?.addEventListener('abort', () => {
            aborted = true;
            fail(new Error('aborted'));
          });
        }),
    };
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${VIEW_URL} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await wait(50);
    socket.destroy();
    await expect.poll(() => aborted).toBe(true);
    expect((await ask('GET', '/healthz')).status).toBe(200);
    expect(activity.types()).toEqual([]);
  });

  it('that does not read is not read ahead for', async () => {
    const size = 1024 ** 3;
    let read = 0;
    const endless: ByteSource = {
      size,
      etag: 'endless',
      read: (_offset, length) => Promise.resolve(Buffer.alloc(length, (read += length) & 1)),
      close: () => Promise.resolve(),
    };
    boot.view_ = { ...boot.view_, source: endless };
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${VIEW_URL} HTTP/1.1\r\nHost: x\r\n\r\n`);
    socket.pause();
    await wait(300);
    expect(read).toBeLessThan(64 * 1024 * 1024);
    socket.destroy();
  });
});

describe('the other routes', () => {
  it('serve scripts, with the asker’s address', async () => {
    for (const path of [`/ipxe?mac=${MAC}`, `/ipxe/script/${DASHED}/auto.ipxe`]) {
      const { status, headers, body } = await ask('GET', path);
      expect([status, headers.get('Content-Type'), body.toString()]).toEqual([200, 'text/plain; charset=utf-8', '#!ipxe\necho hello\n']);
    }
    expect(boot.calls).toEqual([`script ${MAC} 127.0.0.1`, `script ${MAC} 127.0.0.1`]);
  });

  it('serve boot files by range too, and close them', async () => {
    expect((await ask('GET', '/boot//ipxe.efi')).body.toString()).toBe('boot file');
    const part = await ask('GET', `/${DASHED}/ipxe.efi`, { Range: 'bytes=5-' });
    expect([part.status, part.body.toString(), part.headers.get('Content-Type')]).toEqual([206, 'file', 'application/efi']);
    expect(boot.calls).toEqual(['file ipxe.efi', `file ${DASHED}/ipxe.efi`]);
    await expect.poll(() => boot.closed).toBe(2);
    expect(activity.events).toMatchObject([
      { type: 'bootfile.served', mac: undefined, data: { file: 'ipxe.efi' } },
      { type: 'bootfile.served', mac: MAC },
    ]);
  });

  it('say why a boot file is not served', async () => {
    const missing = await ask('GET', '/boot/missing.efi');
    expect([missing.status, missing.body.toString().split('\n')[0]]).toEqual([404, 'E_BOOT_FILE_MISSING: There is no missing.efi.']);
    expect((await ask('GET', '/boot/refused.efi')).status).toBe(403);
    expect(activity.types()).toEqual(['bootfile.refused', 'bootfile.refused']);
  });

  it('serve files inside the view, patched', async () => {
    const { status, body } = await ask('GET', `/iso-files/${DASHED}/${TOKEN}/efi/boot/grub.cfg`);
    expect([status, body.toString()]).toEqual([200, `linux /vmlinuz ${'k=v'.padEnd(1024)} text\n`]);
    const part = await ask('GET', `/iso-files/${DASHED}/${TOKEN}/vmlinuz`, { Range: 'bytes=256-259' });
    expect([part.status, [...part.body]]).toEqual([206, [0, 7, 14, 21]]);
    expect(boot.lookups).toBe(2);
    expect((await ask('GET', `/iso-files/${DASHED}/${TOKEN}/nothing`)).status).toBe(404);
    expect((await ask('GET', `/iso-files/${DASHED}/bad/vmlinuz`)).status).toBe(404);
  });

  it('count files that are fetched one by one as read where they lie in the ISO', async () => {
    expect(watch.of('node-1')).toBeUndefined();
    await ask('GET', `/iso-files/${DASHED}/${TOKEN}/vmlinuz`, { Range: 'bytes=0-399999' });
    await ask('GET', `/iso-files/${DASHED}/${TOKEN}/vmlinuz`, { Range: 'bytes=300000-' });
    await expect.poll(() => activity.types()).toContain('iso.file-read');
    expect(activity.types()).toEqual(['iso.opened', 'iso.file-read']);
    expect(watch.of('node-1')).toMatchObject({ covered: 900_000, ip: '127.0.0.1', files: [{ path: 'vmlinuz', read: 900_000 }] });
    await service.stop();
    expect(watch.of('node-1')).toMatchObject({ covered: 900_000 });
  });

  it('serve configs by address and by token, never cached', async () => {
    const byAddress = await ask('GET', '/api/v1/bootconfig');
    expect([byAddress.status, byAddress.body.toString(), byAddress.headers.get('Cache-Control')]).toEqual([
      200,
      'lang en_US\n',
      'no-store',
    ]);
    const byToken = await ask('GET', `/config/${TOKEN}/user-data`);
    expect([byToken.body.toString(), byToken.headers.get('Content-Type')]).toEqual(['{"a":1}', 'application/json']);
    expect((await ask('GET', '/api/v1/bootconfig/other')).status).toBe(409);
    expect((await ask('GET', '/config/bad/x')).status).toBe(404);
    expect(activity.types()).toEqual(['config.served', 'config.served', 'config.refused', 'config.refused']);
  });

  it('take phone-home posts with any body', async () => {
    const { status, body } = await ask('POST', `/api/v1/boot-complete?token=${TOKEN}`, { 'Content-Length': '0' });
    expect([status, body.length]).toEqual([204, 0]);
    const socket = connect(port, '127.0.0.1');
    socket.write('POST /api/v1/boot-complete HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\na=b&c');
    expect(parse(await drain(socket)).status).toBe(204);
    expect(boot.calls).toEqual([`boot-complete 127.0.0.1 ${TOKEN}`, 'boot-complete 127.0.0.1 undefined']);
  });

  it('answer 405 with Allow, 404 with a sentence, and ok', async () => {
    const post = await ask('POST', VIEW_URL, { 'Content-Length': '0' });
    expect([post.status, post.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
    expect((await ask('GET', '/nothing')).body.toString()).toMatch(/^E_NOT_FOUND: \/nothing /);
    expect((await ask('GET', '/healthz')).body.toString()).toBe('ok\n');
  });
});

it('b16: a token is not in the log line of a request that failed', async () => {
  const lines: object[] = [];
  const log = { ...silentLog, debug: (fields: object) => void lines.push(fields), child: () => log };
  await service.stop();
  service = createHttpService({
    ...{ boot, activity, ...protectionOf(activity), watch, log, clock: systemClock },
    settings: Settings.parse({ dataDir: '/nothere', bootFilesDir: '', uiDir: '', httpPort: 0 }),
    sockets: { udp: unused, listen },
  });
  ({ port } = await service.start({ nic: NIC, address: '127.0.0.1', netmask: '255.0.0.0' }));
  boot.isoError = new Error('broken');
  expect((await ask('GET', VIEW_URL)).status).toBe(500);
  expect(lines.map((line) => JSON.stringify(line)).join()).toContain('/iso/52-54-00-88-00-02/…/hook.iso');
  expect(lines.map((line) => JSON.stringify(line)).join()).not.toContain(TOKEN);
});

describe('the connection', () => {
  it('is kept for two minutes and takes pipelined requests in order', async () => {
    const socket = connect(port, '127.0.0.1');
    const head = `HEAD ${VIEW_URL} HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(`${head}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${head.replace('Host: x', 'Host: x\r\nConnection: close')}`);
    const text = (await drain(socket)).toString();
    expect(text.match(/^HTTP\/1\.1 200/gm)).toHaveLength(3);
    expect(text).toContain('Keep-Alive: timeout=120');
  });

  it('takes requests without Host and of HTTP/1.0', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`GET ${VIEW_URL} HTTP/1.0\r\nRange: bytes=0-3\r\n\r\n`);
    expect(parse(await drain(socket)).status).toBe(206);
  });

  it.each([
    ['noise', Buffer.from('\x16\x03\x01\x02\x00\x01\x00\x01\xfc', 'latin1'), 400],
    ['too many headers', Buffer.from(`GET / HTTP/1.1\r\nX: ${'y'.repeat(200_000)}\r\n\r\n`), 431],
    ['a bad length', Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n'), 400],
  ])('survives %s', async (_, bytes, status) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(bytes);
    expect(parse(await drain(socket)).status).toBe(status);
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });

  it('is cut when a request never ends', async () => {
    const timing = { keepAliveTimeout: 500, headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 50 };
    const protection = protectionOf(activity);
    const refusals = new RefusalLog(protection.strangers);
    const answering = {
      boot,
      activity,
      watch,
      refusals,
      clock: systemClock,
      ...protection,
      probes: probeIsos(),
      authorityPem: () => Promise.resolve(undefined),
    };
    const slow = createBootServer({ ...answering, plane: await openDataPlane() }, silentLog, timing);
    const slowPort = await listen(slow);
    const socket = connect(slowPort, '127.0.0.1');
    socket.write('GET /healthz HTTP/1.1\r\nX: ');
    const dripping = setInterval(() => socket.write('y'), 20);
    socket.on('error', () => undefined);
    const answer = parse(await drain(socket));
    clearInterval(dripping);
    expect([answer.status, answer.body.toString()]).toEqual([408, 'E_BAD_INPUT: The request timed out.\n']);
    slow.close();
    watch.endAll();
  });

  it('survives 500 random byte strings', async () => {
    for (let round = 0; round < 50; round += 1) {
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          const noise = createHash('shake256', { outputLength: 300 }).update(`${round} ${index}`).digest();
          const socket = connect(port, '127.0.0.1');
          socket.on('error', () => undefined);
          socket.end(Buffer.concat([Buffer.from(index % 2 === 0 ? 'GET /iso/' : ''), noise, Buffer.from('\r\n\r\n')]));
          await drain(socket);
        }),
      );
    }
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });
});

describe('the service', () => {
  it('stops with transfers under way, twice, and starts again', async () => {
    base = { ...base, read: () => new Promise(() => undefined) };
    const socket = connect(port, '127.0.0.1');
    const ended = drain(socket);
    socket.write(`GET ${VIEW_URL} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await wait(30);
    await service.stop();
    await service.stop();
    await ended;
    base = memorySource(ISO);
    const again = await service.start({ nic: NIC, address: '127.0.0.1', netmask: '255.0.0.0' });
    ({ port } = again);
    expect(again.message).toBe(`http://127.0.0.1:${port} on lo`);
    expect((await ask('GET', '/healthz')).status).toBe(200);
  });
});
