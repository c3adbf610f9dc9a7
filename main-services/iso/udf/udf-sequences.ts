import type { EditedImage } from '../iso9660/edited-image.ts';
import type { Pages } from '../source/copy-on-write.ts';
import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';
import { readSequence, type Descriptor, type Partition, type ReadAt, type UdfLayout } from './udf-layout.ts';
import { seal, tagOf, TAGS } from './udf-tag.ts';

/** What the volume says of itself as a whole: the integrity descriptor that is valid (ECMA-167 3/10.10), if there is one. */
export interface Integrity {
  readonly descriptor: Descriptor | undefined;
  /** A number that no file of the volume has yet. */
  readonly nextId: number;
}

/** A UDF volume whose files now lie behind its partition too. */
export interface Grown {
  readonly layout: UdfLayout;
  readonly partition: Partition;
  readonly integrity: Integrity;
  readonly addedFiles: number;
}

/** Unique ids below 16 are reserved (UDF 1.02 §3.2.1). */
const FIRST_ID = 16;
/** What one sequence has at most; standard discs have just that. */
const SEQUENCE = 16;
/** An anchor may be so many sectors before the last one (ECMA-167 3/8.4.2.1). */
const FROM_END = 256;

export async function readIntegrity(read: ReadAt, layout: UdfLayout): Promise<Integrity> {
  const descriptor = (await readSequence(read, layout.integrity)).findLast(({ tag }) => tag === TAGS.integrity);
  return { descriptor, nextId: Math.max(FIRST_ID, Number(BigInt.asUintN(48, descriptor?.bytes.readBigUInt64LE(40) ?? 0n))) };
}

/** The header of a partition's descriptor names tables and bitmaps of free blocks (ECMA-167 4/14.3); finished discs have none. */
export async function hasFreeSpaceTables(read: ReadAt, layout: UdfLayout): Promise<boolean> {
  const descriptors = await readSequence(read, layout.main);
  return descriptors.some(({ tag, bytes }) => tag === TAGS.partition && bytes.subarray(56, 56 + 40).some((byte) => byte !== 0));
}

/**
 * Makes the partition reach over the tail of an image that will have `size` bytes, and puts an anchor into its last sector.
 * The last 17 sectors must be free: a reserve sequence that lay behind the partition moves there too.
 */
export async function finishUdf({ pages }: Pick<EditedImage, 'pages'>, grown: Grown, size: number): Promise<void> {
  const { layout, partition } = grown;
  const last = size / SECTOR - 1;
  const moves = layout.reserve.offset / SECTOR >= partition.start;
  const end = moves ? last - SEQUENCE : last;
  const reserve = moves ? await moveSequence(pages, layout.reserve, end) : layout.reserve;
  for (const sequence of [layout.main, reserve]) await writeLength(pages, sequence, partition, end - partition.start);
  await writeIntegrity(pages, grown, end - partition.start);
  await writeAnchors(pages, layout, reserve, last);
}

async function moveSequence(pages: Pages, from: Extent, sector: number): Promise<Extent> {
  const bytes = await pages.read(from.offset, SEQUENCE * SECTOR);
  for (let index = 0; index < SEQUENCE; index += 1) {
    const one = bytes.subarray(index * SECTOR, (index + 1) * SECTOR);
    if (tagOf(one, from.offset / SECTOR + index) !== undefined) seal(one, sector + index);
  }
  await pages.write(sector * SECTOR, bytes);
  return { offset: sector * SECTOR, length: SEQUENCE * SECTOR };
}

async function writeLength(pages: Pages, sequence: Extent, { start }: Partition, length: number): Promise<void> {
  for (const { tag, at, bytes } of await readSequence(pages.read, sequence)) {
    if (tag !== TAGS.partition || bytes.readUInt32LE(188) !== start) continue;
    bytes.writeUInt32LE(length, 192);
    await pages.write(at, seal(bytes, at / SECTOR));
  }
}

/** The next id, the size of the one partition and how many files there are (ECMA-167 3/10.10, UDF 1.02 §2.2.6.4). */
async function writeIntegrity(pages: Pages, { integrity, addedFiles }: Grown, length: number): Promise<void> {
  if (!integrity.descriptor) return;
  const { at } = integrity.descriptor;
  const bytes = Buffer.from(integrity.descriptor.bytes);
  const [partitions, used] = [bytes.readUInt32LE(72), bytes.readUInt32LE(76)];
  if (partitions !== 1 || used < 46) return;
  bytes.writeBigUInt64LE(BigInt(integrity.nextId + addedFiles), 40);
  bytes.writeUInt32LE(length, 84);
  bytes.writeUInt32LE((bytes.readUInt32LE(120) + addedFiles) >>> 0, 120);
  await pages.write(at, seal(bytes, at / SECTOR));
}

async function writeAnchors(pages: Pages, layout: UdfLayout, reserve: Extent, last: number): Promise<void> {
  const [first] = layout.anchors;
  if (first === undefined) return;
  const anchor = await pages.read(first * SECTOR, SECTOR);
  anchor.writeUInt32LE(reserve.length, 24);
  anchor.writeUInt32LE(reserve.offset / SECTOR, 28);
  for (const sector of [first, last]) await pages.write(sector * SECTOR, seal(anchor, sector));
  // The third place that is looked at lies in the partition now; genisoimage ends a disc in 150 anchors.
  const third = last - FROM_END;
  const stale = third > 0 && third !== first && tagOf(await pages.read(third * SECTOR, SECTOR), third) === TAGS.anchor;
  if (stale) await pages.write(third * SECTOR, Buffer.alloc(SECTOR));
}
