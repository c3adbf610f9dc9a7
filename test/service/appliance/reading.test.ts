import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ConfigInput, ImageInput } from '../../../contract/inventory.ts';
import type { CallContext } from '../../../contract/port.ts';
import type { OutputOf } from '../../../contract/procedures.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { createHandlers } from '../../../main-services/handlers/handlers.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { buildIso } from '../../unit/iso/build-iso.ts';

const MENU = 'menuentry "Install" {\n  linux /images/pxeboot/vmlinuz quiet\n  initrd /images/pxeboot/initrd.img\n}\n';
const KERNEL = Buffer.alloc(300_000, 'k');
const ISO = buildIso({
  volumeId: 'Fedora-S-dvd-x86_64-43',
  files: [
    { path: 'EFI/BOOT/grub.cfg', bytes: Buffer.from(MENU) },
    { path: 'images/pxeboot/vmlinuz', bytes: KERNEL },
    { path: 'images/pxeboot/initrd.img', bytes: Buffer.alloc(500_000, 'i') },
    { path: 'images/install.img', bytes: Buffer.alloc(5_000_000, 's') },
  ],
  boot: { platform: 0xef, entries: [{ path: 'EFI/BOOT/grub.cfg', platform: 0xef, count: 1 }] },
});

let folder: string;
let appliance: Appliance;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'reading-'));
  appliance = await startOnLoopback(folder);
  const path = join(folder, 'fedora.iso');
  writeFileSync(path, ISO);
  const { inventory } = appliance.rooms;
  inventory.addConfig(ConfigInput.parse({ name: 'ks', format: 'kickstart', files: { 'ks.cfg': 'lang en_US\nreboot\n' } }));
  await inventory.addImage(ImageInput.parse({ name: 'fedora', source: { type: 'file', path }, bootConfigs: ['ks'] }));
  inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
  inventory.assign('node1', AssignmentInput.parse({ image: 'fedora', config: 'ks', deliver: 'media' }));
});
afterEach(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As a window asks, without the wire. */
const ask = async <K extends 'host.reading' | 'host.receipt' | 'host.mediaUrl'>(name: K): Promise<OutputOf<K>> => {
  const handler = createHandlers(appliance.rooms)[name] as (input: { host: string }, context: CallContext) => Promise<OutputOf<K>>;
  return handler({ host: 'node1' }, { signal: new AbortController().signal });
};
const told = () => appliance.rooms.activity.history({ host: 'node1', limit: 100 }).map(({ type }) => type);

async function read(url: string, offset: number, length: number): Promise<string> {
  const answer = await fetch(url, { headers: { Range: `bytes=${offset}-${offset + length - 1}` } });
  expect(answer.status).toBe(206);
  return Buffer.from(await answer.arrayBuffer()).toString('latin1');
}

describe('what a machine reads of its ISO', () => {
  it('is told by file, in the receipt and in the reading, as it goes', async () => {
    expect(await ask('host.reading')).toBeNull();
    const { url } = await ask('host.mediaUrl');
    const receipt = await ask('host.receipt');
    const menu = receipt.files.find(({ path }) => path.endsWith('grub.cfg'))!;
    const config = receipt.files.find(({ path }) => path === 'ks.cfg')!;
    expect(receipt.patchedReadAt).toBeUndefined();

    expect(await read(url, menu.offset, menu.after)).toContain('inst.ks=cdrom:/ks.cfg');
    await expect.poll(async () => (await ask('host.receipt')).patchedReadAt).toBeTypeOf('number');
    await read(url, ISO.indexOf(KERNEL), KERNEL.length);
    expect(await read(url, config.offset, config.after)).toBe('lang en_US\nreboot\n');
    await expect.poll(told).toContain('iso.config-read');
    await read(url, ISO.indexOf('ssss'), 2_000_000);

    await expect
      .poll(async () => (await ask('host.reading'))?.files.map(({ path, read: bytes, own }) => [path, bytes, own]))
      .toEqual([
        ['EFI/BOOT/grub.cfg', menu.after, true],
        ['images/pxeboot/vmlinuz', KERNEL.length, false],
        ['ks.cfg', config.after, true],
        ['images/install.img', 2_000_000, false],
      ]);
    const reading = await ask('host.reading');
    expect(reading).toMatchObject({ image: 'fedora', ip: '127.0.0.1', size: receipt.size, token: receipt.token });
    expect(reading?.covered).toBe(menu.after + KERNEL.length + config.after + 2_000_000);
    expect(reading?.configReadAt).toBe((await ask('host.receipt')).configReadAt);
    expect(told().filter((type) => type === 'iso.file-read')).toHaveLength(3);
  });

  it('counts for a kernel that is fetched by itself too', async () => {
    const { url } = await ask('host.mediaUrl');
    const files = url.replace('/iso/', '/iso-files/').replace(/\/[^/]+$/, '');
    await (await fetch(`${files}/images/pxeboot/vmlinuz`)).arrayBuffer();
    await expect.poll(told).toContain('iso.file-read');
    expect(await ask('host.reading')).toMatchObject({ covered: KERNEL.length });
  });
});
