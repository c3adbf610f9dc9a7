import { setImmediate } from 'node:timers/promises';
import type { Pages } from '../source/copy-on-write.ts';
import { decodeRecord, isSelfOrParent, jolietName, plainName, SECTOR, type DirectoryRecord } from './records.ts';
import type { Extent } from '../source/overlay.ts';
import { ownRockRidge, readRockRidge, suspSkip, type RockRidge } from './rock-ridge.ts';

/** A volume descriptor: `at` is its byte offset, `base` the one that its volume counts sectors from. */
export interface Descriptor {
  readonly at: number;
  readonly base: number;
  readonly bytes: Buffer;
}

/** A record as it lies in a directory; `at` is a byte offset (of the image, or of the bytes it was found in). */
export interface Located {
  readonly at: number;
  readonly length: number;
  readonly record: DirectoryRecord;
}

/** Where a record lies, and where it says that its bytes lie. All that is kept of it: a disc has tens of thousands. */
export interface RecordPlace {
  readonly at: number;
  readonly extent: Extent;
}

/** A file or folder as one tree has it, with the places of its records. */
export interface EditNode {
  readonly path: string;
  readonly names: readonly string[];
  readonly directory: boolean;
  /** Where its volume begins: its records count sectors from there. */
  readonly base: number;
  /** Several for a file over 4 GiB. */
  readonly records: readonly RecordPlace[];
  /** Where the content of a folder lies; a folder that Rock Ridge moved is not where its record says. */
  readonly extent: Extent;
  /** Why its bytes cannot be replaced, if they cannot. */
  readonly odd: 'compressed' | 'interleaved' | undefined;
  readonly children: EditNode[];
}

/** One directory tree; volume descriptors with the same root share it (genisoimage -iso-level 4). Extents are bytes of the image. */
export interface EditTree {
  /** Where its volume begins: 0, or where a partition does that holds the volume a second time (xorriso -partition_offset). */
  readonly base: number;
  readonly flavour: 'plain' | 'joliet' | 'enhanced';
  readonly descriptors: readonly Descriptor[];
  readonly root: Extent;
  /** SUSP skip length where the tree has Rock Ridge. */
  readonly skip: number | undefined;
  readonly top: EditNode;
  /** Every file and folder below the root. */
  readonly nodes: readonly EditNode[];
}

type Reads = Pick<Pages, 'read'>;

export const MAX_DIRECTORY = 4 * 1024 * 1024;
const MAX_DESCRIPTORS = 64;
const MAX_DEPTH = 64;
const MAX_ENTRIES = 250_000;
const BATCH = 2000;
/** Place of the root's record in a volume descriptor (ECMA-119 §8.4.18). */
export const ROOT_RECORD = 156;

/** The descriptors of the volume that begins at `base`. */
export async function readDescriptors(pages: Reads, base = 0): Promise<Descriptor[]> {
  const found: Descriptor[] = [];
  for (let sector = 16; sector < 16 + MAX_DESCRIPTORS; sector += 1) {
    const at = base + sector * SECTOR;
    const bytes = await pages.read(at, SECTOR);
    if (bytes.toString('latin1', 1, 6) !== 'CD001' || bytes[0] === 255) break;
    found.push({ at, base, bytes });
  }
  return found;
}

/** Primary and supplementary descriptors: those that carry a volume size and a root. */
export function volumes(descriptors: readonly Descriptor[]): Descriptor[] {
  return descriptors.filter(({ bytes }) => bytes[0] === 1 || bytes[0] === 2);
}

/** Reads every tree of a disc of `size` bytes once, bounded and safe against loops. */
export async function scanTrees(pages: Reads, descriptors: readonly Descriptor[], size: number): Promise<EditTree[]> {
  const byRoot = new Map<number, { root: Extent; descriptors: Descriptor[] }>();
  for (const descriptor of volumes(descriptors)) {
    const named = decodeRecord(descriptor.bytes.subarray(ROOT_RECORD, ROOT_RECORD + 34), 0)?.record.extent;
    if (!named) continue;
    const root = inImage(named, descriptor.base);
    const known = byRoot.get(root.offset);
    if (known) known.descriptors.push(descriptor);
    else byRoot.set(root.offset, { root, descriptors: [descriptor] });
  }
  const trees: EditTree[] = [];
  for (const found of byRoot.values()) trees.push(await scanTree(pages, found.root, found.descriptors, size));
  return trees;
}

/** An extent of a volume as bytes of the image. */
function inImage({ offset, length }: Extent, base: number): Extent {
  return { offset: base + offset, length };
}

async function scanTree(pages: Reads, root: Extent, descriptors: readonly Descriptor[], size: number): Promise<EditTree> {
  const flavour = flavourOf(descriptors);
  const base = descriptors[0]?.base ?? 0;
  const self = decodeRecord(await pages.read(root.offset, SECTOR), 0)?.record;
  const skip = flavour === 'joliet' || !self ? undefined : suspSkip(self.systemUse);
  const top: EditNode = { path: '', names: [''], directory: true, base, records: [], extent: root, odd: undefined, children: [] };
  const nodes: EditNode[] = [];
  const seen = new Set([root.offset]);
  const folders = [{ node: top, depth: 0 }];
  // Folders that have more bytes than the disc lie in each other.
  let left = size;
  for (let folder = folders.shift(); folder && nodes.length < MAX_ENTRIES; folder = folders.shift()) {
    if ((left -= Math.min(folder.node.extent.length, MAX_DIRECTORY)) < 0) break;
    for (const node of await listFolder(pages, folder.node, flavour === 'joliet', skip)) {
      nodes.push(node);
      folder.node.children.push(node);
      if (!node.directory || seen.has(node.extent.offset) || folder.depth >= MAX_DEPTH) continue;
      seen.add(node.extent.offset);
      folders.push({ node, depth: folder.depth + 1 });
    }
  }
  return { base, flavour, descriptors, root, skip, top, nodes };
}

function flavourOf(descriptors: readonly Descriptor[]): EditTree['flavour'] {
  const supplementary = descriptors.filter(({ bytes }) => bytes[0] === 2);
  if (supplementary.length === 0) return 'plain';
  const joliet = supplementary.every(({ bytes }) => /^%\/[@CE]/.test(bytes.toString('latin1', 88, 91)));
  return joliet && supplementary.length === descriptors.length ? 'joliet' : 'enhanced';
}

/** The records of a directory with their places; damage ends a sector, never the walk. */
export function* locate(bytes: Buffer, base: number): Generator<Located> {
  for (let at = 0; at < bytes.length;) {
    const found = decodeRecord(bytes, at);
    if (found) yield { at: base + at, length: found.length, record: found.record };
    at = found ? at + found.length : (Math.floor(at / SECTOR) + 1) * SECTOR;
  }
}

async function listFolder(pages: Reads, folder: EditNode, joliet: boolean, skip: number | undefined): Promise<EditNode[]> {
  const bytes = await pages.read(folder.extent.offset, Math.min(folder.extent.length, MAX_DIRECTORY));
  const listed: EditNode[] = [];
  const { base } = folder;
  /** Rock Ridge counts from the beginning of the volume, too. */
  const readAt: Reads['read'] = (offset, length) => pages.read(base + offset, length);
  let records: RecordPlace[] = [];
  let count = 0;
  for (const located of locate(bytes, folder.extent.offset)) {
    if ((count += 1) % BATCH === 0) await setImmediate();
    if (isSelfOrParent(located.record) || located.record.rawName.length === 0) continue;
    records.push({ at: located.at, extent: inImage(located.record.extent, base) });
    if (located.record.continued) continue;
    const inFolder = located.at - folder.extent.offset;
    const interleaved = bytes[inFolder + 26] !== 0 || bytes[inFolder + 27] !== 0;
    const extra = rockRidgeOf(located.record, skip) ?? (await readRockRidge(located.record.systemUse, skip ?? 0, readAt));
    const moved = extra.childLink === undefined ? undefined : await movedFolder(pages, extra.childLink, base);
    if (!extra.relocated) listed.push(nodeOf(folder, located.record, extra, { records, joliet, skip, interleaved, moved }));
    records = [];
  }
  return listed;
}

function rockRidgeOf(record: DirectoryRecord, skip: number | undefined): RockRidge | undefined {
  return skip === undefined ? { relocated: false } : ownRockRidge(record.systemUse, skip);
}

function nodeOf(
  folder: EditNode,
  record: DirectoryRecord,
  extra: RockRidge,
  how: { records: readonly RecordPlace[]; joliet: boolean; skip: number | undefined; interleaved: boolean; moved: Extent | undefined },
): EditNode {
  const plain = how.joliet ? jolietName(record.rawName) : plainName(record.rawName);
  const names = extra.name === undefined || extra.name === plain ? [plain] : [extra.name, plain];
  const compressed = how.skip !== undefined && record.systemUse.includes('ZF', how.skip) && hasEntry(record, how.skip, 'ZF');
  return {
    path: folder.path === '' ? (names[0] ?? '') : `${folder.path}/${names[0] ?? ''}`,
    names,
    directory: record.directory || how.moved !== undefined,
    base: folder.base,
    records: how.records,
    extent: how.moved ?? inImage(record.extent, folder.base),
    odd: compressed ? 'compressed' : how.interleaved ? 'interleaved' : undefined,
    children: [],
  };
}

function hasEntry(record: DirectoryRecord, skip: number, wanted: string): boolean {
  return suspEntries(record.systemUse, skip).some(({ signature }) => signature === wanted);
}

async function movedFolder(pages: Reads, sector: number, base: number): Promise<Extent> {
  const self = decodeRecord(await pages.read(base + sector * SECTOR, SECTOR), 0)?.record;
  return inImage(self?.extent ?? { offset: sector * SECTOR, length: 0 }, base);
}

/** The entries of a system use area itself, each with its bytes; what CE continues is not among them. */
export function suspEntries(systemUse: Buffer, skip: number): { signature: string; bytes: Buffer }[] {
  const found: { signature: string; bytes: Buffer }[] = [];
  for (let at = skip; at + 4 <= systemUse.length;) {
    const length = systemUse[at + 2] ?? 0;
    const signature = systemUse.toString('latin1', at, at + 2);
    if (length < 4 || at + length > systemUse.length || signature === 'ST') break;
    found.push({ signature, bytes: systemUse.subarray(at, at + length) });
    at += length;
  }
  return found;
}

/** A file or folder by path: upper and lower case count only where two names differ by nothing else. */
export function findNode(tree: EditTree, path: string): EditNode | undefined {
  let node = tree.top;
  for (const part of partsOf(path)) {
    const folded = part.toLowerCase();
    const next =
      node.children.find((child) => child.names.includes(part)) ??
      node.children.find((child) => child.names.some((name) => name.toLowerCase() === folded));
    if (!next) return undefined;
    node = next;
  }
  return node;
}

export function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}
