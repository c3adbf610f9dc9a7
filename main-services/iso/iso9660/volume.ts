import { BootbenchError } from '../../../contract/errors.ts';
import { asBuffer } from '../../../util/text.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';
import type { Extent } from '../source/overlay.ts';
import { isJoliet, isPrimary, readDescriptors, rootOf, volumeName, type Descriptor } from './descriptors.ts';
import { formatOf, listDirectory, type DirectoryEntry } from './directory.ts';
import { describeForeign } from './foreign-formats.ts';
import { SECTOR, type ReadAt } from './records.ts';
import { NO_ROOT_FOLDER, truncatedIso, unsupportedBlockSize } from './sentences.ts';
import { followLink } from './links.ts';
import { entryNamed, locatedEntry, lookupParts, MAX_DEPTH, walkFolders, type LocatedEntry } from './scan.ts';

/** A file or folder of the tree. `extents` are bytes of the source; several where the file is over 4 GiB. */
export interface IsoEntry {
  /** With slashes, no leading one. */
  readonly path: string;
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly size: number;
  readonly extents: readonly Extent[];
  /** The text of a symbolic link. */
  readonly link?: string;
}

export interface IsoVolume {
  readonly volumeId: string;
  /** VolumeSpaceSize in bytes. The file may be longer. */
  readonly volumeBytes: number;
  /** Byte offset of El Torito's boot catalogue, if the disc has one. */
  readonly bootCatalog?: { readonly offset: number; readonly inSector17: boolean };
  /**
   * By Rock Ridge, Joliet or plain name; upper and lower case count only where two names differ by nothing else. Symbolic links are followed;
   * one that leads nowhere, or in a circle, is undefined.
   */
  lookup(path: string, signal?: AbortSignal): Promise<IsoEntry | undefined>;
  /** Every entry once, parents before children; bounded as `walkFolders` is. */
  walk(signal?: AbortSignal): AsyncGenerator<IsoEntry>;
}

const MAX_CACHED_FOLDERS = 256;

/**
 * Opens the ISO 9660 volume of a source, once for all readers: bounded and safe against cycles for bytes of any content.
 * E_IMAGE_INVALID says what was found instead of an ISO, or by how much the file is cut short.
 */
export const openIso = memoizePerSource(openVolume);

async function openVolume(source: ByteSource, signal: AbortSignal): Promise<IsoVolume> {
  const read: ReadAt = async (offset, length) => asBuffer(await source.read(offset, length, signal));
  const descriptors = await readDescriptors(read, source.size);
  const primary = descriptors.find(isPrimary);
  if (!primary) throw await describeForeign(source, signal);
  checkPrimary(primary, source.size);

  const joliet = descriptors.find(isJoliet);
  const plain = await openTree(source, primary, read);
  // As systems see it: by Rock Ridge, else by Joliet. Plain names come last, for two long names may become each other's plain ones.
  const long = joliet && (await openTree(source, joliet, read));
  const trees: readonly [Tree, ...Tree[]] = !long ? [plain] : plain.rockRidge ? [plain, long] : [long, plain];
  const boot = descriptors.find(({ bytes }) => bytes[0] === 0 && bytes.toString('latin1', 7, 30) === 'EL TORITO SPECIFICATION');
  return {
    volumeId: volumeName(primary, joliet),
    volumeBytes: primary.bytes.readUInt32LE(80) * SECTOR,
    bootCatalog: boot && { offset: boot.bytes.readUInt32LE(71) * SECTOR, inSector17: boot.at === 17 * SECTOR },
    lookup: (path, stop) => lookup(trees, path, stop),
    walk: (stop) => walk(trees[0], source.size, stop),
  };
}

function checkPrimary({ bytes }: Descriptor, size: number): void {
  const blockSize = bytes.readUInt16LE(128);
  if (blockSize !== SECTOR) throw new BootbenchError('E_IMAGE_INVALID', unsupportedBlockSize(blockSize));
  const needed = bytes.readUInt32LE(80) * SECTOR;
  if (needed > size) throw new BootbenchError('E_IMAGE_INVALID', truncatedIso(needed, size));
}

interface Tree {
  readonly root: Extent;
  readonly rockRidge: boolean;
  readonly list: (folder: Extent) => Promise<readonly DirectoryEntry[]>;
}

/** A tree whose folders are listed when they are needed. */
async function openTree(source: ByteSource, descriptor: Descriptor, read: ReadAt): Promise<Tree> {
  const root = rootOf(descriptor);
  if (!root) throw new BootbenchError('E_IMAGE_INVALID', NO_ROOT_FOLDER);
  const format = await formatOf(read, root, { base: 0, joliet: isJoliet(descriptor) });
  const cache = new Map<number, Promise<readonly DirectoryEntry[]>>();
  // The listings are shared by all readers, so no reader's signal stops one.
  const readShared: ReadAt = async (offset, length) => asBuffer(await source.read(offset, length));
  const list: Tree['list'] = (folder) => {
    const known = cache.get(folder.offset);
    if (known) return known;
    if (cache.size >= MAX_CACHED_FOLDERS) cache.clear();
    const fresh = listDirectory(readShared, folder, format);
    cache.set(folder.offset, fresh);
    fresh.catch(() => cache.delete(folder.offset));
    return fresh;
  };
  return { root, rockRidge: format.skip !== undefined, list };
}

function toIsoEntry({ path, names, directory, extent, records, link }: LocatedEntry): IsoEntry {
  const extents = directory ? [extent] : records.map((record) => record.extent);
  return {
    path,
    names,
    directory,
    size: extents.reduce((sum, { length }) => sum + length, 0),
    extents,
    ...(link !== undefined && { link }),
  };
}

async function lookup(trees: readonly Tree[], path: string, signal?: AbortSignal): Promise<IsoEntry | undefined> {
  const parts = lookupParts(path);
  if (!parts) return undefined;
  for (const tree of trees) {
    signal?.throwIfAborted();
    const found = await lookupIn(tree, parts);
    if (found) return found;
  }
  return undefined;
}

/** Links that one path may lead through, as Linux has it (path_resolution(7)). */
const MAX_LINKS = 40;

async function lookupIn({ root, list }: Tree, wanted: readonly string[]): Promise<IsoEntry | undefined> {
  let parts = [...wanted];
  let links = 0;
  let found: LocatedEntry | undefined;
  for (let index = 0; index < parts.length; index += 1) {
    const folder: Extent | undefined = found ? (found.directory ? found.extent : undefined) : root;
    const entry: DirectoryEntry | undefined = folder && entryNamed(await list(folder), parts[index] ?? '');
    if (!entry) return undefined;
    if (entry.link === undefined) {
      found = locatedEntry(entry, found ? `${found.path}/` : '');
      continue;
    }
    parts = [...followLink(parts.slice(0, index), entry.link), ...parts.slice(index + 1)];
    if ((links += 1) > MAX_LINKS || parts.length > MAX_DEPTH) return undefined;
    index = -1;
    found = undefined;
  }
  return found ? toIsoEntry(found) : { path: '', names: [''], directory: true, size: root.length, extents: [root] };
}

async function* walk({ root, list }: Tree, size: number, signal?: AbortSignal): AsyncGenerator<IsoEntry> {
  signal?.throwIfAborted();
  for await (const { entries } of walkFolders(root, list, size)) {
    for (const entry of entries) yield toIsoEntry(entry);
    signal?.throwIfAborted();
  }
}
