import type { Pages } from '../source/copy-on-write.ts';
import { refused } from '../iso9660/edited-image.ts';
import type { FatFile, FatVolume } from './fat-volume.ts';
import { runs } from './fat-volume.ts';
import { clusterBytes, clusterOffset, dataOffset, fatOffset, type FatGeometry } from './geometry.ts';
import { freeClusters } from './sound.ts';
import { chainOf, endOf, linkAt, setLink } from './table.ts';

export interface FatTarget {
  readonly file: FatFile;
  readonly bytes: Uint8Array;
}

/** A file system while it is edited: where it lies in the view now, and its links as they are to be. */
export interface FatPlace {
  readonly offset: number;
  readonly geometry: FatGeometry;
  readonly table: Buffer;
  /** The FAT as the pages show it; blocks that differ from it are written. */
  readonly shown: Buffer;
  /** By how much the folders moved within the image. */
  readonly shift: number;
  /** Free clusters before the edits. */
  readonly free: number;
}

/** The files of paths, each once: the last edit of a file counts. */
export async function findFatTargets(volume: FatVolume, edits: readonly { path: string; bytes: Uint8Array }[]): Promise<FatTarget[]> {
  const targets = new Map<number, FatTarget>();
  for (const { path, bytes } of edits) {
    const file = await volume.lookup(path);
    if (!file) throw refused(`${path} is not in the boot image.`);
    if (file.directory) throw refused(`${path} is a folder of the boot image; only files can be replaced.`);
    targets.set(file.at, { file, bytes });
  }
  return [...targets.values()];
}

/** Clusters that the edits need and the file system has not. mtools takes a link to the very last cluster for damage: it stays free. */
export function missingClusters(volume: FatVolume, targets: readonly FatTarget[]): number {
  const { geometry, table } = volume;
  const lastIsFree = linkAt(table, geometry.type, geometry.clusters + 1) === 0;
  const usable = freeClusters(volume) - (lastIsFree ? 1 : 0);
  return Math.max(0, moreClusters(geometry, table, targets) - usable);
}

/** How many more clusters the files have after the edits than before. */
function moreClusters(geometry: FatGeometry, table: Buffer, targets: readonly FatTarget[]): number {
  const more = targets.map(({ file, bytes }) => clustersFor(geometry, bytes.length) - fileChain(geometry, table, file).length);
  return more.reduce((sum, count) => sum + count, 0);
}

function clustersFor(geometry: FatGeometry, length: number): number {
  return Math.ceil(length / clusterBytes(geometry));
}

function fileChain({ type, clusters }: FatGeometry, table: Buffer, { first }: FatFile): number[] {
  return first === 0 ? [] : (chainOf(table, type, clusters, first, clusters) ?? []);
}

/** Puts the new bytes into the files' clusters and into free ones; returns where each file begins now. */
export async function writeFiles(pages: Pages, place: FatPlace, targets: readonly FatTarget[]): Promise<number[]> {
  const free = place.free - moreClusters(place.geometry, place.table, targets);
  const chains = allot(place, targets);
  const begins: number[] = [];
  for (const [index, { file, bytes }] of targets.entries()) {
    const chain = chains[index] ?? [];
    await writeClusters(pages, place, chain, bytes);
    await writeEntry(pages, place, file, chain[0] ?? 0, bytes.length);
    begins.push(place.offset + (chain[0] === undefined ? dataOffset(place.geometry) : clusterOffset(place.geometry, chain[0])));
  }
  await writeTable(pages, place);
  await writeFreeCount(pages, place, free);
  return begins;
}

/** Frees what shrinking files give up before growing ones take it. */
function allot(place: FatPlace, targets: readonly FatTarget[]): number[][] {
  const { geometry, table } = place;
  const { type } = geometry;
  const kept = targets.map(({ file, bytes }) => {
    const chain = fileChain(geometry, table, file);
    const wanted = clustersFor(geometry, bytes.length);
    for (const cluster of chain.slice(wanted)) setLink(table, type, cluster, 0);
    return { chain: chain.slice(0, wanted), wanted };
  });
  let next = 2;
  const take = () => {
    while (next < geometry.clusters + 2 && linkAt(table, type, next) !== 0) next += 1;
    setLink(table, type, next, endOf(type));
    return next;
  };
  return kept.map(({ chain, wanted }) => {
    const whole = [...chain, ...Array.from({ length: wanted - chain.length }, take)];
    whole.forEach((cluster, index) => setLink(table, type, cluster, whole[index + 1] ?? endOf(type)));
    return whole;
  });
}

/** Whole clusters: no byte of what was there before is left behind the file's end. */
async function writeClusters(pages: Pages, { offset, geometry }: FatPlace, chain: readonly number[], bytes: Uint8Array): Promise<void> {
  const room = Buffer.alloc(chain.length * clusterBytes(geometry));
  room.set(bytes);
  let at = 0;
  for (const run of runs(geometry, chain)) {
    await pages.write(offset + run.offset, room.subarray(at, at + run.length));
    at += run.length;
  }
}

async function writeEntry(pages: Pages, place: FatPlace, file: FatFile, first: number, size: number): Promise<void> {
  const at = place.offset + file.at + place.shift;
  const entry = await pages.read(at, 32);
  entry.writeUInt16LE(first & 0xffff, 26);
  // The upper half is OS/2's in the other types.
  if (place.geometry.type === 32) entry.writeUInt16LE(first >>> 16, 20);
  entry.writeUInt32LE(size, 28);
  await pages.write(at, entry);
}

const BLOCK = 512;

/** Only blocks that changed, in every copy of the FAT. */
async function writeTable(pages: Pages, { offset, geometry, table, shown }: FatPlace): Promise<void> {
  const begin = offset + fatOffset(geometry);
  for (let at = 0; at < table.length; at += BLOCK) {
    const block = table.subarray(at, at + BLOCK);
    if (block.equals(shown.subarray(at, at + BLOCK))) continue;
    for (let copy = 0; copy < geometry.copies; copy += 1) await pages.write(begin + copy * table.length + at, block);
  }
}

/** FSInfo (FAT32): the count where one is kept, and "unknown" for where to look for a free cluster next. */
async function writeFreeCount(pages: Pages, { offset, geometry }: FatPlace, free: number): Promise<void> {
  if (geometry.fsInfo === 0) return;
  const at = offset + geometry.fsInfo * geometry.sector;
  const info = await pages.read(at, 512);
  if (info.toString('latin1', 0, 4) !== 'RRaA' || info.toString('latin1', 484, 488) !== 'rrAa') return;
  if (info.readUInt32LE(488) !== UNKNOWN) info.writeUInt32LE(free, 488);
  info.writeUInt32LE(UNKNOWN, 492);
  await pages.write(at, info);
}

const UNKNOWN = 0xffffffff;
