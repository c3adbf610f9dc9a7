import { isPrimary, readDescriptors, type Descriptor } from '../iso9660/descriptors.ts';
import { partitionsOf, type Tables } from '../gpt/partition-tables.ts';
import { SECTOR, type ReadAt } from '../iso9660/records.ts';

export interface Volumes {
  /** Of the ISO’s volume, and of the same volume as its partitions hold it. */
  readonly descriptors: readonly Descriptor[];
  /** Volumes of partitions that are not the ISO’s. */
  readonly foreign: readonly string[];
}

/** Place of the volume’s name in a primary descriptor (ECMA-119 §8.4.7). */
const NAME = [40, 72] as const;

/**
 * The volume, and its twins: `xorriso -partition_offset 16` (lorax, archiso, kiwi) writes the descriptors and directories a second time
 * for a partition that begins at sector 16, and Linux reads those when it mounts a USB stick’s partition.
 */
export async function readVolumes(read: ReadAt, tables: Tables, size: number): Promise<Volumes> {
  const descriptors = await readDescriptors(read, size);
  const primary = descriptors.find(isPrimary);
  const foreign: string[] = [];
  const bases = new Set(partitionsOf(tables).map(({ offset }) => offset));
  for (const base of bases) {
    if (base === 0 || base % SECTOR !== 0 || base + 17 * SECTOR > size) continue;
    const inner = await readDescriptors(read, size, base);
    const twin = inner.find(isPrimary);
    if (!primary || !twin) continue;
    if (twin.bytes.subarray(...NAME).equals(primary.bytes.subarray(...NAME))) descriptors.push(...inner);
    else foreign.push(twin.bytes.toString('latin1', ...NAME).replace(/[\0 ]+$/, ''));
  }
  return { descriptors, foreign };
}
