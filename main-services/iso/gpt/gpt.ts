import { crc32 } from 'node:zlib';
import type { Pages } from '../edit-pages.ts';
import type { Extent } from '../overlay.ts';

/** A boot image that moved. */
export interface Move {
  readonly from: Extent;
  readonly to: Extent;
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

/** Places of the entries that begin where a stretch begins. */
export function entriesAt({ entries, entrySize }: Gpt, { offset }: Extent): number[] {
  const places = Array.from({ length: Math.floor(entries.length / entrySize) }, (_, index) => index * entrySize);
  return places.filter(
    (at) => entries.subarray(at, at + 16).some((byte) => byte !== 0) && Number(entries.readBigUInt64LE(at + 32)) * BLOCK === offset,
  );
}

/**
 * Has the entries of moved boot images follow them, on a disk of `size` bytes that ends in zeros: the second table is its very last
 * blocks.
 */
export async function writeGpt(pages: Pages, gpt: Gpt, moves: readonly Move[], size: number): Promise<void> {
  const entries = Buffer.from(gpt.entries);
  for (const { from, to } of moves) {
    for (const at of entriesAt(gpt, from)) {
      entries.writeBigUInt64LE(BigInt(to.offset / BLOCK), at + 32);
      entries.writeBigUInt64LE(BigInt(Math.ceil((to.offset + to.length) / BLOCK) - 1), at + 40);
    }
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
