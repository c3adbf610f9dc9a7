import type { Extent } from '../source/overlay.ts';
import { isJoliet, rootOf, volumeDescriptors, type Descriptor } from './descriptors.ts';
import { formatOf, listDirectory, MAX_DIRECTORY_BYTES, type DirectoryEntry, type TreeFormat } from './directory.ts';
import type { ReadAt } from './records.ts';

/** A file or folder with its path: slashes, no leading one; empty for the root. */
export interface LocatedEntry extends DirectoryEntry {
  readonly path: string;
}

/** One directory tree; volume descriptors with the same root share it (genisoimage -iso-level 4). */
export interface ScannedTree extends TreeFormat {
  readonly flavour: 'plain' | 'joliet' | 'enhanced';
  readonly descriptors: readonly Descriptor[];
  readonly root: Extent;
  /** Every file and folder below the root, parents before children. */
  readonly entries: readonly LocatedEntry[];
  /** The content of every folder by its entry, and of the root by undefined. */
  readonly folders: ReadonlyMap<LocatedEntry | undefined, readonly LocatedEntry[]>;
}

/** A folder and what is in it; `folder` is undefined for the root. */
interface WalkedFolder {
  readonly folder: LocatedEntry | undefined;
  readonly entries: readonly LocatedEntry[];
}

/** A folder that is to be listed, and the one that it is in. */
interface Waiting {
  readonly folder: LocatedEntry | undefined;
  readonly extent: Extent;
  readonly depth: number;
  readonly within: Waiting | undefined;
}

export const MAX_DEPTH = 64;
const MAX_ENTRIES = 250_000;
/** Folders may have so many bytes more than the image: a damaged length, or a place that is named twice, does not hide other folders. */
const SPARE_BYTES = 256 * 1024;

/**
 * Every folder of a tree, parents before children; one that contains itself is not listed again below itself. `list` gets extents that end
 * with the image, which has `size`. Ends early on images with more than 250,000 entries, below 64 levels, and where folders have more than
 * 256 KiB more bytes than the image: then records are damaged, and name the same bytes many times.
 */
export async function* walkFolders(
  root: Extent,
  list: (folder: Extent) => Promise<readonly DirectoryEntry[]>,
  size: number,
): AsyncGenerator<WalkedFolder> {
  const folders: Waiting[] = [{ folder: undefined, extent: root, depth: 0, within: undefined }];
  let entriesLeft = MAX_ENTRIES;
  let bytesLeft = size + SPARE_BYTES;
  for (const waiting of folders) {
    const { folder, extent, depth } = waiting;
    const length = Math.min(extent.length, MAX_DIRECTORY_BYTES, Math.max(0, size - extent.offset));
    if ((bytesLeft -= length) < 0 || entriesLeft === 0) return;
    const prefix = folder ? `${folder.path}/` : '';
    const listed = (await list({ offset: extent.offset, length })).slice(0, entriesLeft);
    const entries = listed.map((entry) => locatedEntry(entry, prefix));
    entriesLeft -= entries.length;
    yield { folder, entries };
    if (depth >= MAX_DEPTH) continue;
    for (const entry of entries) {
      if (entry.directory && !isWithin(waiting, entry.extent))
        folders.push({ folder: entry, extent: entry.extent, depth: depth + 1, within: waiting });
    }
  }
}

/** Whether a folder is at the place of one that it is in. */
function isWithin(waiting: Waiting, { offset }: Extent): boolean {
  for (let one: Waiting | undefined = waiting; one; one = one.within) if (one.extent.offset === offset) return true;
  return false;
}

export function locatedEntry(entry: DirectoryEntry, prefix: string): LocatedEntry {
  return { ...entry, path: `${prefix}${entry.names[0] ?? ''}` };
}

/** Reads every tree of an image of `size` bytes completely. */
export async function scanTrees(read: ReadAt, descriptors: readonly Descriptor[], size: number): Promise<ScannedTree[]> {
  const byRoot = new Map<number, { root: Extent; descriptors: [Descriptor, ...Descriptor[]] }>();
  for (const descriptor of volumeDescriptors(descriptors)) {
    const root = rootOf(descriptor);
    if (!root) continue;
    const known = byRoot.get(root.offset);
    if (known) known.descriptors.push(descriptor);
    else byRoot.set(root.offset, { root, descriptors: [descriptor] });
  }
  const trees: ScannedTree[] = [];
  for (const found of byRoot.values()) trees.push(await scanTree(read, found.root, found.descriptors, size));
  return trees;
}

async function scanTree(
  read: ReadAt,
  root: Extent,
  descriptors: readonly [Descriptor, ...Descriptor[]],
  size: number,
): Promise<ScannedTree> {
  const flavour = flavourOf(descriptors);
  const format = await formatOf(read, root, { base: descriptors[0].base, joliet: flavour === 'joliet' });
  const all: LocatedEntry[] = [];
  const folders = new Map<LocatedEntry | undefined, readonly LocatedEntry[]>();
  for await (const { folder, entries } of walkFolders(root, (extent) => listDirectory(read, extent, format), size)) {
    folders.set(folder, entries);
    for (const entry of entries) all.push(entry);
  }
  return { ...format, flavour, descriptors, root, entries: all, folders };
}

function flavourOf(descriptors: readonly Descriptor[]): ScannedTree['flavour'] {
  if (descriptors.every(isJoliet)) return 'joliet';
  return descriptors.some(({ bytes }) => bytes[0] === 2) ? 'enhanced' : 'plain';
}

/** The parts of a path to look up; undefined for one that cannot be in an image. */
export function lookupParts(path: string): string[] | undefined {
  const parts = partsOf(path);
  return parts.length > MAX_DEPTH || parts.includes('..') ? undefined : parts;
}

export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/**
 * The entry of a name: upper and lower case count only where two names differ by nothing else. The name that people see is first: with
 * Rock Ridge the plain name of one file can be the name of another.
 */
export function entryNamed<T extends { readonly names: readonly string[] }>(entries: readonly T[], name: string): T | undefined {
  const folded = name.toLowerCase();
  return (
    entries.find((entry) => entry.names[0] === name) ??
    entries.find((entry) => entry.names.includes(name)) ??
    entries.find((entry) => entry.names[0]?.toLowerCase() === folded) ??
    entries.find((entry) => entry.names.some((other) => other.toLowerCase() === folded))
  );
}

/** A file or folder of a scanned tree by path; undefined for the root. */
export function findEntry(tree: ScannedTree, path: string): LocatedEntry | undefined {
  let found: LocatedEntry | undefined;
  for (const part of lookupParts(path) ?? []) {
    found = entryNamed(tree.folders.get(found) ?? [], part);
    if (!found) return undefined;
  }
  return found;
}
