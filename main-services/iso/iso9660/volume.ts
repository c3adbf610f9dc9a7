import { setImmediate } from 'node:timers/promises';
import { BootbenchError } from '../../../contract/errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { describeForeign } from './foreign-formats.ts';
import { decodeDirectory, decodeRecord, isSelfOrParent, jolietName, plainName, SECTOR, ucs2, type DirectoryRecord } from './records.ts';
import type { Extent } from '../source/overlay.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';
import { ownRockRidge, readRockRidge, suspSkip, type RockRidge } from './rock-ridge.ts';
import { asBuffer } from '../../../util/text.ts';

/** A file or folder of the tree. `extents` are bytes of the source; several where the file is over 4 GiB. */
export interface IsoEntry {
  /** With slashes, no leading one. */
  readonly path: string;
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly size: number;
  readonly extents: readonly Extent[];
}

export interface IsoVolume {
  readonly volumeId: string;
  /** VolumeSpaceSize in bytes. The file may be longer. */
  readonly volumeBytes: number;
  /** Byte offset of El Torito's boot catalogue, if the disc has one. */
  readonly bootCatalog?: { readonly offset: number; readonly inSector17: boolean };
  /** By Rock Ridge, Joliet or plain name; upper and lower case count only where two names differ by nothing else. */
  lookup(path: string, signal?: AbortSignal): Promise<IsoEntry | undefined>;
  /** Every entry once, parents before children. Ends early on discs with more than 250,000, and where folders lie in each other. */
  walk(signal?: AbortSignal): AsyncGenerator<IsoEntry>;
}

const MAX_DESCRIPTORS = 64;
const MAX_DIRECTORY = 4 * 1024 * 1024;
const MAX_DEPTH = 64;
const MAX_ENTRIES = 250_000;
const MAX_CACHED = 256;
/** Records decoded before others get a turn on the loop. */
const BATCH = 2000;

/**
 * Opens the ISO9660 volume of a source, once for all who ask: bounded and safe against cycles for bytes of any content.
 * E_IMAGE_INVALID says what was found instead of an ISO, or by how much the file is cut short.
 */
export const openIso = memoizePerSource(openVolume);

async function openVolume(source: ByteSource, signal: AbortSignal): Promise<IsoVolume> {
  const descriptors = await readDescriptors(source, signal);
  const primary = descriptors.find(({ bytes }) => bytes[0] === 1)?.bytes;
  if (!primary) throw await describeForeign(source, signal);
  checkPrimary(primary, source.size);

  const joliet = descriptors.find(({ bytes }) => bytes[0] === 2 && /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91)))?.bytes;
  const plain = await openTree(source, primary, false, signal);
  // As systems see it: by Rock Ridge, else by Joliet. Plain names come last, for two long names may become each other's plain ones.
  const long = joliet && (await openTree(source, joliet, true, signal));
  const trees = !long ? [plain] : plain.rockRidge === undefined ? [long, plain] : [plain, long];
  const [walked] = trees;
  const boot = descriptors.find(({ bytes }) => bytes[0] === 0 && bytes.toString('latin1', 7, 30) === 'EL TORITO SPECIFICATION');
  return {
    volumeId: volumeName(primary, joliet),
    volumeBytes: primary.readUInt32LE(80) * SECTOR,
    bootCatalog: boot && { offset: boot.bytes.readUInt32LE(71) * SECTOR, inSector17: boot.sector === 17 },
    lookup: (path, stop) => lookup(trees, path, stop),
    walk: (stop) => walk(walked, source.size, stop),
  };
}

async function readDescriptors(source: ByteSource, signal?: AbortSignal): Promise<{ sector: number; bytes: Buffer }[]> {
  const found: { sector: number; bytes: Buffer }[] = [];
  for (let sector = 16; sector < 16 + MAX_DESCRIPTORS; sector += 1) {
    const bytes = asBuffer(await source.read(sector * SECTOR, SECTOR, signal));
    if (bytes.length < SECTOR || bytes.toString('latin1', 1, 6) !== 'CD001' || bytes[0] === 255) break;
    found.push({ sector, bytes });
  }
  return found;
}

function checkPrimary(primary: Buffer, size: number): void {
  const blockSize = primary.readUInt16LE(128);
  if (blockSize !== SECTOR)
    throw new BootbenchError('E_IMAGE_INVALID', `The ISO has blocks of ${blockSize} bytes; only ${SECTOR} are known.`);
  const needed = primary.readUInt32LE(80) * SECTOR;
  if (needed > size) {
    throw new BootbenchError(
      'E_IMAGE_INVALID',
      `The ISO is cut short: it should have ${needed} bytes and has ${size}, ${needed - size} fewer.`,
    );
  }
}

function volumeName(primary: Buffer, joliet: Buffer | undefined): string {
  // NUL-padded by some writers (go-diskfs), space-padded by the standard.
  const trim = (text: string) => text.replace(/[\0 ]+$/, '').replace(/^[\0 ]+/, '');
  const plain = trim(primary.toString('latin1', 40, 72));
  return plain === '' && joliet ? trim(ucs2(joliet.subarray(40, 72))) : plain;
}

interface Tree {
  readonly root: Extent;
  /** SUSP skip length where the tree has Rock Ridge. */
  readonly rockRidge: number | undefined;
  readonly list: (extent: Extent) => Promise<Listed[]>;
}

interface Listed {
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly extents: readonly Extent[];
}

async function openTree(source: ByteSource, descriptor: Buffer, joliet: boolean, signal?: AbortSignal): Promise<Tree> {
  const found = decodeRecord(descriptor.subarray(156, 156 + 34), 0);
  if (!found) throw new BootbenchError('E_IMAGE_INVALID', 'The ISO’s volume descriptor has no root folder.');
  const root = found.record.extent;
  const readAt = async (offset: number, length: number) => asBuffer(await source.read(offset, length, signal));
  const self = decodeRecord(await readAt(root.offset, SECTOR), 0)?.record;
  const rockRidge = joliet || !self ? undefined : suspSkip(self.systemUse);

  const cache = new Map<number, Promise<Listed[]>>();
  // Shared by everyone who asks, so it takes nobody's signal.
  const list = (extent: Extent) => {
    const known = cache.get(extent.offset);
    if (known) return known;
    if (cache.size >= MAX_CACHED) cache.clear();
    const fresh = listDirectory(source, extent, { joliet, rockRidge });
    cache.set(extent.offset, fresh);
    fresh.catch(() => cache.delete(extent.offset));
    return fresh;
  };
  return { root, rockRidge, list };
}

async function listDirectory(
  source: ByteSource,
  extent: Extent,
  names: { joliet: boolean; rockRidge: number | undefined },
): Promise<Listed[]> {
  const bytes = asBuffer(await source.read(extent.offset, Math.min(extent.length, MAX_DIRECTORY)));
  const readAt = async (offset: number, length: number) => asBuffer(await source.read(offset, length));
  const listed: Listed[] = [];
  let parts: Extent[] = [];
  let count = 0;
  for (const record of decodeDirectory(bytes)) {
    if ((count += 1) % BATCH === 0) await setImmediate();
    if (isSelfOrParent(record) || record.rawName.length === 0) continue;
    parts.push(record.extent);
    if (record.continued) continue;
    const extents = parts;
    parts = [];
    const plain = names.joliet ? jolietName(record.rawName) : plainName(record.rawName);
    const extra = rockRidgeOf(record, names.rockRidge) ?? (await readRockRidge(record.systemUse, names.rockRidge ?? 0, readAt));
    if (!extra.relocated)
      listed.push(entryOf(record, plain, extra, extra.childLink === undefined ? extents : await movedTo(extra.childLink, readAt)));
  }
  return listed;
}

function rockRidgeOf(record: DirectoryRecord, skip: number | undefined): RockRidge | undefined {
  return skip === undefined ? { relocated: false } : ownRockRidge(record.systemUse, skip);
}

function entryOf(record: DirectoryRecord, plain: string, extra: RockRidge, extents: readonly Extent[]): Listed {
  const names = extra.name === undefined || extra.name === plain ? [plain] : [extra.name, plain];
  return { names, directory: record.directory || extra.childLink !== undefined, extents };
}

/** A folder that was moved says itself where it is. */
async function movedTo(sector: number, readAt: (offset: number, length: number) => Promise<Buffer>): Promise<Extent[]> {
  const moved = decodeRecord(await readAt(sector * SECTOR, SECTOR), 0)?.record;
  return [moved?.extent ?? { offset: sector * SECTOR, length: 0 }];
}

function toEntry(listed: Listed, folder: string): IsoEntry {
  const size = listed.extents.reduce((sum, extent) => sum + extent.length, 0);
  return { path: `${folder}${listed.names[0] ?? ''}`, names: listed.names, directory: listed.directory, size, extents: listed.extents };
}

async function lookup(trees: readonly Tree[], path: string, signal?: AbortSignal): Promise<IsoEntry | undefined> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > MAX_DEPTH || parts.includes('..')) return undefined;
  for (const tree of trees) {
    signal?.throwIfAborted();
    const found = await lookupIn(tree, parts);
    if (found) return found;
  }
  return undefined;
}

async function lookupIn(tree: Tree, parts: readonly string[]): Promise<IsoEntry | undefined> {
  let entry = toEntry({ names: [''], directory: true, extents: [tree.root] }, '');
  for (const part of parts) {
    const extent = entry.extents[0];
    if (!entry.directory || !extent) return undefined;
    const found = choose(await tree.list(extent), part);
    if (!found) return undefined;
    entry = toEntry(found, entry.path === '' ? '' : `${entry.path}/`);
  }
  return entry;
}

function choose(entries: readonly Listed[], name: string): Listed | undefined {
  const folded = name.toLowerCase();
  return (
    entries.find((entry) => entry.names.includes(name)) ??
    entries.find((entry) => entry.names.some((other) => other.toLowerCase() === folded))
  );
}

async function* walk(tree: Tree | undefined, size: number, signal?: AbortSignal): AsyncGenerator<IsoEntry> {
  if (!tree) return;
  const seen = new Set([tree.root.offset]);
  const folders: { extent: Extent; prefix: string; depth: number }[] = [{ extent: tree.root, prefix: '', depth: 0 }];
  let count = 0;
  let left = size;
  for (let folder = folders.shift(); folder; folder = folders.shift()) {
    signal?.throwIfAborted();
    // Folders that have more bytes than the disc lie in each other.
    if ((left -= Math.min(folder.extent.length, MAX_DIRECTORY)) < 0) return;
    for (const listed of await tree.list(folder.extent)) {
      if ((count += 1) > MAX_ENTRIES) return;
      const entry = toEntry(listed, folder.prefix);
      yield entry;
      const extent = entry.extents[0];
      if (!entry.directory || !extent || seen.has(extent.offset) || folder.depth >= MAX_DEPTH) continue;
      seen.add(extent.offset);
      folders.push({ extent, prefix: `${entry.path}/`, depth: folder.depth + 1 });
    }
  }
}
