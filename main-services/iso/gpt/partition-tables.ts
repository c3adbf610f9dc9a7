import type { Pages } from '../edit-pages.ts';
import type { Extent } from '../overlay.ts';
import { entriesAt, readGpt, writeGpt, type Move } from './gpt.ts';
import { protectDisk, readMbr, systemPartitionsAt, writeMbr } from './mbr.ts';

export type { Move } from './gpt.ts';

/** Whether a partition of the image, read as a disk, begins where a stretch begins. */
export async function isPartition(pages: Pick<Pages, 'read'>, place: Extent): Promise<boolean> {
  const [gpt, mbr] = [await readGpt(pages), await readMbr(pages)];
  return (gpt !== undefined && entriesAt(gpt, place).length > 0) || (mbr !== undefined && systemPartitionsAt(mbr, place).length > 0);
}

/**
 * Has the partitions of a grown image of `size` bytes follow its boot images, where they are those, and cover it where they covered it
 * before: firmware that takes the medium for a disk looks nowhere else. Without any table UEFI goes by the boot catalogue on disks too.
 */
export async function leadPartitions(pages: Pages, moves: readonly Move[], size: number): Promise<void> {
  const [gpt, mbr] = [await readGpt(pages), await readMbr(pages)];
  if (mbr) await writeMbr(pages, mbr, moves, size);
  // A table that nothing has to change in stays sound in the middle of a larger disk.
  if (!gpt || moves.length === 0) return;
  await writeGpt(pages, gpt, moves, size);
  await protectDisk(pages, size);
}
