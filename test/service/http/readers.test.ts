import { once } from 'node:events';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Settings, type Nic } from '../../../contract/appliance.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { createHttpService } from '../../../main-services/http/service.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { protectionOf } from '../../fixtures/protection.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { DASHED, FakeBoot, TOKEN } from './fake-boot.ts';

const NIC = { name: 'lo', index: 1, mac: '00:00:00:00:00:00', addresses: [], mtu: 65_536, loopback: true } as unknown as Nic;
const VIEW_URL = `/iso/${DASHED}/${TOKEN}/hook.iso`;
const MEBIBYTE = 2 ** 20;
const ISO_BYTES = 256 * MEBIBYTE;
const READERS = 2000;
/** 96 MiB for those that move, 64 MiB for those that have stopped, and what reads and 2,000 connections need besides; without a bound it is 600 MiB. */
const MOST = 256 * MEBIBYTE;

/** Every read is memory of its own, as that of a file is. */
const iso: ByteSource = {
  ...memorySource(new Uint8Array(), 'v'),
  size: ISO_BYTES,
  read: (_offset, length) => Promise.resolve(new Uint8Array(length).fill(7)),
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** Bytes of buffers that are in use. */
function held(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}

let port = 0;
let stop: () => Promise<void>;
const sockets: Socket[] = [];

beforeEach(async () => {
  const activity = new Recorder();
  const watch = new IsoWatch(activity, systemClock);
  const service = createHttpService({
    ...{ activity, ...protectionOf(activity), watch, log: silentLog, clock: systemClock },
    settings: Settings.parse({ dataDir: '/nothere', bootFilesDir: '', uiDir: '', httpPort: 0 }),
    boot: new FakeBoot(iso, []),
    sockets: { udp: () => Promise.reject(new Error('no UDP here')), listen },
  });
  ({ port } = await service.start({ nic: NIC, address: '127.0.0.1', netmask: '255.0.0.0' }));
  stop = async () => {
    watch.endAll();
    await service.stop();
  };
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await stop();
});

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1', READERS);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** Requests the ISO and takes the first byte of the answer only. */
async function takesNothing(from: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from, onread: { buffer: Buffer.alloc(1), callback: () => false } });
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(`GET ${VIEW_URL} HTTP/1.1\r\nHost: x\r\n\r\n`);
}

/** The bytes of the body. */
async function takes(range: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}${VIEW_URL}`, { headers: { Range: range } });
  expect(response.status).toBe(206);
  return (await response.arrayBuffer()).byteLength;
}

it(`b15: ${READERS} readers that take nothing hold a bounded amount of memory together, and one that takes is served`, async () => {
  const before = held();
  for (let reader = 0; reader < READERS; reader++) await takesNothing(`127.0.0.${2 + (reader % 16)}`);
  // Until those that have stopped were noticed, and again when they are swept.
  let most = 0;
  for (let at = 0; at < 30; at++) {
    await wait(100);
    most = Math.max(most, held() - before);
  }
  expect(most / MEBIBYTE).toBeGreaterThan(16);
  expect(most).toBeLessThan(MOST);
  expect(await takes(`bytes=0-${32 * MEBIBYTE - 1}`)).toBe(32 * MEBIBYTE);
  // Their 8 GB of kernel buffers take a minute on a busy computer.
}, 180_000);
