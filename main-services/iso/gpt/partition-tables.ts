import type { Pages } from '../source/copy-on-write.ts';
import type { Extent } from '../source/overlay.ts';
import { gptPartitions, readGpt, writeGpt, type DiskChange, type Gpt } from './gpt.ts';
import { mbrPartitions, protectDisk, readMbr, writeMbr } from './mbr.ts';

export type { DiskChange, Growth, Move } from './gpt.ts';

/** The partition tables of an image that is read as a disk. */
export interface Tables {
  readonly gpt: Gpt | undefined;
  readonly mbr: Buffer | undefined;
}

export async function readTables(pages: Pick<Pages, 'read'>): Promise<Tables> {
  return { gpt: await readGpt(pages), mbr: await readMbr(pages) };
}

/** Each partition once, also where both tables have it. */
export function partitionsOf({ gpt, mbr }: Tables): Extent[] {
  const all = [...(gpt ? gptPartitions(gpt) : []), ...(mbr ? mbrPartitions(mbr) : [])];
  return [...new Map(all.map(({ offset, length }) => [`${offset} ${length}`, { offset, length }])).values()];
}

/** Whether a partition begins where a stretch begins. */
export function isPartition(tables: Tables, { offset }: Extent): boolean {
  return partitionsOf(tables).some((partition) => partition.offset === offset);
}

/**
 * Writes the tables of an image that grew: firmware that takes the medium for a disk looks nowhere else for its boot image. Without any
 * table UEFI goes by the boot catalogue on disks too.
 */
export async function writeTables(pages: Pages, { gpt, mbr }: Tables, change: DiskChange): Promise<void> {
  if (mbr) await writeMbr(pages, mbr, change);
  // A table that nothing has to change in stays sound in the middle of a larger disk.
  const places = gpt ? gptPartitions(gpt).map(({ offset }) => offset) : [];
  const changes = [...change.moves.map(({ from }) => from.offset), ...change.grown.map(({ start }) => start)];
  if (!gpt || !changes.some((offset) => places.includes(offset))) return;
  await writeGpt(pages, gpt, change);
  await protectDisk(pages, change.size);
}
