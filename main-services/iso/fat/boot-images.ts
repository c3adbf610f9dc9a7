import type { ByteSource } from '../source/byte-source.ts';
import { readBootCatalog, type BootEntry } from '../iso9660/el-torito.ts';
import { openIso } from '../iso9660/volume.ts';
import { memoizePerSource } from '../source/memoize-per-source.ts';
import { openFat, type FatVolume } from './fat-volume.ts';

/**
 * The FAT file system of a boot catalogue's entry, read once for all who ask; undefined where it has none (a BIOS loader, an
 * emulated floppy, damage). Offsets in it count from the start of the boot image. How large it is, it says itself: load counts lie.
 */
export async function openBootImageFat(source: ByteSource, entry: BootEntry, signal?: AbortSignal): Promise<FatVolume | undefined> {
  return (await bootImages(source, signal)).get(entry.offset);
}

const bootImages = memoizePerSource(async (source, signal) => {
  const entries = await readBootCatalog(source, await openIso(source, signal), signal);
  const found = new Map<number, FatVolume>();
  for (const { media, offset } of entries) {
    if (media !== 'none' || found.has(offset)) continue;
    const readAt = (at: number, length: number, stop?: AbortSignal) => source.read(offset + at, length, stop);
    const volume = await openFat(readAt, source.size - offset, signal);
    if (volume) found.set(offset, volume);
  }
  return found;
});
