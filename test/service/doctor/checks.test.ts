import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import type { DoctorCheck } from '../../../contract/doctor.ts';
import { silentLog, systemClock, type Clock, type HostServices } from '../../../contract/runtime.ts';
import { openDb } from '../../../db/open.ts';
import { checkBootFiles } from '../../../main-services/doctor/boot-files.ts';
import { checkDataDirectory } from '../../../main-services/doctor/data-directory.ts';
import { allChecks } from '../../../main-services/doctor/doctor.ts';
import { openBootFileCatalogue } from '../../../main-services/boot/files/boot-files.ts';
import type { BootFileEntry } from '../../../main-services/boot-files/catalogue.ts';
import { quietHost } from '../../fixtures/host-services.ts';

let folder: string;
let dataDir: string;
let bootFilesDir: string;
/** Closed after each test. */
let open: (() => unknown)[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  [dataDir, bootFilesDir] = [join(folder, 'data'), join(folder, 'boot-files')];
  mkdirSync(bootFilesDir);
  open = [];
});
afterEach(async () => {
  for (const close of open) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A keyring that hangs is waited for no longer. */
const clock: Clock = { ...systemClock, after: (_ms, run) => systemClock.after(50, run) };

async function check(id: string, more: Record<string, unknown> = {}, host: Partial<HostServices> = {}): Promise<DoctorCheck> {
  const api = { host: '127.0.0.1', port: 0 };
  const ports = { httpPort: 0, tftpPort: 0, iscsiPort: 0, dhcpPort: 0 };
  const settings = Settings.parse({ dataDir, bootFilesDir, uiDir: '/u', nic: 'lo', api, ...ports, ...more });
  const loads: HostServices = { ...quietHost, serial: () => Promise.resolve(undefined), ...host };
  const found = (await allChecks({ settings, hostServices: loads, clock })).find((each) => each.id === id);
  return found ?? expect.fail(`no line ${id}`);
}

async function takeTcp(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

async function takeUdp(): Promise<number> {
  const socket = dgram.createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  open.push(() => socket.close());
  return socket.address().port;
}

const holder = `pid ${process.pid}`;

describe('a line of bootbench doctor', () => {
  it.each(['native-better-sqlite3', 'native-koffi', 'native-serialport', 'data-directory', 'lock', 'database'])(
    'is ok where nothing is wrong (%s), and nothing is left behind',
    async (id) => {
      expect(await check(id)).toMatchObject({ state: 'ok' });
      expect(readdirSync(folder)).toEqual(['boot-files']);
    },
  );
  it.each(['port-dhcp', 'port-tftp', 'port-http', 'port-iscsi', 'port-api', 'passwords'])(
    'is ok where nothing is wrong (%s)',
    async (id) => {
      expect(await check(id)).toMatchObject({ state: 'ok' });
    },
  );

  it('fails: serialport does not load in the main thread', async () => {
    const serial = () => Promise.reject(new Error('invalid ELF header'));
    expect(await check('native-serialport', {}, { serial })).toMatchObject({
      state: 'failed',
      code: 'E_NATIVE_MODULE',
      message: expect.stringMatching(/serialport.*invalid ELF header/) as string,
    });
  });

  it.runIf(process.platform === 'linux')('fails: the data directory cannot be written', async () => {
    const broken = { dataDir: '/proc/bootbench' };
    expect(await check('data-directory', broken)).toMatchObject({
      state: 'failed',
      code: 'E_DB',
      next: expect.stringContaining('--data-dir') as string,
    });
    expect(await check('database', broken)).toMatchObject({ state: 'failed', code: 'E_DB' });
  });

  it('fails: the data directory is a file', async () => {
    writeFileSync(dataDir, '');
    expect(await check('data-directory')).toMatchObject({ state: 'failed', message: expect.stringContaining('not a folder') as string });
  });

  it('fails or warns by the free space', async () => {
    expect(await checkDataDirectory(dataDir, () => Promise.resolve(1e6))).toMatchObject({ state: 'failed', code: 'E_DISK_FULL' });
    expect(await checkDataDirectory(dataDir, () => Promise.resolve(1e9))).toMatchObject({ state: 'warning', code: 'E_DISK_FULL' });
  });

  it('fails: the database is damaged', async () => {
    const db = openDb(dataDir);
    db.close();
    expect(await check('database')).toMatchObject({ state: 'ok', message: expect.stringContaining('bootbench.db, activity.db') as string });
    writeFileSync(join(dataDir, 'bootbench.db'), 'not a database, but long enough to be read as the header of one'.repeat(100));
    expect(await check('database')).toMatchObject({ state: 'failed', code: 'E_DB', message: expect.stringContaining(dataDir) as string });
  });

  it('warns: another Bootbench has the data directory, and its database is left alone', async () => {
    const db = openDb(dataDir);
    open.push(() => db.close());
    expect(await check('lock')).toMatchObject({ state: 'warning', code: 'E_LOCKED' });
    expect(await check('database')).toMatchObject({ state: 'ok' });
    db.write(() => undefined);
  });

  it.each([
    ['port-http', takeTcp, 'httpPort'],
    ['port-iscsi', takeTcp, 'iscsiPort'],
    ['port-tftp', takeUdp, 'tftpPort'],
    ['port-dhcp', takeUdp, 'dhcpPort'],
  ])('fails: another program has the port, and is named (%s)', async (id, take, member) => {
    expect(await check(id, { [member]: await take() })).toMatchObject({
      state: 'failed',
      code: 'E_PORT_IN_USE',
      message: expect.stringContaining(holder) as string,
    });
  });

  it('fails: another program has the port of the UI', async () => {
    const port = await takeTcp();
    expect(await check('port-api', { api: { host: '127.0.0.1', port } })).toMatchObject({
      state: 'failed',
      code: 'E_PORT_IN_USE',
      message: expect.stringContaining(holder) as string,
      next: expect.stringContaining('--api') as string,
    });
  });

  it('fails for a network port that this computer does not have, and warns where none is chosen', async () => {
    expect(await check('nic', { nic: 'nonesuch0' })).toMatchObject({ state: 'failed', code: 'E_NIC_UNKNOWN' });
    expect(await check('nic', { nic: undefined })).toMatchObject({ state: 'warning', next: expect.stringContaining('--nic') as string });
  });

  it.each([
    ['is rejected', () => Promise.reject(new Error('the keyring is locked')), 'failed', 'the keyring is locked'],
    ['hangs', () => new Promise<never>(() => undefined), 'failed', 'no answer'],
    ['has no safe place', () => Promise.resolve(undefined), 'warning', 'not stored'],
  ] as const)('says that a password lasts for this session only when its encryption %s', async (_how, seal, state, words) => {
    expect(await check('passwords', {}, { seal })).toMatchObject({
      state,
      code: 'E_SECRETS_NOT_STORED',
      message: expect.stringContaining(words) as string,
    });
  });

  it('fails: a password is decrypted to another text', async () => {
    expect(await check('passwords', {}, { unseal: () => Promise.resolve('another') })).toMatchObject({ state: 'failed' });
  });
});

describe('the line of the boot files', () => {
  const entry = (name: string): BootFileEntry => ({
    ...{ name, aliases: [], architecture: 'x86-64', sha256: '0'.repeat(64), cost: `No ${name}.` },
    source: { suite: 'trixie', package: 'ipxe', packageArchitecture: 'all', version: '1.21', path: `usr/lib/ipxe/${name}` },
  });
  const files = ['ipxe.efi', 'undionly.kpxe'].map(entry);
  const line = () => checkBootFiles(bootFilesDir, openBootFileCatalogue({ dir: bootFilesDir, log: silentLog, files }));
  const put = (name: string, bytes = 4096): void => writeFileSync(join(bootFilesDir, name), Buffer.alloc(bytes));

  it('names a file with its path and version', async () => {
    files.forEach(({ name }) => put(name));
    const { state, message } = await line();
    expect(state).toBe('ok');
    expect(message).toContain(bootFilesDir);
    expect(message).toContain('ipxe 1.21');
  });

  it('fails when all are missing, and warns when one is, with what that costs', async () => {
    expect(await line()).toMatchObject({ state: 'failed', code: 'E_BOOT_FILE_MISSING' });
    put('ipxe.efi');
    expect(await line()).toMatchObject({ state: 'warning', message: expect.stringContaining('No undionly.kpxe.') as string });
  });

  it.each([
    ['a folder', () => mkdirSync(join(bootFilesDir, 'ipxe.efi'))],
    ['an empty file', () => put('ipxe.efi', 0)],
  ])('fails when one cannot be read (%s)', async (_what, make) => {
    make();
    put('undionly.kpxe');
    expect(await line()).toMatchObject({
      state: 'failed',
      code: 'E_FILE_UNREADABLE',
      message: expect.stringContaining('ipxe.efi') as string,
    });
  });
});
