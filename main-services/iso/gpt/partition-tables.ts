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
 * Has the partitions of an image of `size` bytes that are its boot images follow them: firmware that takes the medium for a disk
 * looks nowhere else. What is no partition stays none; without any table UEFI goes by the boot catalogue on disks too.
 */
export async function leadPartitions(pages: Pages, moves: readonly Move[], size: number): Promise<void> {
  const [gpt, mbr] = [await readGpt(pages), await readMbr(pages)];
  if (mbr) await writeMbr(pages, mbr, moves, size);
  if (gpt) await writeGpt(pages, gpt, moves, size);
}
