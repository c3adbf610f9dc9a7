import { protectionOf } from '../../fixtures/protection.ts';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ImageInput } from '../../../contract/inventory.ts';
import { hostTargetName, imageTargetName } from '../../../contract/iscsi.ts';
import type { CallContext } from '../../../contract/port.ts';
import { silentLog, systemClock } from '../../../contract/runtime.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { createHandlers } from '../../../main-services/handlers/handlers.ts';
import { createIscsiService } from '../../../main-services/iscsi/service.ts';
import { deviceSockets } from '../../../main-services/network/device-socket.ts';
import { listNics } from '../../../main-services/network/nics.ts';
import { IsoWatch } from '../../../main-services/reading/iso-watch.ts';
import { REQUEST } from '../../../main-services/iscsi/wire/codes.ts';
import { encodePdu, headerOf, NO_DIGESTS } from '../../../main-services/iscsi/wire/pdu.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { IscsiInitiator } from '../../fixtures/iscsi-initiator.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';

const run = promisify(execFile);
const PEERS = ['/usr/bin/iscsi-ls', '/usr/bin/qemu-img', '/usr/lib/x86_64-linux-gnu/qemu/block-iscsi.so'];
/** Where the packages are absent outside CI, these tests are skipped. */
const hasPeers = PEERS.every((path) => existsSync(path)) || process.env.CI !== undefined;

const OTHER_MAC = '52:54:00:88:00:09';
/** Two machines on loopback: the appliance believes the neighbour table that the test gives it. */
const ALPHA = '127.0.0.1';
const BETA = '127.0.0.2';
const STRANGER = '127.0.0.3';

const MENU = 'menuentry "Install" {\n  linux /images/pxeboot/vmlinuz quiet\n  initrd /images/pxeboot/initrd.img\n}\n';
const KERNEL_BYTES = 300_000;
const ISO = buildIso({
  volumeId: 'Fedora-S-dvd-x86_64-43',
  files: [
    { path: 'EFI/BOOT/grub.cfg', bytes: Buffer.from(MENU) },
    { path: 'images/pxeboot/vmlinuz', bytes: Buffer.alloc(KERNEL_BYTES, 'k') },
    { path: 'images/pxeboot/initrd.img', bytes: Buffer.alloc(500_000, 'i') },
  ],
  boot: { platform: 0xef, entries: [{ path: 'EFI/BOOT/grub.cfg', platform: 0xef, count: 1 }] },
});
const KERNEL = ISO.indexOf(Buffer.alloc(KERNEL_BYTES, 'k'));

let folder: string;
let appliance: Appliance;
let port: number;
const initiators: IscsiInitiator[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'iscsi-service-'));
  const macs = new Map([
    [ALPHA, MAC],
    [BETA, OTHER_MAC],
  ]);
  const neighbours = { macOf: (ip: string) => Promise.resolve(macs.get(ip)), all: () => Promise.resolve(macs) };
  appliance = await startOnLoopback(folder, {}, { neighbours });
  const path = join(folder, 'fedora.iso');
  writeFileSync(path, ISO);
  const { inventory } = appliance.rooms;
  await inventory.addImage(ImageInput.parse({ name: 'Fedora', source: { type: 'file', path } }));
  inventory.addHost({ ...hostInput('alpha', MAC), iscsi: { device: 'disk' } });
  inventory.addHost(hostInput('beta', OTHER_MAC));
  for (const host of ['alpha', 'beta']) inventory.assign(host, AssignmentInput.parse({ image: 'Fedora', args: `lab.host=${host}` }));
  const status = service();
  expect(status).toMatchObject({ state: 'ready', message: `Serving at 127.0.0.1:${status?.port ?? 0}.` });
  port = status?.port ?? 0;
});
afterEach(async () => {
  for (const { socket } of initiators.splice(0)) socket.destroy();
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

const service = () => appliance.rooms.control.status().services.find(({ name }) => name === 'iscsi');
const told = (type: string) => appliance.rooms.activity.history({ limit: 500 }).filter((event) => event.type === type);
const targetOf = (mac: string) => ({ TargetName: hostTargetName(mac) });

function connect(localAddress = ALPHA): IscsiInitiator {
  const initiator = new IscsiInitiator(port, { localAddress });
  initiators.push(initiator);
  return initiator;
}

async function loggedIn(keys: Record<string, string> = targetOf(MAC), isid?: string): Promise<IscsiInitiator> {
  const initiator = connect();
  await initiator.login(keys, isid);
  return initiator;
}

/** As a window calls, without the wire. */
async function call(name: 'iscsi.setChap' | 'iscsi.clearChap' | 'host.remove', input: unknown): Promise<unknown> {
  const handler = createHandlers(appliance.rooms)[name] as (input: unknown, context: CallContext) => unknown;
  const output = await handler(input, { signal: new AbortController().signal });
  return output;
}

/** The view of alpha, as HTTP serves it to a client with the token. */
async function overHttp(): Promise<Buffer> {
  const view = await appliance.rooms.boot.networkDisk({ host: appliance.rooms.inventory.getHost('alpha'), iface: aInterface() });
  const answer = await fetch(`${appliance.boot ?? ''}/iso/${MAC.replaceAll(':', '-')}/${view.token}/x.iso`);
  expect(answer.status).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

function aInterface() {
  const [iface] = appliance.rooms.inventory.getHost('alpha').interfaces;
  if (!iface) throw new Error('alpha has no interface');
  return iface;
}

describe.skipIf(!hasPeers)('libiscsi and QEMU', () => {
  it('find only their own target, and read the bytes of its view', async () => {
    const { stdout } = await run('iscsi-ls', [`iscsi://127.0.0.1:${port}`]);
    expect(stdout.trim()).toBe(`Target:${hostTargetName(MAC)} Portal:127.0.0.1:${port},1`);
    const copy = join(folder, 'copy.iso');
    await run('qemu-img', ['convert', '-O', 'raw', `iscsi://127.0.0.1:${port}/${hostTargetName(MAC)}/0`, copy]);
    const [read, served] = [readFileSync(copy), await overHttp()];
    expect(read.subarray(0, served.length).equals(served)).toBe(true);
    expect(served.equals(ISO)).toBe(false);
  });

  it('read the unmodified ISO from the target of an image, however its name is written', async () => {
    const copy = join(folder, 'image.iso');
    await run('qemu-img', ['convert', '-O', 'raw', `iscsi://127.0.0.1:${port}/${imageTargetName('Fedora').toLowerCase()}/0`, copy]);
    expect(readFileSync(copy).subarray(0, ISO.length).equals(ISO)).toBe(true);
  });
});

describe('who may log in', () => {
  it.each([
    ['the machine itself', ALPHA, targetOf(MAC), 0],
    ['another machine', BETA, targetOf(MAC), 0x0202],
    ['a machine that is not known', STRANGER, targetOf(MAC), 0x0202],
    ['to a target that there is not', ALPHA, targetOf('52:54:00:00:00:77'), 0x0203],
    ['to an image, everyone', STRANGER, { TargetName: imageTargetName('fedora') }, 0],
    ['to an image that there is not', ALPHA, { TargetName: imageTargetName('debian') }, 0x0203],
  ])('%s', async (_name, address, keys, status) => {
    expect(await connect(address).tryLogin(keys)).toBe(status);
  });

  it('another machine discovers nothing of it', async () => {
    const discover = async (address: string): Promise<string> => {
      const initiator = connect(address);
      await initiator.login({ SessionType: 'Discovery', TargetName: '' });
      const header = headerOf(0x40 | REQUEST.text, 0x80);
      header.writeUInt32BE(7, 16);
      header.writeUInt32BE(0xffffffff, 20);
      initiator.socket.write(Buffer.concat(encodePdu(header, Buffer.from('SendTargets=All\0'), NO_DIGESTS)));
      return (await initiator.next()).data.toString();
    };
    expect(await discover(BETA)).toBe(`TargetName=${hostTargetName(OTHER_MAC)}\0TargetAddress=127.0.0.1:${port},1\0`);
    expect(await discover(STRANGER)).toBe('');
  });

  it('is told, a storm of refusals once', async () => {
    for (let round = 0; round < 30; round += 1) expect(await connect(BETA).tryLogin(targetOf(MAC))).toBe(0x0202);
    expect(told('iscsi.refused')).toMatchObject([{ ip: BETA, mac: MAC, data: { code: 'E_IDENTITY_UNKNOWN' } }]);
  });
});

describe('a session', () => {
  it('is evidence of what the machine read, as over HTTP', async () => {
    const initiator = await loggedIn();
    const blocks = Math.ceil(KERNEL_BYTES / 512);
    for (let block = 0; block < blocks; block += 60) await initiator.read(KERNEL / 512 + block, Math.min(60, blocks - block));
    await expect.poll(() => told('iso.file-read').map(({ data }) => data.file)).toContain('images/pxeboot/vmlinuz');
    expect(told('iso.opened')).toMatchObject([{ host: 'alpha', ip: ALPHA }]);
    expect(appliance.rooms.readings.of('alpha')).toMatchObject({ image: 'Fedora', covered: 512 * Math.ceil(KERNEL_BYTES / 512) });
    initiator.socket.destroy();
    await expect.poll(() => told('iscsi.closed')).toMatchObject([{ host: 'alpha', data: { bytes: 512 * Math.ceil(KERNEL_BYTES / 512) } }]);
    expect(told('iscsi.closed')[0]?.message).toBe('alpha stopped using its ISO over iSCSI after reading 300 kB.');
    expect(told('iscsi.login')).toMatchObject([{ host: 'alpha', data: { target: hostTargetName(MAC), device: 'disk' } }]);
  });

  it('and the next one read the same view after the assignment is done and changed', async () => {
    const { inventory, boot } = appliance.rooms;
    const { token } = await boot.networkDisk({ host: inventory.getHost('alpha'), iface: aInterface() });
    const before = await loggedIn();
    const bytes = await before.read(16, 8);
    inventory.setAssignmentState('alpha', 'done', []);
    expect(await before.read(16, 8)).toEqual(bytes);
    expect((await boot.networkDisk({ host: inventory.getHost('alpha'), iface: aInterface() })).token).toBe(token);
    expect(await (await loggedIn({ ...targetOf(MAC), InitiatorName: 'iqn.2026-01.org.example:linux' })).read(16, 8)).toEqual(bytes);
    inventory.assign('alpha', AssignmentInput.parse({ image: 'Fedora', args: 'lab.host=changed' }));
    expect(await before.read(16, 8)).toEqual(bytes);
    expect((await boot.networkDisk({ host: inventory.getHost('alpha'), iface: aInterface() })).token).not.toBe(token);
  });

  it('is reinstated by a login with the same name and ISID, and stays with another ISID', async () => {
    const [first, second] = [await loggedIn(targetOf(MAC), '800000000001'), await loggedIn(targetOf(MAC), '800000000002')];
    const again = await loggedIn(targetOf(MAC), '800000000001');
    await first.closed;
    expect([second.socket.destroyed, again.socket.destroyed]).toEqual([false, false]);
    expect(appliance.rooms.iscsi.sessions()).toHaveLength(2);
  });

  it('that is idle gives its place to a newer one of the same initiator', async () => {
    const open = [];
    for (let index = 0; index < 8; index += 1) open.push(await loggedIn(targetOf(MAC), `80000000000${index}`));
    await loggedIn(targetOf(MAC), '800000000009');
    await open[0]?.closed;
    expect(appliance.rooms.iscsi.sessions()).toHaveLength(8);
    expect(await connect().tryLogin({ ...targetOf(MAC), InitiatorName: 'iqn.2026-01.org.example:other' })).toBe(0x0302);
  });
});

describe('connections that never log in', () => {
  it('are bounded, and the machine can log in when they are gone', async () => {
    const half = Array.from({ length: 40 }, () => connect());
    await expect.poll(() => half.filter(({ socket }) => socket.destroyed).length).toBe(24);
    expect(told('iscsi.refused')).toMatchObject([{ ip: ALPHA, data: { code: 'E_ISCSI_BUSY' } }]);
    for (const { socket } of half) socket.destroy();
    const login = async (): Promise<number> => {
      const initiator = connect();
      return Promise.race([initiator.tryLogin(targetOf(MAC)), initiator.closed.then(() => -1)]);
    };
    await expect.poll(login).toBe(0);
  });
});

describe('CHAP', () => {
  const chap = (more: Record<string, unknown>) => call('iscsi.setChap', { host: 'alpha', username: 'bench', ...more });

  it.skipIf(!hasPeers)('is asked of the machine, both ways where the host says so', async () => {
    await chap({ secret: 'abcdefghijkl', reverse: { username: 'us', secret: 'lkjihgfedcba' } });
    const at = `127.0.0.1:${port}/${hostTargetName(MAC)}/0`;
    const inquire = (user: string, more = '') => run('iscsi-inq', [`iscsi://${user}${at}${more}`]);
    const mutual = (secret: string) => `?target_user=us&target_password=${secret}`;
    expect((await inquire('bench%abcdefghijkl@')).stdout).toContain('DIRECT_ACCESS');
    expect((await inquire('bench%abcdefghijkl@', mutual('lkjihgfedcba'))).stdout).toContain('DIRECT_ACCESS');
    await expect(inquire('bench%abcdefghijkl@', mutual('lkjihgfedcbx'))).rejects.toThrow();
    await expect(inquire('bench%abcdefghijkX@')).rejects.toThrow();
    await expect(inquire('')).rejects.toThrow();
    expect(told('iscsi.refused')).toMatchObject([{ message: expect.stringContaining('CHAP') as string, data: { code: 'E_ISCSI_LOGIN' } }]);
    await call('iscsi.clearChap', { host: 'alpha' });
    expect((await inquire('')).stdout).toContain('DIRECT_ACCESS');
  });

  it('without a stored secret admits nobody', async () => {
    appliance.rooms.inventory.patchHost('alpha', { iscsi: { chap: { username: 'bench' } } });
    expect(await connect().tryLogin({ ...targetOf(MAC), AuthMethod: 'CHAP' })).toBe(0x0201);
    expect(told('iscsi.refused')).toMatchObject([{ data: { code: 'E_NO_CHAP_SECRET' } }]);
  });

  it('goes with its host', async () => {
    await chap({ secret: 'abcdefghijkl' });
    await call('host.remove', { name: 'alpha' });
    appliance.rooms.inventory.addHost(hostInput('alpha', MAC));
    await expect(chap({})).rejects.toMatchObject({ code: 'E_NO_CHAP_SECRET' });
  });
});

describe('a machine that boots by the script', () => {
  it('reads the view that the script was made with', async () => {
    const { inventory, boot } = appliance.rooms;
    inventory.assign('alpha', AssignmentInput.parse({ image: 'Fedora', args: 'lab.host=script' }));
    const script = await (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    const named = await boot.receipt('alpha');
    expect(script).toContain(named.token);
    expect((await boot.networkDisk({ host: inventory.getHost('alpha'), iface: aInterface() })).token).toBe(named.token);
    inventory.assign('alpha', AssignmentInput.parse({ image: 'Fedora', args: 'lab.host=script' }));
    await (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    expect((await boot.networkDisk({ host: inventory.getHost('alpha'), iface: aInterface() })).token).toBe(named.token);
  });
});

describe('a system that still runs when its host is armed again', () => {
  it('goes on reading, which is no evidence of the boot to come', async () => {
    const initiator = await loggedIn();
    await initiator.read(0, 8);
    await expect.poll(() => told('iso.opened')).toHaveLength(1);
    appliance.rooms.inventory.assign('alpha', AssignmentInput.parse({ image: 'Fedora' }));
    await initiator.read(KERNEL / 512, 8);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told('iso.opened')).toHaveLength(1);
    await (await loggedIn(targetOf(MAC), '800000000002')).read(0, 8);
    await expect.poll(() => told('iso.opened')).toHaveLength(2);
  });
});

describe('when the cable is pulled and connected again', () => {
  it('sessions end, and the machine logs in to the same view', async () => {
    const { boot, activity } = appliance.rooms;
    const other = createIscsiService({
      ...{ boot, activity, ...protectionOf(activity), log: silentLog, clock: systemClock, settings: { iscsiPort: 0 } },
      watch: new IsoWatch(activity, systemClock),
      sockets: deviceSockets({ log: silentLog }),
      chap: () => Promise.resolve(undefined),
    });
    const lo = (await listNics()).find(({ loopback }) => loopback)!;
    const binding = { nic: lo, address: '127.0.0.1', netmask: '255.0.0.0' };
    const at = async (): Promise<IscsiInitiator> => {
      ({ port } = await other.start(binding));
      return loggedIn();
    };
    const before = await at();
    const bytes = await before.read(16, 8);
    await other.stop();
    await before.closed;
    expect(other.sessions()).toEqual([]);
    expect(told('iscsi.closed')).toMatchObject([{ message: expect.stringContaining('the service was stopped') as string }]);
    expect(await (await at()).read(16, 8)).toEqual(bytes);
    await other.stop();
  });
});

describe('iscsi.watch', () => {
  it('has every session, with what it read', async () => {
    const stop = new AbortController();
    const stream = createHandlers(appliance.rooms)['iscsi.watch']({}, { signal: stop.signal });
    const initiator = await loggedIn();
    await initiator.read(0, 60);
    for await (const sessions of stream) {
      const [session] = sessions;
      if (session?.bytes !== 60 * 512 || session.rate === 0) continue;
      expect(session).toMatchObject({ host: 'alpha', target: hostTargetName(MAC), address: ALPHA, device: 'disk' });
      initiator.socket.destroy();
      break;
    }
    stop.abort();
    await expect.poll(() => appliance.rooms.iscsi.sessions()).toEqual([]);
  });
});
