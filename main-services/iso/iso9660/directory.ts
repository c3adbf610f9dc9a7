import { setImmediate } from 'node:timers/promises';
import type { Extent } from '../source/overlay.ts';
import {
  decodeRecord,
  isSelfOrParent,
  jolietName,
  locateRecords,
  plainName,
  SECTOR,
  type DirectoryRecord,
  type ReadAt,
} from './records.ts';
import { ownRockRidge, readRockRidge, suspSkip, type RockRidge } from './rock-ridge.ts';

/** How the folders of one tree are written. */
export interface TreeFormat {
  /** Byte offset of the volume: its records count sectors from there. */
  readonly base: number;
  readonly joliet: boolean;
  /** SUSP skip length where the tree has Rock Ridge. */
  readonly skip: number | undefined;
}

/** Byte offset of a record in the image, and the extent that it names. */
export interface RecordPlace {
  readonly at: number;
  readonly extent: Extent;
}

/** A file or folder as its folder lists it. Extents are bytes of the image. */
export interface DirectoryEntry {
  readonly names: readonly string[];
  readonly directory: boolean;
  readonly base: number;
  /** Several for a file over 4 GiB. */
  readonly records: readonly RecordPlace[];
  /** Where the content begins; a folder that Rock Ridge relocated is not where its record says. */
  readonly extent: Extent;
  /** Why its bytes cannot be replaced, if they cannot. */
  readonly odd: 'compressed' | 'interleaved' | 'as a symbolic link' | undefined;
  /** The text of a symbolic link, which has no bytes of its own. */
  readonly link?: string;
}

/** A longer folder is read up to here. */
export const MAX_DIRECTORY_BYTES = 4 * 1024 * 1024;
/** Records that are decoded before the event loop gets a turn. */
const BATCH = 2000;

/** Finds out whether the tree with this root has Rock Ridge. */
export async function formatOf(read: ReadAt, root: Extent, tree: { base: number; joliet: boolean }): Promise<TreeFormat> {
  const self = decodeRecord(await read(root.offset, SECTOR), 0)?.record;
  return { ...tree, skip: tree.joliet || !self ? undefined : suspSkip(self.systemUse) };
}

/** The files and folders in a folder, without `.`, `..` and the places of relocated folders. Bounded for bytes of any content. */
export async function listDirectory(read: ReadAt, folder: Extent, format: TreeFormat): Promise<DirectoryEntry[]> {
  const bytes = await read(folder.offset, Math.min(folder.length, MAX_DIRECTORY_BYTES));
  /** Rock Ridge counts from the beginning of the volume, too. */
  const readInVolume: ReadAt = (offset, length) => read(format.base + offset, length);
  /** A name in UCS-2 has at least one character of two bytes. */
  const shortest = format.joliet ? 2 : 1;
  const listed: DirectoryEntry[] = [];
  let records: RecordPlace[] = [];
  const add = async (record: DirectoryRecord): Promise<void> => {
    const all = records;
    records = [];
    const extra = rockRidgeOf(record, format.skip) ?? (await readRockRidge(record.systemUse, format.skip ?? 0, readInVolume));
    const relocated = extra.childLink === undefined ? undefined : await relocatedFolder(extra.childLink, readInVolume, format.base);
    if (!extra.relocated) listed.push(entryOf(record, all, extra, format, relocated));
  };
  /** A record that says more of its file follow; they have its name (ECMA-119 §9.1.6), else the mark is damage. */
  let open: DirectoryRecord | undefined;
  let count = 0;
  for (const { at, record } of locateRecords(bytes, folder.offset)) {
    if ((count += 1) % BATCH === 0) await setImmediate();
    if (isSelfOrParent(record) || record.rawName.length < shortest) continue;
    if (open && !open.rawName.equals(record.rawName)) await add(open);
    records.push({ at, extent: inImage(record.extent, format.base) });
    open = record.continued ? record : undefined;
    if (!open) await add(record);
  }
  if (open) await add(open);
  return listed;
}

/** An extent of a volume as bytes of the image. */
function inImage({ offset, length }: Extent, base: number): Extent {
  return { offset: base + offset, length };
}

function rockRidgeOf(record: DirectoryRecord, skip: number | undefined): RockRidge | undefined {
  return skip === undefined ? { relocated: false, compressed: false } : ownRockRidge(record.systemUse, skip);
}

/** The first record of a relocated folder names its extent. */
async function relocatedFolder(sector: number, readInVolume: ReadAt, base: number): Promise<Extent> {
  const self = decodeRecord(await readInVolume(sector * SECTOR, SECTOR), 0)?.record;
  return inImage(self?.extent ?? { offset: sector * SECTOR, length: 0 }, base);
}

function entryOf(
  record: DirectoryRecord,
  records: readonly RecordPlace[],
  extra: RockRidge,
  { base, joliet }: TreeFormat,
  relocated: Extent | undefined,
): DirectoryEntry {
  const plain = (joliet ? jolietName : plainName)(record.rawName, record.directory);
  return {
    names: extra.name === undefined || extra.name === plain ? [plain] : [extra.name, plain],
    directory: record.directory || relocated !== undefined,
    base,
    records,
    extent: relocated ?? records[0]?.extent ?? inImage(record.extent, base),
    odd: extra.compressed ? 'compressed' : record.interleaved ? 'interleaved' : extra.link === undefined ? undefined : 'as a symbolic link',
    ...(extra.link !== undefined && { link: extra.link }),
  };
}
