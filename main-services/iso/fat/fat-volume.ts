import { setImmediate } from 'node:timers/promises';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Extent } from '../source/overlay.ts';
import { decodeFatDirectory } from './directory.ts';
import { clusterBytes, clusterOffset, dataOffset, decodeBpb, fatOffset, rootOffset, type FatGeometry } from './geometry.ts';
import { chainOf } from './table.ts';
import { asBuffer } from '../../../util/text.ts';

/** A file or folder. */
export interface FatFile {
  /** With slashes, no leading one. */
  readonly path: string;
  /** Its own names: the long one, if it has one, and the short one. */
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly size: number;
  /** First cluster; 0 for an empty file. */
  readonly first: number;
  /** Where its directory entry lies in the image, in bytes. */
  readonly at: number;
}

export interface FatVolume {
  readonly geometry: FatGeometry;
  /** The first FAT, whole sectors. Not to be changed. */
  readonly table: Buffer;
  /** Every file and folder, parents first. `complete` is false where bounds or damage ended the walk. */
  readonly files: readonly FatFile[];
  readonly complete: boolean;
  walk(): AsyncGenerator<FatFile>;
  /** By long or short name, upper and lower case alike. */
  lookup(path: string): Promise<FatFile | undefined>;
  /** Where the bytes of a file lie in the image, in order. E_IMAGE_INVALID when its clusters do not hold together. */
  extents(file: FatFile): Extent[];
  read(file: FatFile, offset?: number, length?: number, signal?: AbortSignal): Promise<Buffer>;
}

export type ReadAt = (offset: number, length: number, signal?: AbortSignal) => Promise<Uint8Array>;

const MAX_DEPTH = 32;
const MAX_FILES = 20_000;
/** Bytes of one folder, and of all: 16,384 and 131,072 entries. */
const MAX_DIRECTORY = 512 * 1024;
const MAX_DIRECTORIES = 4 * 1024 * 1024;
/** A folder this large is decoded on its own turn of the loop. */
const LARGE_FOLDER_BYTES = 32 * 1024;

/**
 * Reads the FAT file system in an image of `size` bytes, bounded and safe against loops; undefined where there is none that could
 * be believed. Folders are read at once, files when asked for.
 */
export async function openFat(readAt: ReadAt, size: number, signal?: AbortSignal): Promise<FatVolume | undefined> {
  if (size < 512) return undefined;
  const read = async (offset: number, length: number, stop = signal) => asBuffer(await readAt(offset, length, stop));
  const geometry = decodeBpb(await read(0, 512), size);
  if (!geometry) return undefined;
  const table = await read(fatOffset(geometry), geometry.fatSectors * geometry.sector);
  const { files, complete } = await listAll(geometry, table, read);
  const extents = (file: FatFile) => extentsOf(geometry, table, file);
  return {
    geometry,
    table,
    files,
    complete,
    walk: async function* () {
      yield* files;
      await Promise.resolve();
    },
    lookup: (path) => Promise.resolve(find(files, path)),
    extents,
    read: async (file, offset = 0, length = file.size, stop) => {
      const parts = cut(extents(file), offset, length);
      return Buffer.concat(await Promise.all(parts.map((part) => read(part.offset, part.length, stop))));
    },
  };
}

interface Folder {
  /** First cluster; undefined: the root folder. */
  readonly first: number | undefined;
  readonly prefix: string;
  readonly depth: number;
}

async function listAll(
  geometry: FatGeometry,
  table: Buffer,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<{ files: FatFile[]; complete: boolean }> {
  const files: FatFile[] = [];
  let complete = true;
  let bytesLeft = MAX_DIRECTORIES;
  const seen = new Set<number>([geometry.rootCluster]);
  const folders: Folder[] = [{ first: undefined, prefix: '', depth: 0 }];
  for (const folder of folders) {
    const places = placesOf(geometry, table, folder);
    bytesLeft -= total(places ?? []);
    complete &&= places !== undefined && bytesLeft >= 0;
    if (bytesLeft < 0) break;
    for (const file of await listFolder(geometry, places ?? [], folder.prefix, read)) {
      if (files.length >= MAX_FILES) return { files, complete: false };
      files.push(file);
      if (!file.directory || folder.depth >= MAX_DEPTH) continue;
      const loops = seen.has(file.first);
      complete &&= !loops;
      if (!loops) folders.push({ first: file.first, prefix: `${file.path}/`, depth: folder.depth + 1 });
      seen.add(file.first);
    }
  }
  return { files, complete };
}

function placesOf(geometry: FatGeometry, table: Buffer, { first }: Folder): Extent[] | undefined {
  return first === undefined ? rootPlaces(geometry, table) : folderPlaces(geometry, table, first);
}

function rootPlaces(geometry: FatGeometry, table: Buffer): Extent[] | undefined {
  if (geometry.type === 32) return folderPlaces(geometry, table, geometry.rootCluster);
  const length = dataOffset(geometry) - rootOffset(geometry);
  return length > MAX_DIRECTORY ? undefined : [{ offset: rootOffset(geometry), length }];
}

function folderPlaces(geometry: FatGeometry, table: Buffer, first: number): Extent[] | undefined {
  const most = Math.ceil(MAX_DIRECTORY / clusterBytes(geometry));
  const chain = chainOf(table, geometry.type, geometry.clusters, first, most);
  return chain && runs(geometry, chain);
}

async function listFolder(
  geometry: FatGeometry,
  places: readonly Extent[],
  prefix: string,
  read: (offset: number, length: number) => Promise<Buffer>,
): Promise<FatFile[]> {
  if (total(places) > LARGE_FOLDER_BYTES) await setImmediate();
  const bytes = Buffer.concat(await Promise.all(places.map(({ offset, length }) => read(offset, length))));
  let [index, before] = [0, 0];
  return decodeFatDirectory(bytes).map((record) => {
    for (let length = places[index]?.length ?? Infinity; record.at >= before + length; length = places[index]?.length ?? Infinity) {
      before += length;
      index += 1;
    }
    const at = (places[index]?.offset ?? 0) + record.at - before;
    // Only FAT32 has an upper half of a first cluster there; OS/2 keeps something else in it.
    const first = geometry.type === 32 ? record.first : record.first & 0xffff;
    return { ...record, at, first, path: `${prefix}${record.names[0] ?? ''}` };
  });
}

function total(places: readonly Extent[]): number {
  return places.reduce((sum, { length }) => sum + length, 0);
}

/** Clusters that follow each other are one stretch. */
export function runs(geometry: FatGeometry, chain: readonly number[]): Extent[] {
  const size = clusterBytes(geometry);
  const found: { offset: number; length: number }[] = [];
  for (const cluster of chain) {
    const offset = clusterOffset(geometry, cluster);
    const last = found.at(-1);
    if (last && last.offset + last.length === offset) last.length += size;
    else found.push({ offset, length: size });
  }
  return found;
}

function extentsOf(geometry: FatGeometry, table: Buffer, file: FatFile): Extent[] {
  if (file.directory || file.size === 0) return [];
  const wanted = Math.ceil(file.size / clusterBytes(geometry));
  const chain = wanted > geometry.clusters ? undefined : chainOf(table, geometry.type, geometry.clusters, file.first, wanted);
  if (chain?.length !== wanted) throw new BootbenchError('E_IMAGE_INVALID', `The file ${file.path} in the boot image is damaged.`);
  return cut(runs(geometry, chain), 0, file.size);
}

/** `length` bytes from `offset` on of what the places hold, one after the other. */
function cut(places: readonly Extent[], offset: number, length: number): Extent[] {
  const found: Extent[] = [];
  let at = 0;
  for (const place of places) {
    const begin = Math.max(offset, at);
    const end = Math.min(offset + length, at + place.length);
    if (begin < end) found.push({ offset: place.offset + begin - at, length: end - begin });
    at += place.length;
  }
  return found;
}

function find(files: readonly FatFile[], path: string): FatFile | undefined {
  let prefix = '';
  let found: FatFile | undefined;
  for (const part of path.split('/').filter((piece) => piece !== '' && piece !== '.')) {
    const folded = part.toLowerCase();
    found = files.find(
      ({ path: other, names }) =>
        other.startsWith(prefix) &&
        other.length === prefix.length + (names[0] ?? '').length &&
        names.some((name) => name.toLowerCase() === folded),
    );
    if (!found) return undefined;
    prefix = `${found.path}/`;
  }
  return found;
}
