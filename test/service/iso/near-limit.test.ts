import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AssignmentInput, ImageInput } from '../../../contract/inventory.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';
import { hostInput, MAC } from '../../fixtures/data-fixture.ts';
import { buildIso, SECTOR } from '../../unit/iso/build-iso.ts';

const SIZE = 2 ** 32 - 32 * SECTOR;
const GRUB = `linux /boot/vmlinuz quiet\n#`.padEnd(SECTOR - 8, '.');
const LAST = Buffer.alloc(SECTOR, 'x');

let folder: string;
let appliance: Appliance;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'near-limit-'));
  appliance = await startOnLoopback(folder);
});
afterEach(async () => {
  await appliance.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A sparse ISO of nearly 4 GiB, with zeros at its end or, where nothing is spare, other bytes. */
async function assigned(volumeId: string, spare: boolean): Promise<void> {
  const files = ['boot/vmlinuz', 'boot/initramfs.xz', 'boot/loader'].map((path) => ({ path, bytes: Buffer.from('k') }));
  const boot = { platform: 0, entries: [{ path: 'boot/loader', platform: 0, count: 4 }] };
  const iso = buildIso({ volumeId, files: [...files, { path: 'boot/grub/grub.cfg', bytes: Buffer.from(GRUB) }], boot, rockRidge: true });
  iso.writeUInt32LE(SIZE / SECTOR, 16 * SECTOR + 80);
  iso.writeUInt32BE(SIZE / SECTOR, 16 * SECTOR + 84);
  const path = join(folder, 'near.iso');
  const file = openSync(path, 'wx');
  ftruncateSync(file, SIZE);
  writeSync(file, iso, 0, null, 0);
  if (!spare) writeSync(file, LAST, 0, SECTOR, iso.length);
  closeSync(file);
  const { inventory } = appliance.rooms;
  const image = ImageInput.parse({ name: 'near', source: { type: 'file', path } });
  await inventory.addImage(image, { sha256: '0'.repeat(64), placeholderOffsets: [] });
  inventory.addHost(hostInput('node1', MAC, { ip: '127.0.0.1' }));
  inventory.assign('node1', AssignmentInput.parse({ image: 'near', args: 'lab.host=node1' }));
}

const script = async (build: string): Promise<string> => (await fetch(`${appliance.boot ?? ''}/ipxe?mac=${MAC}&arch=${build}`)).text();
const sizeAt = async (text: string): Promise<number> =>
  Number((await fetch(/sanboot --no-describe (\S+)/.exec(text)?.[1] ?? '', { method: 'HEAD' })).headers.get('content-length'));

describe('h1: an ISO that only what is added makes larger than 4 GiB', () => {
  it('keeps its size where it has spare zeros, and a 32-bit iPXE boots it', async () => {
    await assigned('SOME_SYSTEM', true);
    expect(await sizeAt(await script('i386'))).toBe(SIZE);
  });

  it('is given to a 32-bit iPXE over iSCSI where it has none, and to a 64-bit one over HTTP', async () => {
    await assigned('SOME_SYSTEM', false);
    expect(await script('i386')).toMatch(/\nsanboot iscsi:\S+:iqn\S+ /);
    expect(await sizeAt(await script('x86_64'))).toBeGreaterThan(2 ** 32);
  });

  it('is given the kernel by itself where the system needs no more', async () => {
    await assigned('TALOS_V1_9_0', false);
    const text = await script('i386');
    expect(text).toMatch(/kernel http\S+\/boot\/vmlinuz .*talos\.platform=metal .*lab\.host=node1/);
    expect(text).not.toContain('sanboot');
    expect(await script('x86_64')).toContain('sanboot');
  });
});
