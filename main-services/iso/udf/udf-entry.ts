import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';
import { offsetOf, type BlockAddress, type ReadAt, type UdfLayout } from './udf-layout.ts';
import { TAGS, tagOf } from './udf-tag.ts';

/** A file or folder by its entry (ECMA-167 4/14.9, 14.17): where its bytes lie on the disc. */
export interface UdfNode {
  readonly address: BlockAddress;
  /** Byte offset of the entry. */
  readonly at: number;
  readonly bytes: Buffer;
  readonly directory: boolean;
  readonly size: number;
  readonly extents: readonly Extent[];
}

/** Blocks of more extents that one file may chain; each holds a quarter of a terabyte. */
const CONTINUATIONS = 64;
const FOLDER = 4;

/** Places of an entry's fields: a file entry, and the extended one of UDF 2.00. */
export function fieldsOf(bytes: Buffer): { blocks: number; attributes: number; allocation: number; data: number; uniqueId: number } {
  return bytes.readUInt16LE(0) === TAGS.extendedFileEntry
    ? { blocks: 72, attributes: 208, allocation: 212, data: 216, uniqueId: 200 }
    : { blocks: 64, attributes: 168, allocation: 172, data: 176, uniqueId: 160 };
}

/** Reads the entry at an address; undefined where it is damaged, or its bytes do not lie on the disc one by one. */
export async function readNode(read: ReadAt, layout: UdfLayout, address: BlockAddress): Promise<UdfNode | undefined> {
  const at = offsetOf(layout.partitions, address);
  const bytes = at === undefined ? undefined : await read(at, SECTOR);
  const tag = bytes && tagOf(bytes, address.block);
  if (at === undefined || !bytes || bytes.length < SECTOR || (tag !== TAGS.fileEntry && tag !== TAGS.extendedFileEntry)) return undefined;
  const size = Number(bytes.readBigUInt64LE(56));
  const extents = Number.isSafeInteger(size) ? await contentOf(read, layout, { address, at, bytes, size }) : undefined;
  return extents && { address, at, bytes, directory: bytes[27] === FOLDER, size, extents };
}

type Entry = Pick<UdfNode, 'address' | 'at' | 'bytes' | 'size'>;

async function contentOf(read: ReadAt, layout: UdfLayout, entry: Entry): Promise<Extent[] | undefined> {
  const { attributes, allocation, data } = fieldsOf(entry.bytes);
  const from = data + entry.bytes.readUInt32LE(attributes);
  const to = from + entry.bytes.readUInt32LE(allocation);
  if (to > SECTOR) return undefined;
  const kind = entry.bytes.readUInt16LE(34) & 7;
  if (kind === 3) return entry.size <= to - from ? trim([{ offset: entry.at + from, length: entry.size }], entry.size) : undefined;
  if (kind > 1) return undefined;
  const extents = await collect(read, layout, {
    descriptors: entry.bytes.subarray(from, to),
    partition: entry.address.partition,
    long: kind === 1,
  });
  return extents && trim(extents, entry.size);
}

interface Descriptors {
  readonly descriptors: Buffer;
  readonly partition: number;
  readonly long: boolean;
}

/** Allocation descriptors (ECMA-167 4/14.14): the two upper bits of a length say what the extent is. */
async function collect(read: ReadAt, layout: UdfLayout, first: Descriptors): Promise<Extent[] | undefined> {
  const extents: Extent[] = [];
  let bytes: Buffer | undefined = first.descriptors;
  for (let count = 0; bytes !== undefined; count += 1) {
    const width = first.long ? 16 : 8;
    let next: BlockAddress | undefined;
    for (let at = 0; at + width <= bytes.length && !next; at += width) {
      const { kind, length, ...address } = descriptorAt(bytes, at, first);
      if (length === 0) break;
      const offset = offsetOf(layout.partitions, address);
      if (offset === undefined || (kind !== 0 && kind !== 3)) return undefined;
      if (kind === 3) next = address;
      else append(extents, { offset, length });
    }
    if (next && count === CONTINUATIONS) return undefined;
    bytes = next && (await continued(read, layout, next));
    if (next && !bytes) return undefined;
  }
  return extents;
}

function descriptorAt(bytes: Buffer, at: number, { long, partition }: Descriptors): BlockAddress & { kind: number; length: number } {
  const word = bytes.readUInt32LE(at);
  const block = bytes.readUInt32LE(at + 4);
  return { kind: word >>> 30, length: word & 0x3fffffff, block, partition: long ? bytes.readUInt16LE(at + 8) : partition };
}

/** A file over 1 GiB has several descriptors side by side; they are one extent. */
function append(extents: Extent[], { offset, length }: Extent): void {
  const last = extents.at(-1);
  if (last && last.offset + last.length === offset) extents.splice(-1, 1, { offset: last.offset, length: last.length + length });
  else extents.push({ offset, length });
}

async function continued(read: ReadAt, layout: UdfLayout, address: BlockAddress): Promise<Buffer | undefined> {
  const at = offsetOf(layout.partitions, address);
  const bytes = at === undefined ? Buffer.alloc(0) : await read(at, SECTOR);
  if (tagOf(bytes, address.block) !== TAGS.allocationExtent || bytes.length < SECTOR) return undefined;
  const length = bytes.readUInt32LE(20);
  return length <= SECTOR - 24 ? bytes.subarray(24, 24 + length) : undefined;
}

/** Exactly `size` bytes of the extents, or undefined where they have fewer. */
function trim(extents: readonly Extent[], size: number): Extent[] | undefined {
  const trimmed: Extent[] = [];
  let left = size;
  for (const { offset, length } of extents) {
    if (left === 0) break;
    trimmed.push({ offset, length: Math.min(left, length) });
    left -= Math.min(left, length);
  }
  return left === 0 ? trimmed : undefined;
}
