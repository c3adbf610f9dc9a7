import { protectionOf } from '../../fixtures/protection.ts';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { connect, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Settings, type Nic } from '../../../contract/appliance.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { createHttpService, type HttpService } from '../../../main-services/http/service.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { listNics } from '../../../main-services/network/nics.ts';
import { Recorder } from '../../fixtures/recorder.ts';
import { DASHED, FakeBoot, TOKEN } from './fake-boot.ts';

const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));

let dir: string;
let service: HttpService;
let activity: Recorder;
let refused: BootbenchError | undefined;
let lo: Nic;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'https-'));
  lo = (await listNics()).find(({ loopback }) => loopback)!;
  activity = new Recorder();
  refused = undefined;
});
afterEach(async () => {
  await service.stop();
  rmSync(dir, { recursive: true, force: true });
});

function listen(server: Server, _nic: Nic, port: number): Promise<number> {
  if (port === 7443 && refused) return Promise.reject(refused);
  return new Promise((done) => server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port)));
}

async function start(more: Record<string, unknown>): Promise<{ text: string; http: string; httpsPort: number | undefined }> {
  service = createHttpService({
    settings: Settings.parse({ dataDir: dir, bootFilesDir: dir, uiDir: dir, httpPort: 0, ...more }),
    boot: new FakeBoot(memorySource(BYTES, 'v'), []),
    activity,
    ...protectionOf(activity),
    watch: new IsoWatch(activity, systemClock),
    log: silentLog,
    clock: systemClock,
    sockets: { udp: () => Promise.reject(new Error('no UDP here')), listen },
  });
  const { port, message: text } = await service.start({ nic: lo, address: '127.0.0.1', netmask: '255.0.0.0' });
  return { text, http: `http://127.0.0.1:${port}`, httpsPort: service.endpoints().find(({ scheme }) => scheme === 'https')?.port };
}

/** Trusts what it was given, and nothing else. */
function get(
  port: number,
  path: string,
  ca: string | undefined,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, ca, headers, agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(parts) }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('ISOs over TLS', () => {
  it('are the same bytes, for who trusts the authority that the boot plane gives', async () => {
    const { http, httpsPort, text } = await start({ httpsPort: 7443 });
    expect(text).toContain(`ISOs also at https://127.0.0.1:${httpsPort} on lo`);
    const ca = await (await fetch(`${http}/bootbench-ca.pem`)).text();
    const path = `/iso/${DASHED}/${TOKEN}/hook.iso`;
    expect((await get(httpsPort!, path, ca)).body.equals(BYTES)).toBe(true);
    const part = await get(httpsPort!, path, ca, { Range: 'bytes=1000-1999' });
    expect([part.status, part.body.equals(BYTES.subarray(1000, 2000))]).toEqual([206, true]);
    expect(activity.types()).toEqual(['iso.opened', 'iso.completed']);
  });

  it('are refused by who does not trust it, and that is an event', async () => {
    const { httpsPort } = await start({ httpsPort: 7443 });
    const curl = execFile('curl', ['-sS', '-o', '/dev/null', `https://127.0.0.1:${httpsPort}/iso/${DASHED}/${TOKEN}/hook.iso`]);
    const [code] = (await once(curl, 'exit')) as [number];
    expect(code).toBe(60);
    await expect
      .poll(() => activity.events)
      .toMatchObject([{ type: 'iso.refused', ip: '127.0.0.1', message: expect.stringContaining('unknown ca') as string }]);
  });

  it('are the only thing there', async () => {
    const { http, httpsPort } = await start({ httpsPort: 7443 });
    const ca = await (await fetch(`${http}/bootbench-ca.pem`)).text();
    for (const path of [
      '/ipxe?mac=52:54:00:88:00:02',
      '/boot/ipxe.efi',
      '/api/v1/bootconfig',
      '/healthz',
      '/bootbench-ca.pem',
      `/config/${TOKEN}/ks.cfg`,
    ])
      expect((await get(httpsPort!, path, ca)).status).toBe(404);
  });

  it('are off until asked for, and so is the authority', async () => {
    const { http, httpsPort, text } = await start({});
    expect([httpsPort, text]).toEqual([undefined, `${http} on lo`]);
    expect((await fetch(`${http}/bootbench-ca.pem`)).status).toBe(404);
  });

  it('say why they are not there, while http serves, and come by themselves', async () => {
    refused = new BootbenchError('E_PORT_IN_USE', 'TCP port 7443 is held by nginx (pid 7).');
    const { http, text } = await start({ httpsPort: 7443 });
    expect(text).toContain('no ISOs over https on lo: TCP port 7443 is held by nginx (pid 7).');
    expect(service.extraEndpoints()).toEqual([{ nic: 'lo', scheme: 'https', message: 'TCP port 7443 is held by nginx (pid 7).' }]);
    expect((await fetch(`${http}/healthz`)).status).toBe(200);
    const told = new Promise<string>((resolve) => service.onStatus(({ message }) => resolve(message)));
    refused = undefined;
    expect(await told).toContain('ISOs also at https://');
  });

  it('say that a network port is not there', async () => {
    const { text } = await start({ bmcNics: ['nothere0'] });
    expect(text).toContain('no ISOs over http on nothere0: ');
  });

  it('end with the service, even in the middle of a handshake', async () => {
    const { httpsPort } = await start({ httpsPort: 7443 });
    const socket = connect(httpsPort!, '127.0.0.1');
    const ended = new Promise((resolve) => socket.on('close', resolve).on('error', () => undefined));
    await new Promise((resolve) => socket.once('connect', resolve));
    await service.stop();
    await ended;
    expect(service.endpoints()).toEqual([]);
  });
});

describe('a probe’s ISO', () => {
  it('is served where a view would be, and tells how it was asked for', async () => {
    const { http } = await start({});
    const seen: unknown[] = [];
    const probe = service.probes.open(memorySource(BYTES, 'p'), (request) => seen.push(request));
    const url = `${http}/iso/${DASHED}/${probe.token}/any-name.iso?x=1`;
    await fetch(url, { method: 'HEAD' });
    const part = await fetch(url, { headers: { Range: 'bytes=0-9', 'User-Agent': 'BMC' } });
    expect(Buffer.from(await part.arrayBuffer()).equals(BYTES.subarray(0, 10))).toBe(true);
    expect(seen).toMatchObject([
      { method: 'HEAD', scheme: 'http', ip: '127.0.0.1' },
      { method: 'GET', range: 'bytes=0-9', userAgent: 'BMC' },
    ]);
    probe.close();
    expect((await fetch(url)).status).not.toBe(200);
    expect(activity.types()).not.toContain('iso.opened');
  });
});
