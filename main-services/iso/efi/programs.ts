import { BootbenchError } from '../../../contract/errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { BootEntry } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import type { FatFile, FatVolume } from '../fat/fat-volume.ts';
import { isoFileOf } from '../files/iso-file.ts';
import type { IsoVolume } from '../iso9660/volume.ts';
import type { Extent } from '../source/overlay.ts';

/** A file that may be a program: of the ISO's tree, or of the FAT in a boot image. */
export interface ProgramFile {
  readonly path: string;
  /** The boot catalogue's entry whose FAT holds it, from 0; absent: the ISO's tree. */
  readonly fat?: number;
  readonly size: number;
  /** Where its bytes are in the ISO; absent where that is not known. */
  readonly extents?: readonly Extent[];
  /** What there is of a range. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The EFI programs of the ISO's tree and of the FAT in its boot images; what is damaged in them reads as nothing. */
export async function efiPrograms(
  source: ByteSource,
  volume: IsoVolume,
  boot: readonly BootEntry[],
  signal?: AbortSignal,
): Promise<ProgramFile[]> {
  const inTree: ProgramFile[] = [];
  for await (const { path, size, directory, extents } of volume.walk(signal)) {
    if (directory || !isEfi(path)) continue;
    const open = () => isoFileOf(source, volume, path, signal);
    inTree.push({ path, size, extents, read: (offset, length) => lenient(async () => (await open()).read(offset, length, signal)) });
  }
  const inBootImages: ProgramFile[] = [];
  const seen = new Set<number>();
  for (const [index, entry] of boot.entries()) {
    const fat = seen.has(entry.offset) ? undefined : await openBootImageFat(source, entry, signal);
    seen.add(entry.offset);
    for (const file of fat?.files.filter(({ directory, path }) => !directory && isEfi(path)) ?? []) {
      const read = async (offset: number, length: number) => fat?.read(file, offset, length, signal) ?? NOTHING;
      inBootImages.push({
        path: file.path,
        fat: index,
        size: file.size,
        extents: fat ? extentsIn(fat, file, entry.offset) : [],
        read: (offset, length) => lenient(() => read(offset, length)),
      });
    }
  }
  return [...inTree, ...inBootImages];
}

function extentsIn(fat: FatVolume, file: FatFile, image: number): Extent[] {
  try {
    return fat.extents(file).map(({ offset, length }) => ({ offset: offset + image, length }));
  } catch (error) {
    if (error instanceof BootbenchError && error.code === 'E_IMAGE_INVALID') return [];
    throw error;
  }
}

const NOTHING = new Uint8Array(0);

async function lenient(read: () => Promise<Uint8Array>): Promise<Uint8Array> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof BootbenchError && error.code === 'E_IMAGE_INVALID') return NOTHING;
    throw error;
  }
}

function isEfi(path: string): boolean {
  return /\.efi$/i.test(path);
}
