import { once } from 'node:events';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Settings, type Nic } from '../../../contract/appliance.ts';
import type { Host } from '../../../contract/inventory.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import type { Identity } from '../../../main-services/boot/boot.ts';
import { LAST_WORD_MS, MAX_CONNECTIONS, MAX_CONNECTIONS_PER_ADDRESS } from '../../../main-services/http/connections.ts';
import { probeIsos } from '../../../main-services/http/probe-isos.ts';
import { openDataPlane } from '../../../main-services/data-plane/data-plane.ts';
import { createBootServer, createHttpService } from '../../../main-services/http/service.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { RefusalLog } from '../../../main-services/reading/refusal-log.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { DASHED, FakeBoot, TOKEN } from './fake-boot.ts';

const KNOWN = '127.0.0.200';
const NIC = { name: 'lo', index: 1, mac: '00:00:00:00:00:00', addresses: [], mtu: 65_536, loopback: true } as unknown as Nic;

const boot = Object.assign(new FakeBoot(memorySource(Buffer.alloc(4096), 'v'), []), {
  identifyAddress: (ip: string): Identity =>
    ip === KNOWN ? { kind: 'host', host: { name: 'node-1' } as Host, iface: {} as Host['interfaces'][number] } : { kind: 'unknown' },
});

let activity: Recorder;
let watch: IsoWatch;
let server: Server;
let port = 0;
let stop: () => Promise<void>;
const sockets = new Set<Socket>();

beforeEach(async () => {
  activity = new Recorder();
  watch = new IsoWatch(activity, systemClock);
  const service = createHttpService({
    ...{ activity, ...protectionOf(activity), watch, log: silentLog, clock: systemClock },
    settings: Settings.parse({ dataDir: '/nothere', bootFilesDir: '', uiDir: '', httpPort: 0 }),
    boot: boot,
    sockets: {
      udp: () => Promise.reject(new Error('no UDP here')),
      listen: (listening) => {
        server = listening;
        return listen(server);
      },
    },
  });
  ({ port } = await service.start({ nic: NIC, address: '127.0.0.1', netmask: '255.0.0.0' }));
  stop = () => service.stop();
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await stop();
});

async function listen(listening: Server): Promise<number> {
  listening.listen(0, '127.0.0.1', 2048);
  await once(listening, 'listening');
  return (listening.address() as AddressInfo).port;
}

/** A connection that sends nothing and leaves its side open. */
async function silent(from: string, to = port): Promise<void> {
  const socket = connect({ port: to, host: '127.0.0.1', localAddress: from, allowHalfOpen: true });
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.resume();
  await once(socket, 'connect');
}

/** The status line. */
async function get(from: string, path = '/healthz', connection = 'close'): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`);
  const [bytes = ''] = (await Promise.race([once(socket, 'data'), once(socket, 'close').then(() => [])])) as [Buffer?];
  return bytes.toString('latin1').split('\r\n', 1)[0] ?? '';
}

function connectionsOf(one: Server): Promise<number> {
  return new Promise((resolve) => {
    one.getConnections((_error, count) => resolve(count));
  });
}

const OK = 'HTTP/1.1 200 OK';

it('b4: silent connections of one address leave HTTP open to all others, and are one event', async () => {
  for (let index = 0; index < MAX_CONNECTIONS; index++) await silent('127.0.0.2');
  expect(await get('127.0.0.3')).toBe(OK);
  expect(await get(KNOWN)).toBe(OK);
  await expect.poll(() => connectionsOf(server), { timeout: 3000 }).toBeLessThanOrEqual(MAX_CONNECTIONS_PER_ADDRESS + 2);
  expect(activity.types()).toEqual(['protection.limited']);
}, 30_000);

it('b4: a client beyond the share of its address gets the reason, and a place when another one of it stays silent', async () => {
  for (let index = 0; index < MAX_CONNECTIONS_PER_ADDRESS; index++) await silent('127.0.0.2');
  expect(await get('127.0.0.2')).toBe('HTTP/1.1 503 Service Unavailable');
  await wait(1000);
  expect(await get('127.0.0.2')).toBe(OK);
});

it('b4: a known host is served while silent connections of many addresses hold every place', async () => {
  const addresses = Array.from({ length: MAX_CONNECTIONS / MAX_CONNECTIONS_PER_ADDRESS }, (_, index) => `127.0.0.${index + 2}`);
  for (const address of addresses) for (let index = 0; index < MAX_CONNECTIONS_PER_ADDRESS; index++) await silent(address);
  expect(await get(KNOWN)).toBe(OK);
  expect(await connectionsOf(server)).toBeGreaterThanOrEqual(MAX_CONNECTIONS - 1);
}, 30_000);

it('b4: BMCs behind one router do not share its places once they have requested their ISO by its token', async () => {
  const url = `/iso/${DASHED}/${TOKEN}/hook.iso`;
  for (let index = 0; index < MAX_CONNECTIONS_PER_ADDRESS + 50; index++) expect(await get('127.0.0.2', url, 'keep-alive')).toBe(OK);
  expect(await connectionsOf(server)).toBe(MAX_CONNECTIONS_PER_ADDRESS + 50);
  expect(activity.types()).not.toContain('protection.limited');
  watch.endAll();
});

it('b4: a connection that stays half-closed after 408 is ended', async () => {
  const protection = protectionOf(activity);
  const timing = { keepAliveTimeout: 500, headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 50 };
  const answering = {
    ...{ boot: boot, activity, watch, ...protection, clock: systemClock, probes: probeIsos() },
    refusals: new RefusalLog(protection.strangers),
    authorityPem: () => Promise.resolve(undefined),
  };
  const slow = createBootServer({ ...answering, plane: await openDataPlane() }, silentLog, timing);
  await silent('127.0.0.2', await listen(slow));
  await expect.poll(() => connectionsOf(slow)).toBe(1);
  await wait(400 + LAST_WORD_MS);
  expect(await connectionsOf(slow)).toBe(0);
  slow.close();
});

/** Sends the requests in one piece, and resolves with all that was received until the connection ended or `count` responses are there. */
function pipelined(from: string, paths: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).join(''));
  let received = '';
  return new Promise((resolve) => {
    socket.on('close', () => resolve(received));
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      if (received.split(OK).length > paths.length) resolve(received);
    });
  });
}

it('requests that are sent ahead are answered in their order, one at a time', async () => {
  const running = { now: 0, most: 0 };
  const script = boot.script.bind(boot);
  boot.script = async (request) => {
    running.most = Math.max(running.most, ++running.now);
    await wait(5);
    running.now -= 1;
    return { ...(await script(request)), text: `#!ipxe\necho ${request.mac}\n` };
  };
  const macs = Array.from({ length: 10 }, (_, index) => `52:54:00:88:01:0${index}`);
  const received = await pipelined(
    '127.0.0.2',
    macs.map((mac) => `/ipxe?mac=${mac}`),
  );
  boot.script = script;
  expect(received.match(/52:54:00:88:01:0\d/g)).toEqual(macs);
  expect(running.most).toBe(1);
});

it('a client that sends thousands of requests ahead loses its connections; others are served, and it is one event', async () => {
  await silent('127.0.0.2');
  boot.calls = [];
  await Promise.all(Array.from({ length: 20 }, () => pipelined('127.0.0.2', Array<string>(1500).fill('/boot/ipxe.efi'))));
  expect(boot.calls.length).toBeLessThan(20);
  expect(await get('127.0.0.2')).toBe('');
  expect(await get('127.0.0.3')).toBe(OK);
  expect(await get(KNOWN)).toBe(OK);
  expect(activity.types().filter((type) => type.startsWith('protection'))).toEqual(['protection.limited']);
});
