import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApplianceStatus } from '../../../contract/appliance.ts';
import type { Handlers } from '../../../contract/port.ts';
import type { Appliance, ApplianceDeps } from '../../../main-services/appliance/appliance.ts';
import { createHandlers } from '../../../main-services/handlers/handlers.ts';
import { freePort } from '../dhcp/loopback.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { ipxeProgram } from '../../fixtures/boot-files.ts';

const MAC = '52:54:00:00:00:09';
/** A system whose distribution has no packages of boot files. */
const OTHER_SYSTEM = { etc: '/nowhere', release: { ID: 'arch', PRETTY_NAME: 'Arch Linux' } };

let folder: string;
let appliance: Appliance | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'appliance-settings-'));
});
afterEach(async () => {
  await appliance?.stop();
  appliance = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Record<string, unknown> = {}, deps: Partial<ApplianceDeps> = {}): Promise<Appliance> {
  const ports = { dhcpPort: await freePort(), dhcpClientPort: await freePort() };
  appliance = await startOnLoopback(folder, { ...ports, ...more }, deps);
  return appliance;
}

const service = (name: string) => appliance?.rooms.control.status().services.find((each) => each.name === name);
const change = (patch: Record<string, unknown>) => appliance?.rooms.control.changeSettings(patch);
const check = async (id: string, nic?: string) => (await appliance?.rooms.control.preflight(nic))?.find((each) => each.id === id);
const texts = () => appliance?.rooms.activity.history({ limit: 100 }).map(({ type, message: text }) => `${type} ${text}`) ?? [];

async function follow(handlers: Handlers, seen: ApplianceStatus[], signal: AbortSignal): Promise<void> {
  for await (const status of handlers['appliance.statusWatch']({}, { signal })) seen.push(status);
}

describe('settings while it runs', () => {
  it('start DHCP again, leave TFTP and HTTP alone, and tell in the stream and as an event', async () => {
    const running = await start();
    const ports = [service('tftp')?.port, service('http')?.port];
    const ups = texts().filter((text) => text.startsWith('service.up')).length;
    const seen: ApplianceStatus[] = [];
    const end = new AbortController();
    const following = follow(createHandlers(running.rooms), seen, end.signal);
    expect(await change({ dhcp: 'proxy' })).toMatchObject({ dhcp: 'proxy' });
    expect(service('dhcp')).toMatchObject({ state: 'ready', message: expect.stringContaining('Proxy DHCP') as string });
    expect(await change({ dhcp: 'full', pool: ['127.0.1.1', '127.0.1.9'] })).toMatchObject({ pool: ['127.0.1.1', '127.0.1.9'] });
    expect(service('dhcp')?.message).toContain('127.0.1.1-127.0.1.9');
    await change({ dhcp: 'off' });
    expect(service('dhcp')?.state).toBe('off');
    expect([service('tftp')?.port, service('http')?.port]).toEqual(ports);
    expect(texts().filter((text) => text.startsWith('service.up'))).toHaveLength(ups + 3);
    expect(texts()).toContain('settings.changed Settings changed: DHCP mode full, pool 127.0.1.1 to 127.0.1.9.');
    await expect.poll(() => seen.at(-1)?.services.find(({ name }) => name === 'dhcp')?.state).toBe('off');
    end.abort();
    await following;
  });

  it('a pool outside of the subnet fails DHCP, which is told once, until it is put right', async () => {
    await start();
    await change({ dhcp: 'full', pool: ['10.9.9.1', '10.9.9.9'] });
    expect(service('dhcp')).toMatchObject({ state: 'failed', error: { code: 'E_DHCP_POOL' } });
    await appliance?.rooms.control.fix('scan-again');
    expect(service('dhcp')?.state).toBe('failed');
    expect(texts().filter((text) => text.startsWith('service.down DHCP did not start'))).toHaveLength(1);
    await change({ pool: null });
    expect(service('dhcp')?.state).toBe('ready');
  }, 20_000);

  it('hold for the very next machine: unknown ones and overrides', async () => {
    const running = await start();
    const { boot } = running.rooms;
    const bootFile = async () => (await boot.explain(MAC, 7)).steps.find(({ stage }) => stage === 'boot-file')?.reasons.join(' ');
    await change({ unknown: 'exit' });
    const exits = await (await fetch(`${running.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    await change({ unknown: 'wait' });
    const waits = await (await fetch(`${running.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    expect(waits).not.toBe(exits);
    await change({ ipxeOverrideArchMapping: '7=undionly.kpxe' });
    expect(await bootFile()).toContain('7=undionly.kpxe');
    await expect(change({ ipxeOverrideArchMapping: '7=nothing.efi' })).rejects.toMatchObject({ code: 'E_OVERRIDE_SYNTAX' });
    expect(await bootFile()).toContain('7=undionly.kpxe');
    await change({ ipxeOverrideArchMapping: null });
    expect(await bootFile()).not.toContain('7=undionly.kpxe');
  });

  it('survive a restart, and give way to a flag of the new command line', async () => {
    const first = await start();
    await change({ dhcp: 'proxy', leaseTime: 600 });
    await first.stop();
    const second = await start();
    expect(second.rooms.control.settings()).toMatchObject({ dhcp: 'proxy', leaseTime: 600 });
    expect(service('dhcp')?.message).toContain('Proxy DHCP');
    await second.stop();
    const third = await start({ given: ['dhcp'] });
    expect(third.rooms.control.settings()).toMatchObject({ dhcp: 'off', leaseTime: 600 });
  });

  it('that are asked for at once are all kept', async () => {
    await start();
    await Promise.all([change({ dhcp: 'proxy' }), change({ dns: ['1.1.1.1'] }), change({ leaseTime: 700 })]);
    expect(appliance?.rooms.control.settings()).toMatchObject({ dhcp: 'proxy', dns: ['1.1.1.1'], leaseTime: 700 });
    expect(service('dhcp')?.state).toBe('ready');
  });
});

describe('the probe', () => {
  it('scans whether Bootbench’s own DHCP runs there or not, and the checklist shows the result', async () => {
    const running = await start({ nic: undefined, dhcp: 'full' });
    const { control } = running.rooms;
    expect(await check('other-dhcp', 'lo')).toMatchObject({ state: 'unknown', fix: { button: 'Scan again' } });
    expect(await control.probe('lo')).toEqual([]);
    expect((await check('other-dhcp', 'lo'))?.state).toBe('ok');
    await control.selectNic('lo');
    expect(service('dhcp')?.state).toBe('ready');
    expect(await Promise.all([control.probe('lo'), control.probe('lo')])).toEqual([[], []]);
    expect(texts().filter((text) => text.startsWith('dhcp.discover'))).toEqual([]);
    await expect(control.probe('nothere0')).rejects.toMatchObject({ code: 'E_NIC_UNKNOWN' });
  }, 20_000);
});

describe('the checklist', () => {
  it('can be had for a port that is not chosen, and its buttons work there', async () => {
    const running = await start({ nic: undefined, dhcp: 'full' });
    const { control } = running.rooms;
    expect((await control.preflight()).map(({ id }) => id)).toEqual(['nic']);
    expect((await check('address', 'lo'))?.state).toBe('ok');
    expect((await control.fix('use-proxy', 'lo')).find(({ id }) => id === 'address')?.state).toBe('ok');
    expect(control.settings().dhcp).toBe('proxy');
    await expect(control.fix('nonsense', 'lo')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
    await expect(control.fix('use-proxy')).rejects.toMatchObject({ code: 'E_NOT_FOUND' });
  });

  it('does not disturb the services that run, and never finds their ports held', async () => {
    await start({ dhcp: 'proxy' });
    const restarting = change({ dhcp: 'full' });
    const checks = await appliance?.rooms.control.preflight();
    await restarting;
    expect(checks?.filter(({ id }) => id.startsWith('port-')).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(service('dhcp')?.state).toBe('ready');
  });

  it('offers the files of a folder, and installs those whose hash was confirmed into the data directory', async () => {
    const running = await start({}, { system: OTHER_SYSTEM });
    const { control } = running.rooms;
    const source = join(folder, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'ipxe.efi'), ipxeProgram());
    const offer = (await control.bootFileOffers(source)).find(({ name }) => name === 'ipxe.efi');
    expect(offer).toMatchObject({ state: 'new', facts: { program: 'iPXE', machine: 'x86-64' } });
    await expect(control.installBootFiles(source, { 'ipxe.efi': '0'.repeat(64) })).rejects.toMatchObject({ code: 'E_BOOT_FILE_REFUSED' });
    const installed = join(folder, 'boot-files', 'ipxe.efi');
    expect(existsSync(installed)).toBe(false);
    const files = await control.installBootFiles(source, { 'ipxe.efi': offer?.sha256 ?? '' });
    expect(files.find(({ name }) => name === 'ipxe.efi')).toMatchObject({
      origin: 'source',
      path: installed,
      from: join(source, 'ipxe.efi'),
    });
  });

  it('says why the boot files could not be downloaded, and the other way', async () => {
    const etc = join(folder, 'etc');
    mkdirSync(etc);
    const running = await start({}, { system: { etc, release: { ID: 'debian', VERSION_CODENAME: 'bookworm' } } });
    await expect(running.rooms.control.fix('boot-files')).rejects.toMatchObject({
      code: 'E_BOOT_FILE_MISSING',
      message: expect.stringContaining('undionly.kpxe was not installed: the apt sources') as string,
      next: expect.stringContaining('a folder or an address') as string,
    });
  });

  it('has no button for the boot files where the distribution has none, but a command', async () => {
    await start({}, { system: OTHER_SYSTEM });
    const fix = (await check('boot-files'))?.fix;
    expect(fix?.button).toBeUndefined();
    expect(fix?.command).toContain('boot-files fetch --from https://');
  });
});
