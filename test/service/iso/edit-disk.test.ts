import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ImageEdits } from '../../../main-services/iso/iso9660/edited-image.ts';
import { edit, type Edited } from '../../unit/iso/edit-view.ts';
import { hasFatTools, makeFat, readFat, run, work } from '../../unit/iso/fat-tools.ts';

afterAll(() => rmSync(work, { recursive: true, force: true }));

const ready = hasFatTools && ['xorriso', 'sgdisk', 'sfdisk'].every((tool) => spawnSync(tool, ['--version']).error === undefined);
const BLOCK = 512;
const CONF = 'loader/entries/linux.conf';
const FILES = { [CONF]: Buffer.from('options quiet\n'), 'EFI/BOOT/BOOTX64.EFI': Buffer.alloc(5000, 'E') };
const NEW = Buffer.alloc(9000, 'n');

/** A hybrid ISO by xorriso whose EFI system partition is full. */
function hybrid(how: (image: string) => string[], more: Record<string, Uint8Array> = {}): Buffer {
  const folder = join(work, 'disk-tree');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'boot'), { recursive: true });
  const fat = makeFat({ type: 16, kib: 4600, clusterSectors: 2, files: FILES, leaveFree: 0 });
  const image = join(folder, 'boot/efi.img');
  writeFileSync(image, fat);
  for (const [name, bytes] of Object.entries({ 'grub.cfg': Buffer.from('set timeout=1\n'), ...more }))
    writeFileSync(join(folder, name), bytes);
  const out = join(work, 'hybrid.iso');
  run('xorriso', ['-as', 'mkisofs', '-quiet', '-R', '-J', '-V', 'LAB', ...how(image), '-o', out, folder]);
  return readFileSync(out);
}

const FILE_AS_GPT = () =>
  hybrid(() => ['-e', 'boot/efi.img', '-no-emul-boot', '-efi-boot-part', '--efi-boot-image', '--protective-msdos-label']);
const APPENDED_GPT = () =>
  hybrid((image) => [
    '-append_partition',
    '2',
    '0xef',
    image,
    '-appended_part_as_gpt',
    '-e',
    '--interval:appended_partition_2:all::',
    '-no-emul-boot',
  ]);
const APPENDED_MBR = () =>
  hybrid((image) => ['-append_partition', '2', '0xef', image, '-e', '--interval:appended_partition_2:all::', '-no-emul-boot']);

interface Partition {
  start: number;
  size: number;
  type: string;
}

function partitions(view: Buffer): { label: string; partitions: Partition[] } {
  const path = join(work, 'disk.img');
  writeFileSync(path, view);
  const { partitiontable } = JSON.parse(run('sfdisk', ['-J', path])) as { partitiontable: { label: string; partitions: Partition[] } };
  return partitiontable;
}

const isSystem = ({ type }: Partition) => type === 'ef' || type === 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

async function grown(iso: Buffer, presentsAs: ImageEdits['presentsAs'], inject: ImageEdits['inject'] = []): Promise<Edited> {
  return edit(iso, { fat: [{ entry: 0, replace: [{ path: CONF, bytes: NEW }] }], inject, presentsAs });
}

describe.runIf(ready).each([
  ['a GPT entry for a file', FILE_AS_GPT, 'gpt'],
  ['a GPT entry for an appended partition', APPENDED_GPT, 'gpt'],
  ['an MBR entry for an appended partition', APPENDED_MBR, 'dos'],
] as const)('a full boot image that is %s', (_, make, label) => {
  it('is followed by its partition where the medium presents itself as a disk', async () => {
    const { view, receipt, notes } = await grown(make(), 'disk');
    const moved = receipt.find(({ what }) => what === 'boot image relocated')!;
    const table = partitions(view);
    expect(table.label).toBe(label);
    const [system, ...others] = table.partitions.filter(isSystem);
    expect(others).toEqual([]);
    expect([system!.start * BLOCK, system!.size * BLOCK]).toEqual([moved.offset, moved.after]);
    expect(readFat(view.subarray(moved.offset, moved.offset + moved.after)).files[CONF]?.equals(NEW)).toBe(true);
    expect(notes).toEqual([]);
    expect(view.length % (64 * 1024)).toBe(0);
  });

  it('is found by the boot catalogue only where it is a CD, and that is said', async () => {
    const iso = make();
    const { view, notes } = await grown(iso, 'cd');
    expect(view.subarray(0, 16 * 2048).equals(iso.subarray(0, 16 * 2048))).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/A machine that takes the medium for a USB disk .* boots the old one/)]);
  });
});

describe.runIf(ready)('the GPT of a view', () => {
  it('is sound for sgdisk, with its second copy in the last blocks and zeros before it', async () => {
    const { view, receipt } = await grown(FILE_AS_GPT(), 'disk', [{ name: 'ks.cfg', bytes: Buffer.alloc(31 * 2048, 'k') }]);
    const path = join(work, 'disk.img');
    writeFileSync(path, view);
    expect(run('sgdisk', ['-v', path])).toContain('No problems found');
    expect(view.toString('latin1', view.length - BLOCK, view.length - BLOCK + 8)).toBe('EFI PART');
    const end = Math.max(...receipt.map(({ offset, after }) => offset + after));
    // GRUB for BIOS reads the unit of 32 KiB that holds the last file: it must not stick out.
    expect(Math.ceil(end / 32768) * 32768).toBeLessThanOrEqual(view.length);
    // xorriso’s table has 248 entries.
    expect(view.subarray(end, view.length - (1 + 62) * BLOCK).every((byte) => byte === 0)).toBe(true);
  });

  it('that firmware would not believe is left alone', async () => {
    const iso = FILE_AS_GPT();
    iso[BLOCK + 40] = (iso[BLOCK + 40] ?? 0) ^ 1;
    const { view, notes } = await grown(iso, 'disk');
    expect(view.subarray(BLOCK, 16 * 2048).equals(iso.subarray(BLOCK, 16 * 2048))).toBe(true);
    expect(notes).toEqual([]);
  });
});

const ISOLINUX = '/usr/lib/ISOLINUX';

describe.runIf(ready && existsSync(`${ISOLINUX}/isohdpfx.bin`))('isohybrid’s partition, which Linux mounts', () => {
  const bios = [
    '-isohybrid-mbr',
    `${ISOLINUX}/isohdpfx.bin`,
    '-b',
    'isolinux.bin',
    '-no-emul-boot',
    '-boot-load-size',
    '4',
    '-boot-info-table',
  ];
  const inject = [{ name: 'ks.cfg', bytes: Buffer.from('text\n') }];
  const isohybrid = (...more: string[]) => hybrid(() => [...bios, ...more], { 'isolinux.bin': readFileSync(`${ISOLINUX}/isolinux.bin`) });
  const whole = (view: Buffer) => partitions(view).partitions.find(({ start }) => start === 0)!;

  it.each([
    ['alone', []],
    ['with an EFI system partition inside', ['-eltorito-alt-boot', '-e', 'boot/efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat']],
  ])('%s covers what was added', async (_, more) => {
    const iso = isohybrid(...more);
    expect(whole(iso).size * BLOCK).toBe(iso.length);
    const { view } = await edit(iso, { inject, presentsAs: 'disk' });
    expect(whole(view).size * BLOCK).toBe(view.length);
    const other = await edit(iso, { inject });
    expect(other.view.subarray(0, BLOCK).equals(iso.subarray(0, BLOCK))).toBe(true);
  });
});

describe.runIf(ready)('a view with a boot image that moved', () => {
  it.each(['cd', 'disk'] as const)('is read by xorriso, isoinfo and 7z (%s)', async (presentsAs) => {
    const { view, receipt } = await grown(FILE_AS_GPT(), presentsAs, [{ name: 'ks.cfg', bytes: Buffer.from('text\n') }]);
    const path = join(work, 'view.iso');
    writeFileSync(path, view);
    const { offset, after } = receipt.find(({ what }) => what === 'boot image relocated')!;
    const wanted = view.subarray(offset, offset + after);
    expect(run('isoinfo', ['-J', '-i', path, '-x', '/ks.cfg'])).toBe('text\n');
    for (const how of ['-R', '-J']) {
      const { stdout } = spawnSync('isoinfo', [how, '-i', path, '-x', '/boot/efi.img'], { maxBuffer: 1 << 26 });
      expect(stdout.equals(wanted)).toBe(true);
    }
    const out = join(work, 'extracted.img');
    run('xorriso', ['-osirrox', 'on', '-indev', path, '-extract', '/boot/efi.img', out]);
    expect(readFileSync(out).equals(wanted)).toBe(true);
    rmSync(out, { force: true });
    expect(run('xorriso', ['-indev', path, '-report_el_torito', 'plain'])).toMatch(new RegExp(`UEFI.* ${offset / 2048}\\b`));
    const folder = join(work, '7z');
    run('7z', ['x', '-y', `-o${folder}`, path]);
    expect(readFileSync(join(folder, 'boot/efi.img')).equals(wanted)).toBe(true);
    rmSync(folder, { recursive: true });
  });
});
