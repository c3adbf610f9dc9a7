import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { openDataPlane } from '../../../main-services/data-plane/data-plane.ts';
import { probeIsos } from '../../../main-services/http/probe-isos.ts';
import { createBootServer } from '../../../main-services/http/service.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { openLocalFile } from '../../../main-services/iso/source/local-file.ts';
import { overlay, patchInPlace } from '../../../main-services/iso/source/overlay.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { RefusalLog } from '../../../main-services/reading/refusal-log.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { DASHED, FakeBoot, MAC, TOKEN } from './fake-boot.ts';

const MIB = 2 ** 20;
const SIZE = 24 * MIB + 777;
const VIEW_URL = `/iso/${DASHED}/${TOKEN}/hook.iso`;
const BYTES = randomBytes(SIZE);
/** Small and large, next to each other, across the pieces of a transfer, and at both ends. */
const PATCHES = [0, 100, 5000, 65_536, 262_143, 262_190, MIB, 3 * MIB + 5, SIZE - 40].map((offset, index) => ({
  offset,
  bytes: randomBytes(index % 3 === 0 ? 7 : 30),
}));
const EXPECTED = Buffer.from(BYTES);
for (const { offset, bytes } of PATCHES) EXPECTED.set(bytes, offset);

let folder = '';
let path = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bootbench-direct-'));
  path = join(folder, 'view.iso');
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A boot whose view is open, as it is for every range but the first. */
class OpenedBoot extends FakeBoot {
  override openView(mac: string, token: string) {
    return mac === MAC && token === TOKEN ? this.view_ : undefined;
  }
}

describe.each([
  ['directly', true],
  ['by reads and writes', false],
])('bytes that are sent %s', (_way, isDirect) => {
  let base: ByteSource;
  let activity: Recorder;
  let watch: IsoWatch;
  let server: Server;
  let port = 0;
  let sent = 0;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    writeFileSync(path, BYTES);
    base = await openLocalFile(path, { checkEvery: 50 });
    activity = new Recorder();
    watch = new IsoWatch(activity, systemClock);
    const boot = new OpenedBoot(overlay(base, patchInPlace(SIZE, PATCHES), { etag: 'view-etag' }), []);
    const protection = protectionOf(activity);
    const plane = await openDataPlane(isDirect);
    expect(plane.direct !== undefined).toBe(isDirect && process.platform === 'linux');
    server = createBootServer(
      {
        ...{ boot, activity, watch, ...protection, clock: systemClock, probes: probeIsos(), plane },
        refusals: new RefusalLog(protection.strangers),
        authorityPem: () => Promise.resolve(undefined),
      },
      silentLog,
    );
    sent = 0;
    const { delivered } = watch;
    watch.delivered = (view, ip, offset, length) => {
      sent += length;
      delivered.call(watch, view, ip, offset, length);
    };
    server.listen(0, '127.0.0.1', 2100);
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    watch.endAll();
    (server as Server & { closeAllConnections(): void }).closeAllConnections();
    server.close();
    await base.close();
  });

  async function client(): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  function rangeRequest(first: number, last: number, more = ''): string {
    return `GET ${VIEW_URL} HTTP/1.1\r\nHost: x\r\nRange: bytes=${first}-${last}\r\n${more}\r\n`;
  }

  /** Reads `count` answers of one connection, and checks that each has what it announces. */
  async function bodies(socket: Socket, count: number): Promise<Buffer[]> {
    const found: Buffer[] = [];
    let got: Buffer = Buffer.alloc(0);
    let need = 0;
    const parts: Buffer[] = [];
    let held = 0;
    for await (const part of socket as AsyncIterable<Buffer>) {
      parts.push(part);
      held += part.length;
      if (held < need) continue;
      got = Buffer.concat(parts.splice(0));
      for (;;) {
        const end = got.indexOf('\r\n\r\n');
        if (end === -1) break;
        const head = got.toString('latin1', 0, end);
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
        need = end + 4 + length;
        if (got.length < need) break;
        expect(head).toMatch(/^HTTP\/1\.1 20[06] /);
        found.push(got.subarray(end + 4, need));
        got = got.subarray(need);
        need = 0;
        if (found.length === count) return found;
      }
      parts.push(got);
      held = got.length;
    }
    return found;
  }

  async function ask(first: number, last: number): Promise<Buffer> {
    const socket = await client();
    socket.write(rangeRequest(first, last));
    const [body] = await bodies(socket, 1);
    socket.destroy();
    return body ?? Buffer.alloc(0);
  }

  it('are those of one whole read, for any range', async () => {
    const range = fc.tuple(fc.nat(SIZE - 1), fc.oneof(fc.integer({ min: 1, max: 70_000 }), fc.integer({ min: 1, max: 4 * MIB })));
    await fc.assert(
      fc.asyncProperty(fc.array(range, { minLength: 1, maxLength: 12 }), async (ranges) => {
        const socket = await client();
        // All at once: answers come in the order of the requests.
        const wanted = ranges.map(([first, length]) => [first, Math.min(first + length, SIZE)] as const);
        socket.write(wanted.map(([first, end]) => rangeRequest(first, end - 1)).join(''));
        const got = await bodies(socket, wanted.length);
        socket.destroy();
        return wanted.every(([first, end], index) => got[index]?.equals(EXPECTED.subarray(first, end)) === true);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('are all of a whole GET, also where the client closes its side after the request', async () => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    sockets.push(socket);
    socket.end(`GET ${VIEW_URL} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const parts: Buffer[] = [];
    // Until the server closes its side too.
    for await (const part of socket as AsyncIterable<Buffer>) parts.push(part);
    const answer = Buffer.concat(parts);
    expect(answer.subarray(answer.indexOf('\r\n\r\n') + 4).equals(EXPECTED)).toBe(true);
    await expect.poll(() => sent).toBe(SIZE);
    await expect.poll(() => activity.types()).toContain('iso.completed');
  });

  it('reach a slow reader whole while another is served, and the connection takes further requests', async () => {
    const slow = await client();
    slow.pause();
    slow.write(rangeRequest(0, SIZE - 1) + rangeRequest(5, 9));
    expect((await ask(65_530, 70_000)).equals(EXPECTED.subarray(65_530, 70_001))).toBe(true);
    const [whole, five] = await bodies(slow, 2);
    expect(whole?.equals(EXPECTED)).toBe(true);
    expect(five?.equals(EXPECTED.subarray(5, 10))).toBe(true);
  });

  it('are not sent to another connection that gets the descriptor of one that left in the middle', async () => {
    for (let round = 0; round < 30; round++) {
      const leaving = await client();
      leaving.write(rangeRequest(0, SIZE - 1));
      await once(leaving, 'readable');
      if (round % 2 === 0) leaving.resetAndDestroy();
      else leaving.destroy();
      const first = MIB + round * 1000;
      expect((await ask(first, first + 20_000)).equals(EXPECTED.subarray(first, first + 20_001))).toBe(true);
    }
    await expect.poll(() => new Promise((done) => server.getConnections((_error, count) => done(count)))).toBe(0);
  });

  it('end with the connection where the file is cut in the middle, and an error where it was cut before', async () => {
    const socket = await client();
    socket.write(rangeRequest(0, SIZE - 1));
    await once(socket, 'readable');
    const file = openSync(path, 'r+');
    ftruncateSync(file, MIB);
    closeSync(file);
    let got = 0;
    for await (const part of socket as AsyncIterable<Buffer>) got += part.length;
    expect(got).toBeLessThan(SIZE);
    const later = await client();
    later.write(rangeRequest(2 * MIB, 2 * MIB + 99, 'Connection: close\r\n'));
    let text = '';
    for await (const part of later as AsyncIterable<Buffer>) text += part.toString('latin1');
    expect(text).toMatch(/^HTTP\/1\.1 (?:404|409|410|5\d\d) /);
    expect(text).toContain('E_IMAGE_CHANGED');
  });

  it('are refused where the file is another one', async () => {
    expect((await ask(0, 99)).equals(EXPECTED.subarray(0, 100))).toBe(true);
    const file = openSync(path, 'r+');
    writeSync(file, 'changed', 4096);
    closeSync(file);
    await new Promise((done) => setTimeout(done, 80));
    const socket = await client();
    socket.write(rangeRequest(0, 99, 'Connection: close\r\n'));
    let text = '';
    for await (const part of socket as AsyncIterable<Buffer>) text += part.toString('latin1');
    expect(text).toContain('E_IMAGE_CHANGED');
    expect(readFileSync(path).equals(BYTES)).toBe(false);
  });

  it('and what is not a request for bytes is answered on the same connection', async () => {
    const socket = await client();
    socket.write(`${rangeRequest(1, 3)}GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n${rangeRequest(4, 6)}`);
    const [one, health, two] = await bodies(socket, 3);
    expect(one?.equals(EXPECTED.subarray(1, 4))).toBe(true);
    expect(health?.toString()).toBe('ok\n');
    expect(two?.equals(EXPECTED.subarray(4, 7))).toBe(true);
  });

  it('also where a request comes byte by byte', async () => {
    const socket = await client();
    socket.setNoDelay();
    for (const byte of rangeRequest(10, 29)) {
      socket.write(byte);
      await new Promise((done) => setImmediate(done));
    }
    const [body] = await bodies(socket, 1);
    expect(body?.equals(EXPECTED.subarray(10, 30))).toBe(true);
  });
});
