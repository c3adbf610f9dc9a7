import type { ByteSource } from '../source/byte-source.ts';
import { sectors } from '../iso9660/edited-image.ts';
import type { Pages } from '../source/copy-on-write.ts';
import type { Descriptor } from '../iso9660/descriptors.ts';
import type { ScannedTree } from '../iso9660/scan.ts';
import type { BootEntry } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { fatSize } from '../fat/geometry.ts';
import { partitionsOf, type Tables } from '../gpt/partition-tables.ts';
import { SECTOR } from '../iso9660/records.ts';
import type { Extent } from '../source/overlay.ts';

/** Bytes that are looked through. */
const MOST = 1024 * 1024;

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
export async function paddingOf(world: PaddingContext, spare: number): Promise<Extent | undefined> {
  const { source, pages, volumeBytes } = world;
  const offset = await usedUpTo(world);
  const end = Math.min(volumeBytes, source.size - spare, offset + MOST);
  let length = 0;
  while (offset + length + SECTOR <= end && (await pages.read(offset + length, SECTOR)).every((byte) => byte === 0)) length += SECTOR;
  return length > 0 ? { offset, length } : undefined;
}

/** Where the last thing ends that folders, path tables, the boot catalogue or a partition table name. */
async function usedUpTo({ source, trees, descriptors, boot, tables, volumeBytes }: PaddingContext): Promise<number> {
  let used = 0;
  const take = (offset: number, length: number): void => {
    used = Math.max(used, offset + sectors(length) * SECTOR);
  };
  for (const { root, entries } of trees) {
    take(root.offset, root.length);
    for (const { extent, records } of entries) {
      take(extent.offset, extent.length);
      for (const { extent: piece } of records) if (piece.length > 0) take(piece.offset, piece.length);
    }
  }
  for (const { at, base, bytes } of descriptors) {
    take(at, 2 * SECTOR);
    if (bytes[0] !== 1 && bytes[0] !== 2) continue;
    const length = bytes.readUInt32LE(132);
    for (const field of [140, 144]) take(base + bytes.readUInt32LE(field) * SECTOR, length);
    for (const field of [148, 152]) take(base + bytes.readUInt32BE(field) * SECTOR, length);
  }
  const files = new Set(trees.flatMap(({ entries }) => entries.map(({ extent }) => extent.offset)));
  for (const entry of boot) {
    take(entry.at, SECTOR);
    const fat = await openBootImageFat(source, entry);
    // A load count says little of a loader that is a file; that has been taken already.
    if (fat || !files.has(entry.offset)) take(entry.offset, fat ? fatSize(fat.geometry) : entry.size);
  }
  const bases = new Set([0, ...trees.map(({ base }) => base)]);
  for (const { offset, length } of partitionsOf(tables)) if (!bases.has(offset) && offset < volumeBytes) take(offset, length);
  return sectors(used) * SECTOR;
}
