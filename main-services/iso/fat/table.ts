import { tableBytes, type FatType } from './geometry.ts';

/** What a link says at the end of a chain; everything from 7 below on means the same. */
const END: Record<FatType, number> = { 12: 0xfff, 16: 0xffff, 32: 0x0fffffff };

export function endOf(type: FatType): number {
  return END[type];
}

export function isEnd(type: FatType, link: number): boolean {
  return link >= END[type] - 7;
}

/** The link of a cluster: 0 for a free one. */
export function linkAt(table: Buffer, type: FatType, cluster: number): number {
  if (type === 16) return table.readUInt16LE(cluster * 2);
  if (type === 32) return table.readUInt32LE(cluster * 4) & 0x0fffffff;
  const pair = table.readUInt16LE(nibbleAt(cluster));
  return cluster % 2 === 0 ? pair & 0xfff : pair >> 4;
}

/** FAT12 packs two links into three bytes; the upper four bits of a FAT32 link are not ours. */
export function setLink(table: Buffer, type: FatType, cluster: number, link: number): void {
  if (type === 16) table.writeUInt16LE(link, cluster * 2);
  else if (type === 32) table.writeUInt32LE(((table.readUInt32LE(cluster * 4) & 0xf0000000) | link) >>> 0, cluster * 4);
  else {
    const pair = table.readUInt16LE(nibbleAt(cluster));
    table.writeUInt16LE(cluster % 2 === 0 ? (pair & 0xf000) | link : (pair & 0x000f) | (link << 4), nibbleAt(cluster));
  }
}

function nibbleAt(cluster: number): number {
  return cluster + (cluster >> 1);
}

/**
 * At most `most` clusters from `first` on, or undefined where the chain leaves the file system or runs into a free or bad cluster
 * before it ends. A loop ends at `most`.
 */
export function chainOf(table: Buffer, type: FatType, clusters: number, first: number, most: number): number[] | undefined {
  const chain: number[] = [];
  for (let cluster = first; chain.length < most && !(chain.length > 0 && isEnd(type, cluster)); cluster = linkAt(table, type, cluster)) {
    if (cluster < 2 || cluster >= clusters + 2) return undefined;
    chain.push(cluster);
  }
  return chain;
}

/** The links of `clusters` clusters in a table of `length` bytes; FAT12 that becomes FAT16 has them in another form. */
export function reencode(table: Buffer, from: FatType, to: FatType, clusters: number, length: number): Buffer {
  const fresh = Buffer.alloc(length);
  if (from === to) {
    table.copy(fresh, 0, 0, tableBytes(from, clusters));
    // The last byte of a FAT12 may be half of a link that is nobody's.
    if (from === 12 && clusters % 2 === 1) setLink(fresh, from, clusters + 2, 0);
    return fresh;
  }
  for (let cluster = 0; cluster < clusters + 2; cluster += 1) {
    const link = linkAt(table, from, cluster);
    // Media byte, ends and bad clusters keep their distance from the top.
    const special = cluster < 2 || link >= END[from] - 8;
    setLink(fresh, to, cluster, special ? link - END[from] + END[to] : link);
  }
  return fresh;
}
