import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { edit, type Edited } from '../../unit/iso/edit-view.ts';
import { hasFatTools, makeFat, readFat } from '../../unit/iso/fat-tools.ts';

const work = mkdtempSync(join(tmpdir(), 'bootbench-partitions-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const ISOLINUX = '/usr/lib/ISOLINUX';
const ready =
  hasFatTools &&
  existsSync(`${ISOLINUX}/isohdpfx.bin`) &&
  ['xorriso', 'sgdisk', 'sfdisk', 'isoinfo', 'bsdtar'].every((tool) => spawnSync(tool, ['--version']).error === undefined);
const BLOCK = 512;
const SECTOR = 2048;
const run = (...[command, ...args]: [string, ...string[]]): Buffer =>
  execFileSync(command, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'ignore'] });

const CONF = 'loader/entries/linux.conf';
const ESP_FILES = { [CONF]: Buffer.from('options quiet\n'), 'EFI/BOOT/BOOTX64.EFI': Buffer.alloc(5000, 'E') };
const GRUB = 'boot/grub/grub.cfg';
const OLD = Buffer.from(`linux /vmlinuz quiet\n#${'-'.repeat(2000)}\n`);
const GROWN = Buffer.from(`linux /vmlinuz quiet lab.host=node1\n#${'-'.repeat(2600)}\n`);
const SMALL = { path: 'boot/small.cfg', bytes: Buffer.from('timeout=1 with more words than before\n') };
const KS = { name: 'ks.cfg', bytes: Buffer.from('text\nreboot\n') };

const esp = (leaveFree?: number): Buffer =>
  makeFat({ type: 16, kib: 4600, clusterSectors: 2, files: ESP_FILES, ...(leaveFree === undefined ? {} : { leaveFree }) });

/** The ISO by xorriso, with an EFI system partition `efi.img` at hand. */
function build(options: (image: string) => string[], image = esp()): Buffer {
  const folder = join(work, 'tree');
  rmSync(folder, { recursive: true, force: true });
  for (const path of ['boot/grub', 'isolinux', 'deep/1/2/3/4/5/6/7/8/9']) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, GRUB), OLD);
  writeFileSync(join(folder, SMALL.path), 'timeout=30\n');
  writeFileSync(join(folder, 'vmlinuz'), Buffer.alloc(300_000, 'k'));
  writeFileSync(join(folder, 'deep/1/2/3/4/5/6/7/8/9/file'), 'deep');
  writeFileSync(join(folder, 'isolinux/isolinux.bin'), readFileSync(`${ISOLINUX}/isolinux.bin`));
  const efi = join(work, 'efi.img');
  writeFileSync(efi, image);
  const out = join(work, 'built.iso');
  run('xorriso', '-as', 'mkisofs', '-quiet', '-R', '-J', '-V', 'LAB', ...options(efi), '-o', out, folder);
  return readFileSync(out);
}

const BIOS = [
  '-isohybrid-mbr',
  `${ISOLINUX}/isohdpfx.bin`,
  '-b',
  'isolinux/isolinux.bin',
  '-c',
  'isolinux/boot.cat',
  '-no-emul-boot',
  '-boot-load-size',
  '4',
  '-boot-info-table',
];
const ESP = ['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'];
const GPT_ESP = 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B';

const LAYOUTS: [string, (image: string) => string[], 'dos' | 'gpt'][] = [
  ['j1: -partition_offset 16 alone', () => ['-partition_offset', '16'], 'dos'],
  [
    'j1: archiso and lorax: GPT with an appended EFI partition',
    (image) => ['-partition_offset', '16', ...BIOS, '-append_partition', '2', GPT_ESP, image, '-appended_part_as_gpt', ...ESP],
    'gpt',
  ],
  [
    'j1: kiwi: MBR with an appended EFI partition',
    (image) => ['-partition_offset', '16', '-append_partition', '2', '0xef', image, ...ESP.slice(1)],
    'dos',
  ],
  [
    'j1: two appended partitions, one for data',
    (image) => [
      '-partition_offset',
      '16',
      ...BIOS,
      '-append_partition',
      '2',
      '0xef',
      image,
      '-append_partition',
      '3',
      '0x83',
      image,
      ...ESP,
    ],
    'dos',
  ],
  ['j2: debian-cd for arm64', (image) => ['-append_partition', '2', '0xef', image, '-partition_cyl_align', 'all', ...ESP.slice(1)], 'dos'],
  ['j2: without padding at the end (grml#205)', (image) => [...BIOS, '-no-pad', '-append_partition', '2', '0xef', image, ...ESP], 'dos'],
];

interface Partition {
  start: number;
  size: number;
  type: string;
}

/** What lies in a partition, as whoever mounts it reads it: nothing behind its end. */
function partitionsOf(view: Buffer): { label: string; list: { at: number; type: string; bytes: Buffer }[] } {
  const path = join(work, 'disk.img');
  writeFileSync(path, view);
  const { partitiontable } = JSON.parse(run('sfdisk', '-J', path).toString()) as {
    partitiontable: { label: string; partitions: Partition[] };
  };
  const list = partitiontable.partitions.map(({ start, size, type }) => {
    expect((start + size) * BLOCK, 'a partition reaches over the end of the disk').toBeLessThanOrEqual(view.length);
    return { at: start * BLOCK, type: type.toLowerCase(), bytes: view.subarray(start * BLOCK, (start + size) * BLOCK) };
  });
  return { label: partitiontable.label, list };
}

/** No two partitions of one table share a block: UEFI believes no other table. */
function expectApart(list: { at: number; bytes: Buffer }[]): void {
  const sorted = list.toSorted((a, b) => a.at - b.at);
  sorted.forEach(({ at, bytes }, index) =>
    expect(at + bytes.length).toBeLessThanOrEqual(sorted[index + 1]?.at ?? Number.POSITIVE_INFINITY),
  );
}

function readBy(image: Buffer, flavour: '-R' | '-J', path: string): Buffer {
  const file = join(work, 'volume.iso');
  writeFileSync(file, image);
  return spawnSync('isoinfo', [flavour, '-i', file, '-x', `/${path}`], { maxBuffer: 1 << 28 }).stdout;
}

/** Path and content of every file, by libarchive: it refuses extents behind the volume's own end. */
function listedBy(image: Buffer): string {
  const [file, folder] = [join(work, 'volume.iso'), join(work, 'unpacked')];
  writeFileSync(file, image);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  run('bsdtar', '-x', '-f', file, '-C', folder);
  const sums = run(
    'sh',
    '-c',
    `cd ${folder} && find . -type f ! -name boot.cat ! -name boot.catalog -exec sha256sum {} + | sort -k2`,
  ).toString();
  run('chmod', '-R', 'u+w', folder);
  return sums;
}

const edited = (iso: Buffer, more: Partial<Parameters<typeof edit>[1]> = {}): Promise<Edited> =>
  edit(iso, { replace: [{ path: GRUB, bytes: GROWN }, SMALL], inject: [KS], presentsAs: 'disk', ...more });

const isSystem = (type: string): boolean => type === 'ef' || type === GPT_ESP.toLowerCase();

describe.runIf(ready).each(LAYOUTS)('%s', (_, options, label) => {
  it('the partition that Linux mounts holds the patched and the added files, as the CD does, and no partition overlaps another', async () => {
    const iso = build(options);
    const before = partitionsOf(iso);
    const { view, notes } = await edited(iso);
    const after = partitionsOf(view);
    expect([after.label, notes]).toEqual([label, []]);
    expectApart(after.list);
    const [own, ...others] = after.list;
    for (const image of [own!.bytes, view]) {
      for (const flavour of ['-R', '-J'] as const) {
        expect(readBy(image, flavour, GRUB).equals(GROWN)).toBe(true);
        expect(readBy(image, flavour, SMALL.path).equals(SMALL.bytes)).toBe(true);
        expect(readBy(image, flavour, KS.name).equals(KS.bytes)).toBe(true);
      }
    }
    expect(listedBy(own!.bytes)).toBe(listedBy(view));
    expect(listedBy(view)).toContain('deep/1/2/3/4/5/6/7/8/9/file');
    // The partitions that follow are as they were.
    before.list.slice(1).forEach(({ bytes, type }, index) => {
      expect(others[index]!.type).toBe(type);
      expect(others[index]!.bytes.equals(bytes)).toBe(true);
    });
    if (label === 'gpt') expect(run('sgdisk', '-v', join(work, 'disk.img')).toString()).toContain('No problems found');
  });

  it('the same when the root folder itself has to move', async () => {
    const inject = Array.from({ length: 45 }, (_unused, index) => ({ name: `file-${index}.cfg`, bytes: Buffer.from(`text ${index}\n`) }));
    const { view } = await edited(build(options), { inject });
    const [own] = partitionsOf(view).list;
    for (const image of [own!.bytes, view]) {
      for (const flavour of ['-R', '-J'] as const) {
        expect(readBy(image, flavour, 'file-44.cfg').toString()).toBe('text 44\n');
        expect(readBy(image, flavour, GRUB).equals(GROWN)).toBe(true);
        expect(readBy(image, flavour, 'vmlinuz').length).toBe(300_000);
      }
    }
    const path = join(work, 'own.iso');
    writeFileSync(path, own!.bytes);
    expect(run('isoinfo', '-J', '-f', '-i', path).toString()).toContain('/deep/1/2/3/4/5/6/7/8/9/file');
  });

  it('a medium that nothing was added to stays as it is', async () => {
    const iso = build(options);
    const { view } = await edited(iso, { replace: [SMALL], inject: [] });
    const [own] = partitionsOf(view).list;
    expect(readBy(own!.bytes, '-R', SMALL.path).equals(SMALL.bytes)).toBe(true);
    expect(readBy(own!.bytes, '-J', SMALL.path).equals(SMALL.bytes)).toBe(true);
    expect(partitionsOf(view).list.map(({ at, bytes }) => [at, bytes.length])).toEqual(
      partitionsOf(iso).list.map(({ at, bytes }) => [at, bytes.length]),
    );
  });
});

describe.runIf(ready).each(LAYOUTS.filter(([, options]) => options('x').includes('-append_partition')))(
  '%s: its EFI partition',
  (_, options, label) => {
    it.each([
      ['with room', undefined, 'in place'],
      ['full', 0, 'relocated'],
    ] as const)('%s, changed too, is led to by table and boot catalogue, outside the volume’s own', async (_words, leaveFree, what) => {
      const bytes = Buffer.alloc(9000, 'n');
      const iso = build(options, esp(leaveFree));
      const uefi = options('x').includes('-b') ? 1 : 0;
      const { view, receipt } = await edited(iso, { fat: [{ entry: uefi, replace: [{ path: CONF, bytes }] }] });
      const { list } = partitionsOf(view);
      expectApart(list);
      const system = list.find(({ type }) => isSystem(type))!;
      expect(readFat(system.bytes).files[CONF]?.equals(bytes)).toBe(true);
      const entry = receipt.find(({ where }) => where === 'fat')!;
      expect(entry.what).toBe(what);
      expect(view.subarray(entry.offset, entry.offset + 100).equals(bytes.subarray(0, 100))).toBe(true);
      expect(entry.offset).toBeGreaterThan(system.at);
      const path = join(work, 'view.iso');
      writeFileSync(path, view);
      expect(run('xorriso', '-indev', path, '-report_el_torito', 'plain').toString()).toMatch(
        new RegExp(`UEFI.* ${system.at / SECTOR}\\n`),
      );
      expect(readBy(list[0]!.bytes, '-R', GRUB).equals(GROWN)).toBe(true);
      if (label === 'gpt') expect(run('sgdisk', '-v', join(work, 'disk.img')).toString()).toContain('No problems found');
    });
  },
);

describe.runIf(ready)('a partition with a volume of another name', () => {
  it('j1: stays as the ISO has it, and that is said', async () => {
    const other = build(() => ['-V', 'OTHER']);
    const path = join(work, 'other.img');
    writeFileSync(path, other);
    const iso = build(() => ['-append_partition', '2', '0x83', path]);
    const { view, notes } = await edited(iso);
    expect(notes).toEqual([expect.stringMatching(/volume of its own, “OTHER”, which is as the ISO has it/)]);
    const { list } = partitionsOf(view);
    expect(list.some(({ bytes }) => bytes.subarray(0, other.length).equals(other))).toBe(true);
  });
});
