import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { TINKERBELL_PLACEHOLDER } from '../../../main-services/iso/tinkerbell/placeholder.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';

let folder: string;
let appliance: Appliance | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'appliance-'));
});
afterEach(async () => {
  await appliance?.stop();
  appliance = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function start(more: Record<string, unknown> = {}): Promise<Appliance> {
  appliance = await startOnLoopback(folder, more);
  return appliance;
}

const service = (name: string) => appliance?.rooms.control.status().services.find((each) => each.name === name);

async function assigned(running: Appliance): Promise<void> {
  const path = join(folder, 'lab.iso');
  const files = [
    { path: 'grub.cfg', bytes: Buffer.from(`linux ${TINKERBELL_PLACEHOLDER}\n`) },
    { path: 'loader', bytes: Buffer.from('loader') },
  ];
  writeFileSync(path, buildIso({ files, boot: { platform: 0, entries: [{ path: 'loader', platform: 0, count: 4 }] } }));
  const { inventory } = running.rooms;
  inventory.addConfig(ConfigInput.parse({ name: 'ks', format: 'kickstart', files: { 'ks.cfg': 'network --hostname={{ host.name }}\n' } }));
  await inventory.addImage(ImageInput.parse({ name: 'lab', source: { type: 'file', path }, bootConfigs: ['ks'] }));
  inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
  inventory.assign('node1', AssignmentInput.parse({ image: 'lab', config: 'ks' }));
}

describe('the appliance on one network port', () => {
  it('serves script, ISO and config of a host, and the assignment is done on their evidence', async () => {
    const running = await start();
    await assigned(running);
    const script = await (await fetch(`${running.boot ?? ''}/ipxe?mac=${MAC}`)).text();
    const url = /sanboot --no-describe (\S+)/.exec(script)?.[1] ?? '';
    const range = await fetch(url, { headers: { Range: 'bytes=32768-32775' } });
    expect(range.status).toBe(206);
    expect(Buffer.from(await range.arrayBuffer()).toString('latin1')).toBe('\x01CD001\x01\x00');
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).toString('latin1')).toContain(`worker_id=${MAC}`);
    expect(running.rooms.inventory.getHost('node1').assignment?.state).toBe('armed');
    const config = await fetch(`${running.boot ?? ''}/api/v1/bootconfig`);
    expect(await config.text()).toBe('network --hostname=node1\n');
    expect(running.rooms.inventory.getHost('node1').assignment?.state).toBe('done');
    expect(await (await fetch(`${running.boot ?? ''}/ipxe?mac=${MAC}`)).text()).not.toContain('sanboot');
    const types = running.rooms.activity.history({ host: 'node1', limit: 50 }).map(({ type }) => type);
    expect(types).toEqual(
      expect.arrayContaining(['script.served', 'iso.opened', 'iso.patched-read', 'iso.completed', 'config.served', 'assignment.done']),
    );
  });

  it('gives the same bytes and is still done after a restart', async () => {
    const first = await start();
    await assigned(first);
    const path = /\/iso\/\S+/.exec(await (await fetch(`${first.boot ?? ''}/ipxe?mac=${MAC}`)).text())?.[0] ?? '';
    const before = await (await fetch(`${first.boot ?? ''}${path}`)).arrayBuffer();
    const port = new URL(first.boot ?? '').port;
    await first.stop();
    const second = await start({ httpPort: Number(port) });
    const after = await fetch(`${second.boot ?? ''}${path}`);
    expect(Buffer.from(await after.arrayBuffer()).equals(Buffer.from(before))).toBe(true);
  });

  it('names the program that holds its port, keeps the others up, and takes the port when it is free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    await start({ httpPort: port });
    expect(service('http')).toMatchObject({ state: 'failed', error: { code: 'E_PORT_IN_USE' } });
    expect(service('http')?.message).toContain(String(process.pid));
    expect(service('tftp')?.state).toBe('ready');
    await new Promise((resolve) => other.close(resolve));
    await expect.poll(() => service('http')?.state, { timeout: 10_000, interval: 200 }).toBe('ready');
  });

  it('waits for a network port that is not there, with the management plane up', async () => {
    const running = await start({ nic: 'nothere0' });
    expect(running.boot).toBeUndefined();
    expect(service('http')).toMatchObject({ state: 'waiting', error: { code: 'E_NIC_GONE' } });
    expect((await fetch(`${running.api}/healthz`)).status).toBe(200);
    await running.rooms.control.selectNic('lo');
    expect(service('http')?.state).toBe('ready');
    await expect(running.rooms.control.selectNic('nothere0')).rejects.toMatchObject({ code: 'E_NIC_UNKNOWN' });
  });

  it('tells in its preflight what is in order and what is not', async () => {
    const running = await start();
    const checks = await running.rooms.control.preflight();
    expect(checks.length).toBeGreaterThan(3);
    expect(checks.find(({ id }) => id.startsWith('boot-files'))?.state).not.toBe('ok');
    for (const { message: sentence, state, fix } of checks) {
      expect(sentence).toMatch(/\.$/);
      if (state === 'failed') expect(fix).toBeDefined();
    }
  });

  it('writes a backup that opens as a database', async () => {
    const running = await start();
    await assigned(running);
    const file = join(folder, 'backup.db');
    expect((await running.rooms.control.backup(file, 'inventory')).bytes).toBeGreaterThan(4096);
    const nowhere = running.rooms.control.backup(join(folder, 'nothere', 'backup.db'), 'inventory');
    await expect(nowhere).rejects.toMatchObject({ code: 'E_DB' });
  });

  it('refuses a second one on the same data directory', async () => {
    await start();
    await expect(startOnLoopback(folder)).rejects.toMatchObject({ code: 'E_LOCKED' });
  });
});
