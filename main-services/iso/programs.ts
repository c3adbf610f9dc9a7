import { BootbenchError } from '../../contract/errors.ts';
import type { ByteSource } from './byte-source.ts';
import type { BootEntry } from './el-torito.ts';
import { openBootImageFat } from './fat/boot-images.ts';
import { isoFileOf } from './iso-file.ts';
import type { IsoVolume } from './iso9660.ts';
import type { ProgramFile } from './uki.ts';

/** EFI programs of one disc: real ones have a dozen. */
const MOST = 256;

/** The EFI programs of the ISO's tree and of the FAT in its boot images; what is damaged in them reads as nothing. */
export async function efiPrograms(
  source: ByteSource,
  volume: IsoVolume,
  boot: readonly BootEntry[],
  signal?: AbortSignal,
): Promise<ProgramFile[]> {
  const inTree: ProgramFile[] = [];
  for await (const { path, size, directory } of volume.walk(signal)) {
    if (inTree.length === MOST) break;
    if (directory || !isEfi(path)) continue;
    const open = () => isoFileOf(source, volume, path, signal);
    inTree.push({ path, size, read: (offset, length) => lenient(async () => (await open()).read(offset, length, signal)) });
  }
  const inBootImages: ProgramFile[] = [];
  for (const entry of boot) {
    const fat = await openBootImageFat(source, entry, signal);
    for (const file of fat?.files.filter(({ directory, path }) => !directory && isEfi(path)) ?? []) {
      const read = async (offset: number, length: number) => fat?.read(file, offset, length, signal) ?? NOTHING;
      inBootImages.push({ path: file.path, size: file.size, read: (offset, length) => lenient(() => read(offset, length)) });
    }
  }
  return [...inTree, ...inBootImages].slice(0, MOST);
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
