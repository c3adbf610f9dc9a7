import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';
import { TAGS, tagOf } from './udf-tag.ts';
import { decodeField } from './udf-text.ts';

/** Reads what there is of a range; a copy or a view, the caller does not write to it. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** A block of a partition, as a long_ad names it (ECMA-167 4/7.1). */
export interface BlockAddress {
  readonly block: number;
  readonly partition: number;
}

export interface Partition {
  /** First sector, and how many. */
  readonly start: number;
  readonly length: number;
}

/** Where a UDF volume has what. Sequences are the two copies of the volume's descriptors, in bytes of the disc. */
export interface UdfLayout {
  readonly volumeId: string;
  readonly anchors: readonly number[];
  readonly main: Extent;
  readonly reserve: Extent;
  readonly integrity: Extent;
  /** By the number that addresses use; undefined where the disc has a kind of partition that is not known here. */
  readonly partitions: readonly (Partition | undefined)[];
  readonly root: BlockAddress;
}

const ANCHOR = 256;
const MAX_SEQUENCE = 64;
const MAX_PARTITIONS = 16;
/** Volume recognition: descriptors of 2048 bytes from sector 16 on (ECMA-167 2/8.3). */
const RECOGNITION = { sector: 16, count: 32 };

/** The layout of a source's UDF volume; undefined where there is none, or none that can be read. */
export async function findUdf(read: ReadAt, size: number): Promise<UdfLayout | undefined> {
  if (!(await announced(read))) return undefined;
  const last = Math.floor(size / SECTOR) - 1;
  const found: UdfLayout[] = [];
  const anchors: number[] = [];
  for (const sector of [ANCHOR, last - ANCHOR, last]) {
    const bytes = sector < RECOGNITION.sector || anchors.includes(sector) ? Buffer.alloc(0) : await read(sector * SECTOR, SECTOR);
    if (tagOf(bytes, sector) !== TAGS.anchor) continue;
    anchors.push(sector);
    const layout = found.length === 0 ? await readVolume(read, bytes, anchors) : undefined;
    if (layout) found.push(layout);
  }
  return found[0];
}

async function announced(read: ReadAt): Promise<boolean> {
  const bytes = await read(RECOGNITION.sector * SECTOR, RECOGNITION.count * SECTOR);
  for (let at = 0; at < bytes.length; at += SECTOR) {
    if (/^NSR0[23]$/.test(bytes.toString('latin1', at + 1, at + 6))) return true;
  }
  return false;
}

async function readVolume(read: ReadAt, anchor: Buffer, anchors: readonly number[]): Promise<UdfLayout | undefined> {
  const [main, reserve] = [16, 24].map((at) => extentAt(anchor, at));
  if (!main || !reserve) return undefined;
  for (const sequence of [main, reserve]) {
    const { volume, parts } = prevailing(await readSequence(read, sequence));
    const layout = volume && (await layOut(read, volume, parts));
    if (layout) return { ...layout, anchors, main, reserve };
  }
  return undefined;
}

/** An extent_ad (ECMA-167 3/7.1) in bytes of the disc. */
export function extentAt(bytes: Buffer, at: number): Extent {
  return { length: bytes.readUInt32LE(at), offset: bytes.readUInt32LE(at + 4) * SECTOR };
}

export interface Descriptor {
  readonly tag: number;
  readonly at: number;
  readonly bytes: Buffer;
}

/** The intact descriptors of an extent up to the one that ends it. */
export async function readSequence(read: ReadAt, extent: Extent): Promise<Descriptor[]> {
  const bytes = await read(extent.offset, Math.min(extent.length, MAX_SEQUENCE * SECTOR));
  const found: Descriptor[] = [];
  for (let at = 0; at + SECTOR <= bytes.length; at += SECTOR) {
    const one = bytes.subarray(at, at + SECTOR);
    const tag = tagOf(one, (extent.offset + at) / SECTOR);
    if (tag === TAGS.terminating) break;
    if (tag !== undefined) found.push({ tag, at: extent.offset + at, bytes: one });
  }
  return found;
}

/** Of descriptors for the same thing the one with the highest number counts (ECMA-167 3/8.4.3). */
function prevailing(descriptors: readonly Descriptor[]): { volume: Buffer | undefined; parts: Map<number, Partition> } {
  const inOrder = descriptors.toSorted((a, b) => a.bytes.readUInt32LE(16) - b.bytes.readUInt32LE(16));
  const parts = new Map<number, Partition>();
  for (const { bytes } of inOrder.filter(({ tag }) => tag === TAGS.partition)) {
    parts.set(bytes.readUInt16LE(22), { start: bytes.readUInt32LE(188), length: bytes.readUInt32LE(192) });
  }
  return { volume: inOrder.findLast(({ tag }) => tag === TAGS.logicalVolume)?.bytes, parts };
}

async function layOut(
  read: ReadAt,
  volume: Buffer,
  parts: ReadonlyMap<number, Partition>,
): Promise<Pick<UdfLayout, 'volumeId' | 'integrity' | 'partitions' | 'root'> | undefined> {
  if (volume.readUInt32LE(212) !== SECTOR) return undefined;
  const partitions = readMaps(volume, parts);
  const fileSet = addressAt(volume, 248);
  const at = offsetOf(partitions, fileSet);
  const bytes = at === undefined ? Buffer.alloc(0) : await read(at, SECTOR);
  if (tagOf(bytes, fileSet.block) !== TAGS.fileSet || bytes.length < SECTOR) return undefined;
  return { volumeId: decodeField(volume.subarray(84, 212)), integrity: extentAt(volume, 432), partitions, root: addressAt(bytes, 400) };
}

/** Partition maps (ECMA-167 3/10.7): type 1 is a partition as it lies; virtual, sparable and metadata partitions are of type 2. */
function readMaps(volume: Buffer, parts: ReadonlyMap<number, Partition>): (Partition | undefined)[] {
  const maps: (Partition | undefined)[] = [];
  const count = Math.min(volume.readUInt32LE(268), MAX_PARTITIONS);
  for (let at = 440; maps.length < count && at + 6 <= volume.length;) {
    const length = volume[at + 1] ?? 0;
    if (length < 6) break;
    maps.push(volume[at] === 1 ? parts.get(volume.readUInt16LE(at + 4)) : undefined);
    at += length;
  }
  return maps;
}

/** The address in a long_ad: block and partition behind the length. */
export function addressAt(bytes: Buffer, at: number): BlockAddress {
  return { block: bytes.readUInt32LE(at + 4), partition: bytes.readUInt16LE(at + 8) };
}

/** Byte offset of a block; undefined outside its partition. */
export function offsetOf(partitions: UdfLayout['partitions'], { block, partition }: BlockAddress): number | undefined {
  const found = partitions[partition];
  return found && block < found.length ? (found.start + block) * SECTOR : undefined;
}
