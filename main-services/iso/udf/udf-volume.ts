import { setImmediate } from 'node:timers/promises';
import type { ByteSource } from '../source/byte-source.ts';
import type { IsoEntry } from '../iso9660/volume.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';
import { chooseIdentifier, MAX_FOLDER, readFolder, visible, type Identifier } from './udf-directory.ts';
import { readNode, type UdfNode } from './udf-entry.ts';
import { findUdf, type ReadAt, type UdfLayout } from './udf-layout.ts';
import { asBuffer } from '../../../util/text.ts';

export interface UdfVolume {
  readonly volumeId: string;
  /** Upper and lower case count only where two names differ by nothing else. */
  lookup(path: string, signal?: AbortSignal): Promise<IsoEntry | undefined>;
  /** Every entry, parents before children. Damage leaves entries out; more than 100,000 end it, and folders with 256 KiB more than the disc. */
  walk(signal?: AbortSignal): AsyncGenerator<IsoEntry>;
}

const MAX_DEPTH = 64;
const MAX_ENTRIES = 100_000;
/** Folders may have so many bytes more than the disc: a damaged size, or a place that is named twice, does not hide other folders. */
const SPARE_BYTES = 256 * 1024;
const MAX_CACHED = 256;
const BATCH = 500;
/** Entries lie side by side: one read for many. */
const BLOCK = 64 * 1024;
const MAX_BLOCKS = 32;

/** The UDF volume of a source (UDF 1.02 to 2.01 on plain partitions, as Windows media have); undefined without one. */
export async function openUdf(source: ByteSource, signal?: AbortSignal): Promise<UdfVolume | undefined> {
  const layout = await findUdf(directReader(source, signal), source.size);
  const read = nearbyReader(source);
  const root = layout && (await readNode(read, layout, layout.root));
  if (!layout || !root?.directory) return undefined;
  const tree = { read, layout, root, size: source.size, list: lister(read) };
  return {
    volumeId: layout.volumeId,
    lookup: (path, stop) => lookup(tree, path, stop),
    walk: (stop) => walk(tree, stop),
  };
}

/** As openUdf, once for all who ask. */
export const udfOf = memoizePerSource(openUdf);

interface Tree {
  readonly read: ReadAt;
  readonly layout: UdfLayout;
  readonly root: UdfNode;
  readonly size: number;
  readonly list: (folder: UdfNode) => Promise<Identifier[]>;
}

function directReader(source: ByteSource, signal?: AbortSignal): ReadAt {
  return async (offset, length) => asBuffer(await source.read(offset, length, signal));
}

/** Shared by everyone who asks, so it takes nobody's signal. */
function nearbyReader(source: ByteSource): ReadAt {
  const direct = directReader(source);
  const blocks = new Map<number, Promise<Buffer>>();
  const blockAt = (number: number) => {
    const known = blocks.get(number);
    if (known) return known;
    if (blocks.size >= MAX_BLOCKS) blocks.clear();
    const fresh = direct(number * BLOCK, BLOCK);
    blocks.set(number, fresh);
    fresh.catch(() => blocks.delete(number));
    return fresh;
  };
  return async (offset, length) => {
    const number = Math.floor(offset / BLOCK);
    const begin = offset - number * BLOCK;
    return begin + length > BLOCK ? direct(offset, length) : (await blockAt(number)).subarray(begin, begin + length);
  };
}

function lister(read: ReadAt): Tree['list'] {
  const cache = new Map<number, Promise<Identifier[]>>();
  return (folder) => {
    const known = cache.get(folder.at);
    if (known) return known;
    if (cache.size >= MAX_CACHED) cache.clear();
    const fresh = readFolder(read, folder).then(visible);
    cache.set(folder.at, fresh);
    fresh.catch(() => cache.delete(folder.at));
    return fresh;
  };
}

function toEntry(name: string, prefix: string, { directory, size, extents }: UdfNode): IsoEntry {
  return { path: `${prefix}${name}`, names: [name], directory, size, extents };
}

async function lookup(tree: Tree, path: string, signal?: AbortSignal): Promise<IsoEntry | undefined> {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length > MAX_DEPTH || parts.includes('..')) return undefined;
  let node = tree.root;
  const names: string[] = [];
  for (const part of parts) {
    signal?.throwIfAborted();
    const found = node.directory ? chooseIdentifier(await tree.list(node), part) : undefined;
    const next = found && (await readNode(tree.read, tree.layout, found.address));
    if (!found || !next) return undefined;
    names.push(found.name);
    node = next;
  }
  return toEntry(names.join('/'), '', node);
}

async function* walk(tree: Tree, signal?: AbortSignal): AsyncGenerator<IsoEntry> {
  const folders = [{ node: tree.root, prefix: '', above: [tree.root.at] }];
  let count = 0;
  let left = tree.size + SPARE_BYTES;
  for (let folder = folders.shift(); folder; folder = folders.shift()) {
    if ((left -= Math.min(folder.node.size, MAX_FOLDER)) < 0) return;
    for (const { name, address } of await tree.list(folder.node)) {
      if ((count += 1) > MAX_ENTRIES) return;
      if (count % BATCH === 0) await setImmediate();
      signal?.throwIfAborted();
      const node = await readNode(tree.read, tree.layout, address);
      if (!node) continue;
      const entry = toEntry(name, folder.prefix, node);
      yield entry;
      // A folder that is in itself is not listed again.
      if (!node.directory || folder.above.includes(node.at) || folder.above.length > MAX_DEPTH) continue;
      folders.push({ node, prefix: `${entry.path}/`, above: [...folder.above, node.at] });
    }
  }
}
