import { readBootCatalog } from '../../../main-services/iso/iso9660/el-torito.ts';
import { openBootImageFat } from '../../../main-services/iso/fat/boot-images.ts';
import type { FatGeometry } from '../../../main-services/iso/fat/geometry.ts';
import { openIso } from '../../../main-services/iso/iso9660/volume.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { buildIso, pack, record, SECTOR } from '../../unit/iso/build-iso.ts';
import type { Base } from './mutation-bases.ts';

/** An image that was changed by hand so that whoever follows it goes in a circle, or never comes to an end. */
export interface Loop {
  readonly what: string;
  readonly bytes: Buffer;
}

/** The loops that a base has room for, one by one: each is a whole image. */
export async function* loopsOf(base: Base): AsyncGenerator<Loop> {
  const changed = (what: string, change: (bytes: Buffer) => void): Loop => {
    const bytes = Buffer.from(base.bytes);
    change(bytes);
    return { what: `${base.name}: ${what}`, bytes };
  };
  yield changed('every folder is the root', (bytes) => everyFolder(bytes, (_folder, root) => root));
  yield changed('every folder is the one that it is in', (bytes) => everyFolder(bytes, (folder) => folder));
  yield changed('continuation areas and moved folders that lead to themselves', rockRidgeLoops);
  for (const kind of [0x88, 0x90, 0x91, 0x44]) yield changed(`a boot catalogue of ${kind} only`, (bytes) => fillCatalog(bytes, kind));
  yield* fatLoops(base);
}

function rootOf(bytes: Buffer): number {
  return bytes.readUInt32LE(16 * SECTOR + 158);
}

/** Leads each folder's record elsewhere, in every tree: sectors that begin with a record for themselves are folders. */
function everyFolder(bytes: Buffer, target: (folder: number, root: number) => number): void {
  const root = rootOf(bytes);
  for (let sector = 18; sector < bytes.length / SECTOR; sector += 1) {
    const begin = sector * SECTOR;
    if ((bytes[begin] ?? 0) < 34 || bytes.readUInt32LE(begin + 2) !== sector) continue;
    for (let at = begin, index = 0; at + 34 < begin + SECTOR && (bytes[at] ?? 0) > 0; at += bytes[at] ?? 0, index += 1) {
      if (index < 2 || ((bytes[at + 25] ?? 0) & 2) === 0) continue;
      bytes.writeUInt32LE(target(sector, root), at + 2);
      bytes.writeUInt32BE(target(sector, root), at + 6);
    }
  }
}

/** Folders of 4 MiB each, in every sector of the same 4 MiB, all full of such folders. */
export function nestedFolders(): Buffer {
  const [count, length] = [2000, 4 * 1024 * 1024];
  const bytes = buildIso({ files: [], rockRidge: false, tail: count + 60 });
  const root = rootOf(bytes);
  const first = root + 1;
  const folder = (name: string, sector: number) => record(Buffer.from(name), sector, length, { directory: true });
  for (let sector = 0; sector < count; sector += 1) {
    const records = Array.from({ length: 48 }, (_, index) => folder(`FOLDER${index}`, first + ((sector * 48 + index * 7 + 1) % count)));
    pack(records).copy(bytes, (first + sector) * SECTOR);
  }
  const self = [0, 1].map((name) => record(Buffer.of(name), root, SECTOR, { directory: true }));
  pack([...self, folder('NESTED', first)]).copy(bytes, root * SECTOR);
  return bytes;
}

function rockRidgeLoops(bytes: Buffer): void {
  const root = rootOf(bytes);
  const entry = (signature: string, ...numbers: number[]) => {
    const out = Buffer.alloc(4 + 8 * numbers.length);
    out.write(signature, 0, 'latin1');
    out[2] = out.length;
    out[3] = 1;
    numbers.forEach((number, index) => {
      out.writeUInt32LE(number, 4 + 8 * index);
      out.writeUInt32BE(number, 8 + 8 * index);
    });
    return out;
  };
  const sp = Buffer.from([0x53, 0x50, 7, 1, 0xbe, 0xef, 0]);
  // The continuation begins in the root's own sector, where the record's CE lies.
  const ce = entry('CE', root, 2000, 28);
  pack([
    record(Buffer.of(0), root, SECTOR, { directory: true, systemUse: sp }),
    record(Buffer.of(1), root, SECTOR, { directory: true }),
    record(Buffer.from('LOOP'), root, SECTOR, { systemUse: ce }),
    record(Buffer.from('MOVED'), root, 0, { systemUse: entry('CL', root) }),
  ]).copy(bytes, root * SECTOR);
  ce.copy(bytes, root * SECTOR + 2000);
}

function fillCatalog(bytes: Buffer, kind: number): void {
  if (bytes.toString('latin1', 17 * SECTOR + 7, 17 * SECTOR + 16) !== 'EL TORITO') return;
  const from = bytes.readUInt32LE(17 * SECTOR + 71) * SECTOR + 32;
  for (let at = from; at + 32 <= Math.min(bytes.length, from + SECTOR); at += 32) {
    bytes[at] = kind;
    bytes[at + 1] = kind === 0x90 || kind === 0x91 ? 0xef : 0;
    bytes.writeUInt16LE(0xffff, at + 2);
  }
}

/** Chains of clusters: each leads to itself, all to one, or all in one ring. */
async function* fatLoops(base: Base): AsyncGenerator<Loop> {
  const source = memorySource(base.bytes, base.name);
  for (const entry of await readBootCatalog(source, await openIso(source))) {
    const fat = await openBootImageFat(source, entry);
    if (!fat) continue;
    const { clusters, type } = fat.geometry;
    const shapes: Record<string, (cluster: number) => number> = {
      'leads to itself': (cluster) => cluster,
      'leads to the first': () => 2,
      'lies in one ring': (cluster) => (cluster === clusters + 1 ? 2 : cluster + 1),
    };
    for (const [shape, next] of Object.entries(shapes)) {
      const bytes = Buffer.from(base.bytes);
      for (let cluster = 2; cluster < clusters + 2; cluster += 1) chain(bytes, entry.offset, fat.geometry, cluster, next(cluster));
      yield { what: `${base.name}: every cluster of FAT${type} ${shape}`, bytes };
    }
  }
}

function chain(bytes: Buffer, image: number, fat: FatGeometry, cluster: number, next: number): void {
  const table = image + fat.reservedSectors * fat.sector;
  if (fat.type === 32) bytes.writeUInt32LE(next, table + 4 * cluster);
  else if (fat.type === 16) bytes.writeUInt16LE(next, table + 2 * cluster);
  else {
    const at = table + Math.floor(1.5 * cluster);
    const both = bytes.readUInt16LE(at);
    bytes.writeUInt16LE(cluster % 2 === 0 ? (both & 0xf000) | next : (both & 0x000f) | (next << 4), at);
  }
}
