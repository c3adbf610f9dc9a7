import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { readBootCatalog } from '../../../main-services/iso/iso9660/el-torito.ts';
import { openBootImageFat } from '../../../main-services/iso/fat/boot-images.ts';
import { openIso } from '../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import type { Extent } from '../../../main-services/iso/source/overlay.ts';
import { tagOf } from '../../../main-services/iso/udf/udf-tag.ts';
import { openUdf } from '../../../main-services/iso/udf/udf-volume.ts';
import { buildIso, type TestIso } from '../../unit/iso/build-iso.ts';
import { buildUdf } from '../../unit/iso/udf/build-udf.ts';

/** A whole image, and where in it readers look. */
export interface Base {
  readonly name: string;
  readonly bytes: Buffer;
  /** Stretches by kind: the volume descriptors, the boot catalogue, the folders of each tree, the FAT of boot images. */
  readonly regions: readonly (readonly Extent[])[];
  /** UDF descriptors, each with a tag of its own. */
  readonly descriptors: readonly Extent[];
  /** Of this many mutants in a round, one is of this base. */
  readonly weight: number;
}

const SECTOR = 2048;
const GRUB = 'set timeout=5\nmenuentry "Install" {\n  linux /kernel quiet ---\n  initrd /initrd\n}\n';
const FILES: Record<string, string> = {
  'boot/grub/grub.cfg': GRUB,
  'EFI/BOOT/grub.cfg': GRUB,
  'isolinux/isolinux.cfg': 'default install\nlabel install\n  kernel /kernel\n  append initrd=/initrd quiet\n',
  'coreos/kargs.json': '{"default":"a","size":40,"files":[{"path":"isolinux/isolinux.cfg","offset":30}]}',
  'a-file-with-a-rather-long-name.conf': 'x',
  'a/b/c/d/e/f/g/h/i/deep.cfg': 'deep',
  kernel: 'k'.repeat(9000),
  empty: '',
};

export async function handMade(): Promise<Base[]> {
  const files = Object.entries(FILES).map(([path, text]) => ({ path, bytes: Buffer.from(text) }));
  const boot: TestIso['boot'] = {
    platform: 0,
    entries: [
      { path: 'kernel', platform: 0, count: 4 },
      { path: 'kernel', platform: 0xef, count: 0 },
    ],
  };
  const udf = buildUdf({
    files: files.map((file, index) => ({ ...file, kind: (['short', 'long', 'embedded', 'chained'] as const)[index % 4] })),
  });
  return Promise.all([
    baseOf('hand-made, Rock Ridge and Joliet', buildIso({ files, joliet: true, boot }), 6),
    baseOf('hand-made, plain', buildIso({ files, rockRidge: false, boot }), 6),
    baseOf('hand-made, UDF beside it', bridge(files, udf), 6),
  ]);
}

/** A small ISO 9660 tree in the first sectors, which a UDF volume leaves free. */
function bridge(files: TestIso['files'], udf: Buffer): Buffer {
  const iso = buildIso({ files: files.slice(0, 1), rockRidge: false });
  const bytes = Buffer.from(udf);
  iso.copy(bytes, 16 * SECTOR, 16 * SECTOR, 18 * SECTOR);
  iso.copy(bytes, 21 * SECTOR, 21 * SECTOR, Math.min(iso.length, 32 * SECTOR));
  bytes.write('\xffCD001\x01', 17 * SECTOR, 'latin1');
  return bytes;
}

/** ISOs of real writers, made in `work`, and those that Debian's packages bring. */
export async function realOnes(work: string): Promise<Base[]> {
  const tree = join(work, 'tree');
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  for (const kind of ['12', '16', '32']) makeFat(join(tree, `efi${kind}.img`), kind, join(tree, 'EFI/BOOT/grub.cfg'), work);
  const uefi = (image: string) => ['-eltorito-alt-boot', '-e', image, '-no-emul-boot'];
  const bios = ['-b', 'kernel', '-no-emul-boot', '-boot-load-size', '4'];
  const xorriso = (...args: string[]) => ['xorriso', '-as', 'mkisofs', '-quiet', ...args];
  const writers: Record<string, string[]> = {
    'xorriso -R -J, FAT12': xorriso('-R', '-J', '-e', 'efi12.img', '-no-emul-boot'),
    'xorriso -R, FAT16, GPT': xorriso('-R', ...bios, ...uefi('efi16.img'), '-isohybrid-gpt-basdat'),
    'xorriso, no Rock Ridge, FAT32': xorriso('--norock', '-J', '-e', 'efi32.img', '-no-emul-boot'),
    'genisoimage -udf': ['genisoimage', '-quiet', '-udf', ...bios, ...uefi('efi12.img')],
    'genisoimage -iso-level 4': ['genisoimage', '-quiet', '-iso-level', '4', '-R', ...bios],
  };
  const bases: Base[] = [];
  for (const [name, [tool = '', ...args]] of Object.entries(writers)) {
    const out = join(work, 'out.iso');
    run(tool, [...args, '-V', 'LAB', '-o', out, tree]);
    bases.push(await baseOf(name, readFileSync(out), name.endsWith('FAT32') ? 1 : 3));
  }
  const packaged = ['/usr/lib/grub-rescue/grub-rescue-cdrom.iso', '/usr/lib/ipxe/ipxe.iso', '/usr/lib/memtest86+/memtest86+x64.iso'];
  for (const path of packaged) if (existsSync(path)) bases.push(await baseOf(path, readFileSync(path), 2));
  return bases;
}

/** Sparse files: what a FAT32 must have is mostly zeros. */
function makeFat(path: string, kind: string, config: string, work: string): void {
  const kilobytes = { 12: 256, 16: 4400, 32: 34_000 }[kind] ?? 0;
  const [sectors, clusters] = kind === '32' ? ['-s1', '-f1'] : ['-s2', '-f2'];
  run('mkfs.vfat', ['-C', `-F${kind}`, kind === '16' ? '-s1' : sectors, clusters, path, `${kilobytes}`]);
  const folder = join(work, 'EFI');
  mkdirSync(join(folder, 'BOOT'), { recursive: true });
  writeFileSync(join(folder, 'BOOT', 'grub.cfg'), readFileSync(config));
  writeFileSync(join(folder, 'BOOT', 'a-rather-long-name.efi'), Buffer.alloc(3000, 'MZ'));
  run('mcopy', ['-s', '-i', path, folder, '::']);
}

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8', env });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(status)} ${error?.message ?? stderr}`);
}

async function baseOf(name: string, bytes: Buffer, weight: number): Promise<Base> {
  const source = memorySource(bytes, name);
  const volume = await openIso(source);
  const descriptors: Extent = { offset: 16 * SECTOR, length: 5 * SECTOR };
  const catalog = volume.bootCatalog ? [{ offset: volume.bootCatalog.offset, length: 160 }] : [descriptors];
  const fats = await fatRegions(source);
  const udf = await udfDescriptors(source, bytes);
  const folders = foldersOf(bytes);
  const regions = [[descriptors], catalog, folders, ...(fats.length > 0 ? [fats, fats] : []), ...(udf.length > 0 ? [udf] : [])];
  return { name, bytes, regions, descriptors: udf, weight };
}

/** Sectors that begin with a record for themselves: the folders of every tree. */
function foldersOf(bytes: Buffer): Extent[] {
  const found: Extent[] = [];
  for (let sector = 18; sector < bytes.length / SECTOR; sector += 1) {
    const at = sector * SECTOR;
    const isFolder = (bytes[at] ?? 0) >= 34 && bytes.readUInt32LE(at + 2) === sector && bytes.readUInt32BE(at + 6) === sector;
    if (isFolder) found.push({ offset: at, length: usedLength(bytes.subarray(at, at + bytes.readUInt32LE(at + 10))) });
  }
  return found;
}

/** Without the zeros at the end. */
function usedLength(folder: Buffer): number {
  let length = folder.length;
  while (length > 0 && folder[length - 1] === 0) length -= 1;
  return length;
}

async function fatRegions(source: ByteSource): Promise<Extent[]> {
  const regions: Extent[] = [];
  for (const entry of await readBootCatalog(source, await openIso(source))) {
    const fat = await openBootImageFat(source, entry);
    if (!fat) continue;
    const records = fat.files.map(({ at }) => ({ offset: entry.offset + at - 64, length: 96 }));
    regions.push({ offset: entry.offset, length: 96 }, { offset: entry.offset + 512, length: 600 }, ...records);
  }
  return regions;
}

async function udfDescriptors(source: ByteSource, bytes: Buffer): Promise<Extent[]> {
  if (!(await openUdf(source))) return [];
  const found: Extent[] = [];
  for (let at = 32 * SECTOR; at + SECTOR <= bytes.length && at < 500 * SECTOR; at += SECTOR) {
    for (let inside = 0; inside + 38 < SECTOR;) {
      const one = bytes.subarray(at + inside, at + SECTOR);
      if (tagOf(one) === undefined || one.readUInt16LE(0) === 0) break;
      const length = 16 + one.readUInt16LE(10);
      found.push({ offset: at + inside, length });
      inside += Math.ceil(length / 4) * 4;
    }
  }
  return found;
}
