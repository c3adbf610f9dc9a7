import type { Pages } from '../source/copy-on-write.ts';
import type { FatPlace } from './edit-fat.ts';
import type { FatVolume } from './fat-volume.ts';
import { dataOffset, fatOffset, fatSize, rootOffset, tableBytes, type FatGeometry } from './geometry.ts';
import { patchBpb } from './grow.ts';
import { freeClusters } from './sound.ts';
import { reencode } from './table.ts';

/** The file system as it lies, edited where it is. */
export function inPlace(volume: FatVolume, offset: number): FatPlace {
  const { geometry, table } = volume;
  return { offset, geometry, table: Buffer.from(table), shown: table, shift: 0, free: freeClusters(volume) };
}

/**
 * Puts the file system at `to`, with the larger geometry. Its folders and files stay bytes of the source, and so do its FATs
 * as far as they say the same: an image of 40 MB costs a few sectors.
 */
export async function relocated(pages: Pages, volume: FatVolume, from: number, to: number, larger: FatGeometry): Promise<FatPlace> {
  const { geometry, table } = volume;
  await pages.refer(to, { offset: from, length: fatOffset(geometry) });
  const shown = await showTables(pages, volume, from, to, larger);
  await pages.refer(to + rootOffset(larger), { offset: from + rootOffset(geometry), length: fatSize(geometry) - rootOffset(geometry) });
  for (const sector of larger.backup === 0 ? [0] : [0, larger.backup]) {
    const at = to + sector * larger.sector;
    await pages.write(at, patchBpb(await pages.read(at, 512), larger, fatSize(larger)));
  }
  const links = reencode(table, geometry.type, larger.type, geometry.clusters, larger.fatSectors * larger.sector);
  const free = freeClusters(volume) + larger.clusters - geometry.clusters;
  return { offset: to, geometry: larger, table: links, shown, shift: dataOffset(larger) - dataOffset(geometry), free };
}

/** Shows the old FAT as the beginning of each new one, where the form of a link stays; returns what is shown. */
async function showTables(pages: Pages, { geometry, table }: FatVolume, from: number, to: number, larger: FatGeometry): Promise<Buffer> {
  const shown = Buffer.alloc(larger.fatSectors * larger.sector);
  if (larger.type !== geometry.type) return shown;
  const used = tableBytes(geometry.type, geometry.clusters);
  for (let copy = 0; copy < larger.copies; copy += 1) {
    await pages.refer(to + fatOffset(larger) + copy * shown.length, { offset: from + fatOffset(geometry), length: used });
  }
  table.copy(shown, 0, 0, used);
  return shown;
}
