/** The layout of a FAT file system in its image: sizes in sectors where named so, offsets and `cluster` in bytes. */
export interface FatGeometry {
  readonly type: FatType;
  readonly sector: number;
  readonly clusterSectors: number;
  readonly reservedSectors: number;
  readonly copies: number;
  readonly fatSectors: number;
  readonly rootEntries: number;
  readonly clusters: number;
  /** FAT32 only: where the root folder begins, and the sectors of FSInfo and of the copy of the boot sector (0: none). */
  readonly rootCluster: number;
  readonly fsInfo: number;
  readonly backup: number;
}

export type FatType = 12 | 16 | 32;

/** Fewer clusters than this are FAT12, fewer than the next FAT16: the count alone decides. */
export const FAT16_FROM = 4085;
export const FAT32_FROM = 65525;

/** No FAT of a boot image is larger; 2 million clusters. */
const MAX_FAT_BYTES = 8 * 1024 * 1024;

/**
 * The geometry of a BIOS parameter block, or undefined where the bytes are not a FAT of at most `available` bytes: other boot sectors
 * (isolinux, memtest) have anything there. As strict as Linux' fat_read_bpb, and in what the sizes say stricter.
 */
export function decodeBpb(bytes: Buffer, available: number): FatGeometry | undefined {
  const fields = bytes.length < 512 || ![0xeb, 0xe9].includes(bytes[0] ?? 0) ? undefined : readFields(bytes);
  if (!fields || !isSane(fields, available)) return undefined;
  const { sector, clusterSectors, reservedSectors, copies, rootEntries, fatSectors, totalSectors } = fields;
  const before = reservedSectors + copies * fatSectors + rootSectors(rootEntries, sector);
  const clusters = Math.floor((totalSectors - before) / clusterSectors);
  const type = fields.is32 ? 32 : clusters < FAT16_FROM ? 12 : 16;
  const geometry = {
    type,
    sector,
    clusterSectors,
    reservedSectors,
    copies,
    fatSectors,
    rootEntries,
    clusters,
    rootCluster: type === 32 ? bytes.readUInt32LE(44) : 0,
    fsInfo: type === 32 ? insideReserved(bytes.readUInt16LE(48), reservedSectors) : 0,
    backup: type === 32 ? insideReserved(bytes.readUInt16LE(50), reservedSectors) : 0,
  } as const;
  return isConsistent(geometry, bytes) ? geometry : undefined;
}

/** Fields of the parameter block that all types have. */
interface BpbFields extends Pick<FatGeometry, 'sector' | 'clusterSectors' | 'reservedSectors' | 'copies' | 'fatSectors' | 'rootEntries'> {
  readonly media: number;
  readonly totalSectors: number;
  readonly is32: boolean;
}

function readFields(bytes: Buffer): BpbFields {
  const shortFat = bytes.readUInt16LE(22);
  const shortTotal = bytes.readUInt16LE(19);
  return {
    sector: bytes.readUInt16LE(11),
    clusterSectors: bytes[13] ?? 0,
    reservedSectors: bytes.readUInt16LE(14),
    copies: bytes[16] ?? 0,
    rootEntries: bytes.readUInt16LE(17),
    media: bytes[21] ?? 0,
    fatSectors: shortFat === 0 ? bytes.readUInt32LE(36) : shortFat,
    totalSectors: shortTotal === 0 ? bytes.readUInt32LE(32) : shortTotal,
    is32: shortFat === 0,
  };
}

function isSane(
  { sector, clusterSectors, reservedSectors, copies, media, fatSectors, totalSectors }: BpbFields,
  available: number,
): boolean {
  return (
    [512, 1024, 2048, 4096].includes(sector) &&
    clusterSectors > 0 &&
    (clusterSectors & (clusterSectors - 1)) === 0 &&
    reservedSectors > 0 &&
    (copies === 1 || copies === 2) &&
    (media === 0xf0 || media >= 0xf8) &&
    fatSectors > 0 &&
    fatSectors * sector <= MAX_FAT_BYTES &&
    totalSectors * sector <= available
  );
}

function isConsistent(geometry: FatGeometry, bytes: Buffer): boolean {
  const { type, clusters, fatSectors, sector, rootEntries, rootCluster } = geometry;
  if (clusters < 1 || tableBytes(type, clusters) > fatSectors * sector) return false;
  if (type !== 32) return rootEntries > 0 && clusters < FAT32_FROM;
  // Extended flags: with mirroring off, one FAT is alive and the others are old.
  const mirrors = (bytes.readUInt16LE(40) & 0x80) === 0;
  return rootEntries === 0 && mirrors && rootCluster >= 2 && rootCluster < clusters + 2;
}

function insideReserved(sector: number, reserved: number): number {
  return sector < reserved ? sector : 0;
}

function rootSectors(entries: number, sector: number): number {
  return Math.ceil((entries * 32) / sector);
}

/** Bytes of one FAT that are in use. */
export function tableBytes(type: FatType, clusters: number): number {
  return Math.ceil(((clusters + 2) * type) / 8);
}

export function clusterBytes({ sector, clusterSectors }: FatGeometry): number {
  return sector * clusterSectors;
}

export function fatOffset({ reservedSectors, sector }: FatGeometry): number {
  return reservedSectors * sector;
}

/** Of the root folder that FAT12 and FAT16 have before their data; the data's own for FAT32. */
export function rootOffset(geometry: FatGeometry): number {
  return fatOffset(geometry) + geometry.copies * geometry.fatSectors * geometry.sector;
}

export function dataOffset(geometry: FatGeometry): number {
  return rootOffset(geometry) + rootSectors(geometry.rootEntries, geometry.sector) * geometry.sector;
}

export function clusterOffset(geometry: FatGeometry, cluster: number): number {
  return dataOffset(geometry) + (cluster - 2) * clusterBytes(geometry);
}

/** Bytes of the file system; the image may be longer. */
export function fatSize(geometry: FatGeometry): number {
  return dataOffset(geometry) + geometry.clusters * clusterBytes(geometry);
}
