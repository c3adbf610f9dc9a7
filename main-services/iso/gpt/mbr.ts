import type { Pages } from '../edit-pages.ts';
import type { Extent } from '../overlay.ts';
import { BLOCK, type Move } from './gpt.ts';

const ENTRIES = [446, 462, 478, 494];
const PROTECTIVE = 0xee;
const EFI_SYSTEM = 0xef;

/** The first block, where it has partitions. */
export async function readMbr(pages: Pick<Pages, 'read'>): Promise<Buffer | undefined> {
  const block = await pages.read(0, BLOCK);
  return block.readUInt16LE(510) === 0xaa55 && ENTRIES.some((at) => block[at + 4] !== 0) ? block : undefined;
}

/** Places of the EFI system partitions (0xEF) that begin where a stretch begins. */
export function systemPartitionsAt(mbr: Buffer, { offset }: Extent): number[] {
  return ENTRIES.filter((at) => mbr[at + 4] === EFI_SYSTEM && mbr.readUInt32LE(at + 8) * BLOCK === offset);
}

/**
 * Has the EFI system partitions of moved boot images follow them, and isohybrid’s partition cover all of an image of `size` bytes
 * as before: Linux mounts it and reads nothing behind its end.
 */
export async function writeMbr(pages: Pages, old: Buffer, moves: readonly Move[], size: number): Promise<void> {
  const mbr = Buffer.from(old);
  for (const at of wholePartitions(old)) mbr.writeUInt32LE(blocks(size), at + 12);
  for (const { from, to } of moves) {
    for (const at of systemPartitionsAt(old, from)) {
      // Cylinders and heads do not reach that far, which is written so.
      mbr.fill(Buffer.of(0xfe, 0xff, 0xff), at + 1, at + 4);
      mbr.fill(Buffer.of(0xfe, 0xff, 0xff), at + 5, at + 8);
      mbr.writeUInt32LE(to.offset / BLOCK, at + 8);
      mbr.writeUInt32LE(blocks(to.length), at + 12);
    }
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

/** Partitions from the first block on. A second one behind it would lie in it when it grew, and UEFI believes no such table. */
function wholePartitions(mbr: Buffer): number[] {
  const used = ENTRIES.filter((at) => mbr.readUInt32LE(at + 12) > 0);
  return used.filter(
    (at) => mbr.readUInt32LE(at + 8) === 0 && used.every((other) => mbr.readUInt32LE(other + 8) < mbr.readUInt32LE(at + 12)),
  );
}

function blocks(length: number): number {
  return Math.min(Math.ceil(length / BLOCK), 0xffffffff);
}
