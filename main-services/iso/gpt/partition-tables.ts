import type { Pages } from '../edit-pages.ts';
import type { Extent } from '../overlay.ts';
import { entriesAt, readGpt, writeGpt, type Move } from './gpt.ts';
import { readMbr, systemPartitionsAt, writeMbr } from './mbr.ts';

export type { Move } from './gpt.ts';

/** Whether a partition of the image, read as a disk, begins where a stretch begins. */
export async function isPartition(pages: Pick<Pages, 'read'>, place: Extent): Promise<boolean> {
  const [gpt, mbr] = [await readGpt(pages), await readMbr(pages)];
  return (gpt !== undefined && entriesAt(gpt, place).length > 0) || (mbr !== undefined && systemPartitionsAt(mbr, place).length > 0);
}

/**
 * Has the partition tables of an image of `size` bytes lead to its moved boot images: firmware that takes the medium for a disk
 * looks nowhere else. Returns whether it finds them all; without any table UEFI goes by the boot catalogue on disks too.
 */
export async function leadPartitions(pages: Pages, moves: readonly Move[], size: number): Promise<boolean> {
  const [gpt, mbr] = [await readGpt(pages), await readMbr(pages)];
  if (!gpt && !mbr) return true;
  const byMbr = mbr !== undefined && (await writeMbr(pages, mbr, moves, size));
  const byGpt = gpt !== undefined && (await writeGpt(pages, gpt, moves, size));
  return byGpt || byMbr;
}
