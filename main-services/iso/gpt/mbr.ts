import type { Pages } from '../source/copy-on-write.ts';
import type { Extent } from '../source/overlay.ts';
import { BLOCK, type DiskChange } from './gpt.ts';

const ENTRIES = [446, 462, 478, 494];
const PROTECTIVE = 0xee;
/** Cylinders and heads do not reach that far, which is written so. */
const FAR = Buffer.of(0xfe, 0xff, 0xff);

/** The first block, where it has partitions. */
export async function readMbr(pages: Pick<Pages, 'read'>): Promise<Buffer | undefined> {
  const block = await pages.read(0, BLOCK);
  return block.readUInt16LE(510) === 0xaa55 && ENTRIES.some((at) => block[at + 4] !== 0 || block.readUInt32LE(at + 12) !== 0)
    ? block
    : undefined;
}

/** The partitions with the places of their entries; what only protects a GPT is none. isohybrid's has the type 0. */
export function mbrPartitions(mbr: Buffer): (Extent & { at: number })[] {
  return ENTRIES.map((at) => ({ at, offset: mbr.readUInt32LE(at + 8) * BLOCK, length: mbr.readUInt32LE(at + 12) * BLOCK })).filter(
    // A first byte with other bits belongs to code, not to a table.
    ({ at, length }) => length > 0 && mbr[at + 4] !== PROTECTIVE && ((mbr[at] ?? 0) & 0x7f) === 0,
  );
}

/** Has the partitions that moved follow, and those that grew reach as far: Linux mounts one and reads nothing behind its end. */
export async function writeMbr(pages: Pages, old: Buffer, { moves, grown }: Pick<DiskChange, 'moves' | 'grown'>): Promise<void> {
  const mbr = Buffer.from(old);
  for (const { at, offset } of mbrPartitions(old)) {
    const growth = grown.find(({ start }) => start === offset);
    if (growth) mbr.writeUInt32LE(blocks(growth.end - offset), at + 12);
    const move = moves.find(({ from }) => from.offset === offset);
    if (!move) continue;
    mbr.set(FAR, at + 1);
    mbr.set(FAR, at + 5);
    mbr.writeUInt32LE(move.to.offset / BLOCK, at + 8);
    mbr.writeUInt32LE(blocks(move.to.length), at + 12);
  }
  if (!mbr.equals(old)) await pages.write(0, mbr);
}

/** Has the protective partition of a GPT cover a disk of `size` bytes. */
export async function protectDisk(pages: Pages, size: number): Promise<void> {
  const mbr = await pages.read(0, BLOCK);
  const at = ENTRIES.find((place) => mbr[place + 4] === PROTECTIVE && mbr.readUInt32LE(place + 8) === 1);
  if (at === undefined) return;
  mbr.writeUInt32LE(blocks(size) - 1, at + 12);
  await pages.write(0, mbr);
}

function blocks(length: number): number {
  return Math.min(Math.ceil(length / BLOCK), 0xffffffff);
}
