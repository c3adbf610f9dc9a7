import { createHash } from 'node:crypto';
import { BootbenchError } from '../../../contract/errors.ts';
import { openIsoFile } from '../../../main-services/iso/files/iso-file.ts';
import { partitionsOf, readTables } from '../../../main-services/iso/gpt/partition-tables.ts';
import { isPrimary, readDescriptors } from '../../../main-services/iso/iso9660/descriptors.ts';
import { readBootCatalog } from '../../../main-services/iso/iso9660/el-torito.ts';
import { listDirectory } from '../../../main-services/iso/iso9660/directory.ts';
import { scanTrees, walkFolders, type LocatedEntry, type ScannedTree } from '../../../main-services/iso/iso9660/scan.ts';
import { openIso, type IsoEntry } from '../../../main-services/iso/iso9660/volume.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { copyOnWrite } from '../../../main-services/iso/source/copy-on-write.ts';
import type { Extent } from '../../../main-services/iso/source/overlay.ts';
import { memorySource } from '../../../main-services/iso/source/memory.ts';
import { udfOf } from '../../../main-services/iso/udf/udf-volume.ts';
import type { LocatedTree } from '../damage.ts';
import { put, SECTOR, type Fact, type Reading, type Tree, type TreeName } from '../types.ts';

/** What our reader says of an ISO, and what is wrong with that whatever other readers say. */
export interface OwnReading extends Reading {
  readonly faults: readonly string[];
  /** The same trees with the places of their records; no UDF. */
  readonly located: readonly LocatedTree[];
}

/** The most CPU time that reading an ISO of this size may take. */
const PATIENCE_MS = 1000;
/** Files that are read through the door that machines use, too. */
const MOST_OPENED = 40;

/** Every tree of an ISO as our reader shows it. A slow reading is done once more: other work of this process counts, too. */
export async function readOurs(bytes: Buffer): Promise<OwnReading> {
  const first = await timed(bytes);
  const { reading, took } = first.took > PATIENCE_MS ? await timed(bytes) : first;
  return took > PATIENCE_MS ? { ...reading, faults: [...reading.faults, `reading took ${Math.round(took)} ms of CPU time`] } : reading;
}

async function timed(bytes: Buffer): Promise<{ reading: OwnReading; took: number }> {
  const start = process.cpuUsage();
  const reading = await readAll(bytes);
  const { user, system } = process.cpuUsage(start);
  return { reading, took: (user + system) / 1000 };
}

async function readAll(bytes: Buffer): Promise<OwnReading> {
  const source = memorySource(bytes, 'sample');
  const trees: Partial<Record<TreeName, Tree>> = {};
  const located: LocatedTree[] = [];
  const faults: string[] = [];
  try {
    const volume = await openIso(source);
    const read = async (offset: number, length: number) => Buffer.from(await source.read(offset, length));
    for (const tree of await scanTrees(read, await readDescriptors(read, source.size), source.size)) {
      for (const found of await locatedTrees(tree, source)) {
        if (trees[found.name]) continue;
        trees[found.name] = await treeOf(
          found.entries.map((entry) => ({ ...entry, ...contentOf(entry) })),
          source,
        );
        located.push(found);
      }
    }
    trees.boot = bootTree(await readBootCatalog(source, volume));
    trees.partitions = partitionTree(partitionsOf(await readTables(copyOnWrite(source))));
    const walked = await collect(volume.walk());
    faults.push(...(await checkWalk(walked, trees, source, bytes)));
    const udf = await udfOf(source);
    if (udf) trees.udf = await treeOf(await collect(udf.walk()), source);
    return { reader: 'ours', trees, faults, located };
  } catch (error) {
    if (!(error instanceof BootbenchError) || error.code === 'E_INTERNAL')
      return { reader: 'ours', trees, faults: [`it failed: ${String(error)}`], located };
    return { reader: 'ours', trees: {}, refused: error.message, faults, located: [] };
  }
}

async function collect<T>(entries: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const entry of entries) all.push(entry);
  return all;
}

async function locatedTrees(tree: ScannedTree, source: ByteSource): Promise<LocatedTree[]> {
  const { entries, root, skip, descriptors } = tree;
  const named = (name: TreeName, found = entries): LocatedTree => ({ name, entries: found, root, skip, descriptors });
  if (tree.flavour === 'joliet') return [named('joliet')];
  if (!descriptors.some(isPrimary)) return [];
  return skip === undefined
    ? [named('plain')]
    : [named('rock-ridge'), { ...named('plain', await plainEntries(tree, source)), skip: undefined }];
}

/** The tree as a reader without Rock Ridge sees it. */
async function plainEntries({ root, base }: ScannedTree, source: ByteSource): Promise<LocatedEntry[]> {
  const read = async (offset: number, length: number) => Buffer.from(await source.read(offset, length));
  const list = (folder: Extent) => listDirectory(read, folder, { base, joliet: false, skip: undefined });
  const entries: LocatedEntry[] = [];
  for await (const folder of walkFolders(root, list, source.size)) entries.push(...folder.entries);
  return entries;
}

function contentOf({ directory, extent, records, odd }: LocatedEntry): Pick<Content, 'size' | 'extents' | 'note'> {
  const extents = directory ? [extent] : records.map((record) => record.extent);
  const moved = directory && records[0]?.extent.offset !== extent.offset;
  const note = moved ? 'moved' : odd === 'compressed' ? odd : records.length > 1 ? 'pieces' : undefined;
  return { extents, size: extents.reduce((sum, { length }) => sum + length, 0), note };
}

type Content = Pick<IsoEntry, 'path' | 'directory' | 'size' | 'extents' | 'link'> & { readonly note?: Fact['note'] };

async function treeOf(entries: readonly Content[], source: ByteSource): Promise<Tree> {
  const tree = new Map<string, Fact>();
  for (const entry of entries) put(tree, entry.path, await factOf(entry, source));
  return tree;
}

async function factOf({ directory, size, extents, link, note }: Content, source: ByteSource): Promise<Fact> {
  if (directory) return { kind: 'folder', note };
  if (link !== undefined) return { kind: 'link', target: link };
  if (size === 0) return { kind: 'file', size, note };
  return { kind: 'file', size, at: (extents[0]?.offset ?? 0) / SECTOR, sha256: await hashOf(extents, source), note };
}

/** Undefined where the bytes are not all in the ISO. */
async function hashOf(extents: IsoEntry['extents'], source: ByteSource): Promise<string | undefined> {
  const hash = createHash('sha256');
  for (const { offset, length } of extents) {
    if (offset + length > source.size) return undefined;
    hash.update(await source.read(offset, length));
  }
  return hash.digest('hex');
}

/** Bootable entries by the sector of their image. */
function bootTree(entries: Awaited<ReturnType<typeof readBootCatalog>>): Tree {
  const tree = new Map<string, Fact>();
  for (const { platform, offset } of entries) put(tree, `sector ${offset / SECTOR}`, { kind: 'file', target: platform });
  return tree;
}

function partitionTree(partitions: readonly { offset: number; length: number }[]): Tree {
  return new Map(partitions.map(({ offset, length }) => [`${offset / 512}`, { kind: 'file', size: length }]));
}

/** The walk shows the best tree and nothing else; a path of it opens as just the bytes that its record names. */
async function checkWalk(walked: readonly IsoEntry[], trees: OwnReading['trees'], source: ByteSource, bytes: Buffer): Promise<string[]> {
  const faults: string[] = [];
  const best = trees['rock-ridge'] ?? trees.joliet ?? trees.plain;
  if (walked.length !== best?.size) faults.push(`the walk has ${walked.length} entries, the scan ${best?.size ?? 0}`);
  const counts = new Map<string, number>();
  for (const { path } of walked) counts.set(path, (counts.get(path) ?? 0) + 1);
  const unique = walked.filter(
    ({ path, directory, link }) => !directory && link === undefined && counts.get(path) === 1 && isPlainPath(path, counts),
  );
  for (const entry of unique.slice(0, MOST_OPENED)) {
    const fault = await checkFile(entry, source, bytes);
    if (fault) faults.push(fault);
  }
  return faults;
}

/** A path that leads to one entry: none of its folders is there twice, and no part means another place. */
function isPlainPath(path: string, counts: ReadonlyMap<string, number>): boolean {
  const parts = path.split('/');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return false;
  return parts.slice(1).every((_, index) => counts.get(parts.slice(0, index + 1).join('/')) === 1);
}

async function checkFile({ path, size, extents }: IsoEntry, source: ByteSource, bytes: Buffer): Promise<string | undefined> {
  const wanted = Buffer.concat(extents.map(({ offset, length }) => bytes.subarray(offset, offset + length)));
  try {
    const file = await openIsoFile(source, path);
    if (size > bytes.length) return file.size === size ? undefined : `${path} opens with ${file.size} bytes instead of ${size}`;
    const found = Buffer.from(await file.read(0, file.size));
    return found.equals(wanted) ? undefined : `${path} opens with other bytes than its record names`;
  } catch (error) {
    const isRefusal = error instanceof BootbenchError && error.code === 'E_IMAGE_INVALID' && wanted.length < size;
    return isRefusal ? undefined : `${path} does not open: ${String(error)}`;
  }
}
