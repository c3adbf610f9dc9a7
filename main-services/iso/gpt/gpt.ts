import { crc32 } from 'node:zlib';
import type { Pages } from '../source/copy-on-write.ts';
import type { Extent } from '../source/overlay.ts';

/** A boot image, or a whole partition, that moved. */
export interface Move {
  readonly from: Extent;
  readonly to: Extent;
}

/** A partition that reaches further than it did. */
export interface Growth {
  readonly start: number;
  readonly end: number;
}

/** How the partitions of a disk change. Bytes; `size` is that of the disk, which ends in zeros. */
export interface DiskChange {
  readonly moves: readonly Move[];
  readonly grown: readonly Growth[];
  readonly size: number;
}

/** A GUID partition table (UEFI 2.10 §5.3) of a disk with blocks of 512 bytes, as its primary header tells it. */
export interface Gpt {
  readonly header: Buffer;
  readonly entries: Buffer;
  readonly entrySize: number;
}

export const BLOCK = 512;
const HEADER = 92;
/** What UEFI asks for at least, twice. */
const MAX_ENTRIES = 32 * 1024;

/** The table, or undefined where firmware would not believe it either. */
export async function readGpt(pages: Pick<Pages, 'read'>): Promise<Gpt | undefined> {
  const block = await pages.read(BLOCK, BLOCK);
  const headerSize = block.readUInt32LE(12);
  if (block.toString('latin1', 0, 8) !== 'EFI PART' || headerSize < HEADER || headerSize > BLOCK) return undefined;
  const header = block.subarray(0, headerSize);
  if (headerCrc(header) !== header.readUInt32LE(16) || header.readBigUInt64LE(24) !== 1n) return undefined;
  const entrySize = header.readUInt32LE(84);
  const length = header.readUInt32LE(80) * entrySize;
  const at = Number(header.readBigUInt64LE(72)) * BLOCK;
  if (entrySize < 128 || length === 0 || length > MAX_ENTRIES || !Number.isSafeInteger(at + length)) return undefined;
  const entries = await pages.read(at, length);
  return crc32(entries) === header.readUInt32LE(88) ? { header, entries, entrySize } : undefined;
}

/** The partitions with the places of their entries, without isohybrid’s from block 0 on, which would hold the table itself. */
export function gptPartitions({ entries, entrySize }: Gpt): (Extent & { at: number })[] {
  const places = Array.from({ length: Math.floor(entries.length / entrySize) }, (_, index) => index * entrySize);
  return places
    .filter((at) => entries.subarray(at, at + 16).some((byte) => byte !== 0))
    .map((at) => {
      const [first, last] = [Number(entries.readBigUInt64LE(at + 32)), Number(entries.readBigUInt64LE(at + 40))];
      return { at, offset: first * BLOCK, length: Math.max(0, last + 1 - first) * BLOCK };
    })
    .filter(({ offset }) => offset > 0);
}

/** Has the entries of what moved follow it, and those of what grew reach as far. The second table is the very last blocks of the disk. */
export async function writeGpt(pages: Pages, gpt: Gpt, { moves, grown, size }: DiskChange): Promise<void> {
  const entries = Buffer.from(gpt.entries);
  const endAt = (at: number, end: number): unknown => entries.writeBigUInt64LE(BigInt(Math.ceil(end / BLOCK) - 1), at + 40);
  for (const { at, offset } of gptPartitions(gpt)) {
    const growth = grown.find(({ start }) => start === offset);
    if (growth) endAt(at, growth.end);
    const move = moves.find(({ from }) => from.offset === offset);
    if (!move) continue;
    entries.writeBigUInt64LE(BigInt(move.to.offset / BLOCK), at + 32);
    endAt(at, move.to.offset + move.to.length);
  }
  const last = size / BLOCK - 1;
  const second = last - Math.ceil(entries.length / BLOCK);
  const primary = seal(gpt.header, entries, { own: 1, other: last, lastUsable: second - 1, table: undefined });
  await pages.write(Number(gpt.header.readBigUInt64LE(72)) * BLOCK, entries);
  await pages.write(BLOCK, primary);
  await pages.write(second * BLOCK, entries);
  await pages.write(last * BLOCK, seal(gpt.header, entries, { own: last, other: 1, lastUsable: second - 1, table: second }));
}

function seal(
  old: Buffer,
  entries: Buffer,
  { own, other, lastUsable, table }: { own: number; other: number; lastUsable: number; table: number | undefined },
): Buffer {
  const header = Buffer.from(old);
  header.writeBigUInt64LE(BigInt(own), 24);
  header.writeBigUInt64LE(BigInt(other), 32);
  header.writeBigUInt64LE(BigInt(lastUsable), 48);
  if (table !== undefined) header.writeBigUInt64LE(BigInt(table), 72);
  header.writeUInt32LE(crc32(entries), 88);
  header.writeUInt32LE(headerCrc(header), 16);
  return header;
}

/** Over the header with its own field zero. */
function headerCrc(header: Buffer): number {
  const bytes = Buffer.from(header);
  bytes.writeUInt32LE(0, 16);
  return crc32(bytes);
}
