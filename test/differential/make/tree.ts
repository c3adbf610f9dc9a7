import { deflateSync } from 'node:zlib';
import type { Random } from '../random.ts';

/** A file, folder, symbolic link or hard link to put into an ISO. */
export interface Item {
  /** With slashes, no leading one. */
  readonly path: string;
  readonly kind: 'file' | 'folder' | 'link' | 'hard';
  readonly bytes: Buffer;
  /** Of a symbolic link its text, of a hard link the path of the other name. */
  readonly target: string;
}

/** Characters that Joliet names do not have (Joliet §3); writers that replace none cannot write such a tree. */
export const NOT_IN_JOLIET = /[*:;?\\]/;

const NONE = Buffer.alloc(0);
const PLAIN_NAMES = ['grub.cfg', 'vmlinuz', 'initrd.img', 'README', 'setup.exe', 'a', 'boot', 'EFI', 'isolinux.bin', 'ks.cfg', '.disk'];
const HOSTILE_NAMES = [
  ...['Größe.txt', 'ÄÖÜß', 'éclair', '日本語.txt', '🦀.bin', 'naïve file', 'Ωmega'],
  ...['two words', ' leading', 'a.b.c.d.e', '.hidden', '..twodots', 'tail.', 'name;1', 'name;2', 'x;', '-dash', '~tilde', '#hash'],
  ...["quo'te", 'dou"ble', 'back\\slash', 'star*', 'quest?', 'col:on', 'pipe|', 'plus+plus', 'per%20cent', 'comma,', '[x]', '$HOME'],
  ...['CON', 'NUL.txt', 'README.', 'a.', 'UPPER.TXT', 'UPPER.txt', 'Upper.Txt', 'rr_moved', 'noextension', 'x.verylongextension'],
];

/** A tree with the names, depths and kinds that readers get wrong. At most about 60 items, and 300 KiB. */
export function makeTree(random: Random): Item[] {
  const items = new Map<string, Item>();
  const folders = [''];
  const add = (path: string, kind: Item['kind'], bytes: Buffer = NONE, target = '') => {
    if (!items.has(path)) items.set(path, { path, kind, bytes, target });
  };
  const folder = (path: string) => {
    if (!items.has(path)) folders.push(path);
    add(path, 'folder');
  };
  for (let count = random.below(6); count > 0; count -= 1) folder(join(random.pick(folders), nameOf(random)));
  if (random.chance(0.3)) deepFolder(random, folder);
  for (let count = 1 + random.below(20); count > 0; count -= 1) add(join(random.pick(folders), nameOf(random)), 'file', contentOf(random));
  if (random.chance(0.3)) casePairs(random, add);
  if (random.chance(0.15)) manyFiles(random, add, random.pick(folders));
  if (random.chance(0.4)) links(random, add, [...items.values()], folders);
  return [...items.values()].filter((item) => isReachable(item, items));
}

/** A path below a file, or below a link, cannot be. */
function isReachable({ path }: Item, items: ReadonlyMap<string, Item>): boolean {
  const parts = path.split('/');
  return parts.slice(1).every((_, index) => items.get(parts.slice(0, index + 1).join('/'))?.kind === 'folder');
}

type Add = (path: string, kind: Item['kind'], bytes?: Buffer, target?: string) => void;

/** Below the eighth level ISO 9660 allows no folder (ECMA-119 §6.8.2.1); Rock Ridge moves it elsewhere. */
function deepFolder(random: Random, folder: (path: string) => void): void {
  let path = '';
  for (let depth = 4 + random.below(9); depth > 0; depth -= 1) {
    path = join(path, random.chance(0.2) ? nameOf(random) : `d${depth}`);
    folder(path);
  }
}

/** Names that are equal but for case, and names whose first eight, or 31, or 64 characters are equal. */
function casePairs(random: Random, add: Add): void {
  for (const name of ['Case.txt', 'CASE.TXT', 'case.txt', 'cAse.Txt'].slice(0, 2 + random.below(3))) add(name, 'file', contentOf(random));
  const stem = random.pick(['longname', 'a-name-of-thirty-one-characters', 'n'.repeat(64)]);
  for (const tail of ['1', '2', '.x', '.y']) add(`${stem}${tail}`, 'file', contentOf(random));
}

/** A folder of several sectors. */
function manyFiles(random: Random, add: Add, folder: string): void {
  const count = 30 + random.below(60);
  for (let index = 0; index < count; index += 1)
    add(join(folder, `package-${index}_1.0-${index}_all.deb`), 'file', Buffer.from(`${index}`));
}

function links(random: Random, add: Add, items: readonly Item[], folders: readonly string[]): void {
  const files = items.filter(({ kind }) => kind === 'file');
  const targets = [
    '.',
    '..',
    '/',
    'nowhere',
    '../a/b',
    '/etc/passwd',
    './x',
    'a//b',
    'l'.repeat(200),
    `${'deep/'.repeat(40)}end`,
    'ümlaut',
  ];
  for (let count = 1 + random.below(4); count > 0; count -= 1)
    add(join(random.pick(folders), `link${count}`), 'link', NONE, random.chance(0.5) ? random.pick(targets) : random.pick(items).path);
  if (files.length > 0 && random.chance(0.5)) add(join(random.pick(folders), 'hardlink'), 'hard', NONE, random.pick(files).path);
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

function nameOf(random: Random): string {
  if (random.chance(0.35)) return random.pick(PLAIN_NAMES);
  if (random.chance(0.15)) return 'x'.repeat([31, 32, 64, 65, 103, 104, 200, 247, 248, 255][random.below(10)]!);
  if (random.chance(0.1)) return 'ü'.repeat(20 + random.below(100));
  return random.pick(HOSTILE_NAMES);
}

function contentOf(random: Random): Buffer {
  if (random.chance(0.1)) return NONE;
  if (random.chance(0.1)) return zisofs(Buffer.alloc(random.pick([1, 100, 32_768, 32_769, 100_000]), 'zisofs '));
  const length = random.pick([1, 7, 100, 2047, 2048, 2049, 4096, 5000, 20_000]);
  return Buffer.alloc(length, random.bytes(8));
}

/** A file as mkzftree writes it (zisofs, version 1): readers that know ZF show what it unpacks to. */
function zisofs(bytes: Buffer): Buffer {
  const block = 32_768;
  const blocks = Array.from({ length: Math.ceil(bytes.length / block) }, (_, index) =>
    deflateSync(bytes.subarray(index * block, (index + 1) * block)),
  );
  const header = Buffer.alloc(16 + 4 * (blocks.length + 1));
  Buffer.from('37e45396c9dbd607', 'hex').copy(header);
  header.writeUInt32LE(bytes.length, 8);
  header.set([4, 15], 12);
  let at = header.length;
  blocks.forEach((one, index) => {
    header.writeUInt32LE(at, 16 + 4 * index);
    at += one.length;
  });
  header.writeUInt32LE(at, 16 + 4 * blocks.length);
  return Buffer.concat([header, ...blocks]);
}
