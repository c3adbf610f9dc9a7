import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { existsSync } from 'node:fs';

/** The tools that the world makes, checks and reads FAT file systems with; on Debian as root the lab's set-up installs them. */
const mustHave = process.platform === 'linux' && existsSync('/etc/debian_version') && process.getuid?.() === 0;
export const hasFatTools = mustHave || ['mkfs.vfat', 'fsck.vfat', 'mcopy'].every((tool) => spawnSync(tool, ['--help']).error === undefined);

export const work = mkdtempSync(join(tmpdir(), 'bootbench-fat-'));
let count = 0;
const fresh = (name: string) => join(work, `${(count += 1)}-${name}`);

export function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
  if (error || status !== 0) throw new Error(`${command} ${args.join(' ')}: ${String(status)} ${error?.message ?? `${stdout}\n${stderr}`}`);
  return stdout;
}

export interface FatOptions {
  readonly type: 12 | 16 | 32;
  readonly kib: number;
  readonly clusterSectors: number;
  readonly sector?: number;
  readonly copies?: number;
  readonly files: Record<string, Uint8Array>;
  /** A file that leaves so many clusters free. */
  readonly leaveFree?: number;
}

/** A file system by mkfs.vfat and mcopy. */
export function makeFat({ type, kib, clusterSectors, sector = 512, copies = 2, files, leaveFree }: FatOptions): Buffer {
  const image = fresh('fat.img');
  const how = ['-F', String(type), '-s', String(clusterSectors), '-S', String(sector), '-f', String(copies), '-i', '0badcafe', '-n', 'LAB'];
  run('mkfs.vfat', [...how, '-C', image, String(kib)]);
  putFiles(image, files);
  if (leaveFree !== undefined) {
    const { used, total } = clustersOf(image);
    putFiles(image, { 'filler.bin': Buffer.alloc((total - used - leaveFree) * clusterSectors * sector, 'F') });
  }
  const bytes = readFileSync(image);
  rmSync(image);
  return bytes;
}

function putFiles(image: string, files: Record<string, Uint8Array>): void {
  const folder = fresh('in');
  for (const [path, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), bytes);
  }
  if (Object.keys(files).length > 0)
    run('mcopy', ['-s', '-Q', '-i', image, ...readdirSync(folder).map((name) => join(folder, name)), '::']);
  rmSync(folder, { recursive: true, force: true });
}

/** What fsck.vfat counts; it throws for a file system that it would repair. */
function clustersOf(image: string): { used: number; total: number } {
  const said = run('fsck.vfat', ['-n', '-v', image]);
  const [, used, total] = /(\d+)\/(\d+) clusters/.exec(said) ?? [];
  if (used === undefined || total === undefined) throw new Error(said);
  return { used: Number(used), total: Number(total) };
}

export interface SeenFat {
  readonly files: Record<string, Buffer>;
  readonly used: number;
  readonly total: number;
}

/** The files as mtools reads them, and the clusters as fsck.vfat counts them. */
export function readFat(bytes: Uint8Array): SeenFat {
  const image = fresh('seen.img');
  const folder = fresh('out');
  writeFileSync(image, bytes);
  mkdirSync(folder);
  const clusters = clustersOf(image);
  run('mcopy', ['-s', '-n', '-Q', '-i', image, '::/', folder]);
  const files: Record<string, Buffer> = {};
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const path = join(folder, name);
    if (statSync(path).isFile()) files[relative(folder, path)] = readFileSync(path);
  }
  rmSync(image);
  rmSync(folder, { recursive: true });
  return { files, ...clusters };
}

/** The copies of the FAT of an image, by its boot sector. */
export function fatCopies(image: Buffer): Buffer[] {
  const sector = image.readUInt16LE(11);
  const length = (image.readUInt16LE(22) || image.readUInt32LE(36)) * sector;
  const begin = image.readUInt16LE(14) * sector;
  return Array.from({ length: image[16]! }, (_, copy) => image.subarray(begin + copy * length, begin + (copy + 1) * length));
}
