import { refused } from '../iso9660/edited-image.ts';
import { fatSize, FAT16_FROM, FAT32_FROM, tableBytes, type FatGeometry, type FatType } from './geometry.ts';

/** Tools disagree by a few clusters on where one FAT type ends and the next begins. */
const DISPUTED = 16;

/**
 * The same file system with more than `more` clusters more, so that the very last stays free (see missingClusters), away from where the type is disputed. FAT12 becomes FAT16 when it has to;
 * FAT16 that would have to become FAT32 is refused, for its root folder lies elsewhere.
 */
export function grown(geometry: FatGeometry, more: number): FatGeometry {
  const clusters = undisputed(geometry.clusters + more + 1);
  if (geometry.type !== 32 && clusters >= FAT32_FROM) {
    throw refused(
      `The boot image is full, and as a FAT16 file system it cannot have ${clusters} clusters; it would have to become FAT32. Use shorter arguments or a smaller file.`,
    );
  }
  const type: FatType = geometry.type === 32 ? 32 : clusters < FAT16_FROM ? 12 : 16;
  const fatSectors = Math.max(geometry.fatSectors, Math.ceil(tableBytes(type, clusters) / geometry.sector));
  const larger = { ...geometry, type, clusters, fatSectors };
  if (fatSize(larger) / geometry.sector > 0xffffffff) throw refused('The boot image is full and cannot be larger.');
  return larger;
}

function undisputed(clusters: number): number {
  const near = [FAT16_FROM, FAT32_FROM].find((from) => Math.abs(clusters - from) <= DISPUTED);
  return near === undefined ? clusters : near + DISPUTED + 1;
}

/** The boot sector of the larger file system. */
export function patchBpb(old: Buffer, { type, sector, fatSectors }: FatGeometry, bytes: number): Buffer {
  const boot = Buffer.from(old);
  const sectors = bytes / sector;
  const short = type !== 32 && boot.readUInt16LE(19) !== 0 && sectors < 0x10000;
  boot.writeUInt16LE(short ? sectors : 0, 19);
  boot.writeUInt32LE(short ? 0 : sectors, 32);
  if (type === 32) boot.writeUInt32LE(fatSectors, 36);
  else boot.writeUInt16LE(fatSectors, 22);
  if (boot.toString('latin1', 54, 59) === 'FAT12' && type === 16) boot.write('FAT16', 54, 'latin1');
  return boot;
}
