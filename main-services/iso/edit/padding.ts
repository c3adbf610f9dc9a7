import type { ByteSource } from '../source/byte-source.ts';
import { sectors } from '../iso9660/edited-image.ts';
import type { Pages } from '../source/copy-on-write.ts';
import { volumeDescriptors, type Descriptor } from '../iso9660/descriptors.ts';
import type { ScannedTree } from '../iso9660/scan.ts';
import type { BootEntry } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { fatSize } from '../fat/geometry.ts';
import { partitionsOf, type Tables } from '../gpt/partition-tables.ts';
import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';

/** Bytes that are checked for zeros. */
const MAX_SCANNED_BYTES = 1024 * 1024;

export interface PaddingContext {
  readonly source: ByteSource;
  readonly pages: Pages;
  readonly volumeBytes: number;
  readonly trees: readonly ScannedTree[];
  readonly descriptors: readonly Descriptor[];
  readonly boot: readonly BootEntry[];
  readonly tables: Tables;
}

/**
 * Zeros at the end of the volume that nothing names: mkisofs and xorriso add 300 KiB for drives that read ahead (`-pad`). The last
 * `spare` bytes of the image stay. Undefined where there are none.
 */
export async function paddingOf(context: PaddingContext, spare: number): Promise<Extent | undefined> {
  const { source, pages, volumeBytes } = context;
  const offset = await usedUpTo(context);
  const end = Math.min(volumeBytes, source.size - spare, offset + MAX_SCANNED_BYTES);
  let length = 0;
  while (offset + length + SECTOR <= end && (await pages.read(offset + length, SECTOR)).every((byte) => byte === 0)) length += SECTOR;
  return length > 0 ? { offset, length } : undefined;
}

/** Where the last thing ends that folders, path tables, the boot catalogue or a partition table name. */
async function usedUpTo(context: PaddingContext): Promise<number> {
  const used = [...treeExtents(context), ...descriptorExtents(context), ...(await bootExtents(context)), ...partitionExtents(context)];
  return used.reduce((end, { offset, length }) => Math.max(end, sectors(offset + sectors(length) * SECTOR) * SECTOR), 0);
}

function treeExtents({ trees }: PaddingContext): Extent[] {
  return trees.flatMap(({ root, entries }) => [
    root,
    ...entries.flatMap(({ extent, records }) => [extent, ...records.flatMap(({ extent: piece }) => (piece.length > 0 ? [piece] : []))]),
  ]);
}

/** The descriptors with the one that ends them, and the path tables that they name. */
function descriptorExtents({ descriptors }: PaddingContext): Extent[] {
  const tables = volumeDescriptors(descriptors).flatMap(({ base, bytes }) => {
    const length = bytes.readUInt32LE(132);
    const places = [140, 144].map((field) => bytes.readUInt32LE(field)).concat([148, 152].map((field) => bytes.readUInt32BE(field)));
    return places.map((sector) => ({ offset: base + sector * SECTOR, length }));
  });
  return [...descriptors.map(({ at }) => ({ offset: at, length: 2 * SECTOR })), ...tables];
}

async function bootExtents({ source, trees, boot }: PaddingContext): Promise<Extent[]> {
  const files = new Set(trees.flatMap(({ entries }) => entries.map(({ extent }) => extent.offset)));
  const found: Extent[] = [];
  for (const entry of boot) {
    const { at, offset, size } = entry;
    found.push({ offset: at, length: SECTOR });
    const fat = await openBootImageFat(source, entry);
    // The load count is not the size of a loader that is a file; the trees have that.
    if (fat || !files.has(offset)) found.push({ offset, length: fat ? fatSize(fat.geometry) : size });
  }
  return found;
}

function partitionExtents({ trees, tables, volumeBytes }: PaddingContext): Extent[] {
  const bases = new Set([0, ...trees.map(({ base }) => base)]);
  return partitionsOf(tables).filter(({ offset }) => !bases.has(offset) && offset < volumeBytes);
}
