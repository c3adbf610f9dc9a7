import { posix } from 'node:path';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { BootEntry } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { isoFileOf } from '../files/iso-file.ts';
import type { IsoVolume } from '../iso9660/volume.ts';

/** A file of a medium; without `fat` in the ISO's tree. */
export interface FileRef {
  readonly path: string;
  readonly fat?: number;
}

/** A file system of the medium, as a boot loader sees it: upper and lower case alike. */
export interface Place {
  readonly fat?: number;
  /** The path as it is written there, without a leading slash; undefined: there is no such file. */
  find(path: string): string | undefined;
  /** Files of a folder, by path. */
  list(folder: string): readonly string[];
  /** A text of at most 1 MiB, read as latin1; empty where it cannot be read. */
  read(path: string): Promise<string>;
}

export interface Medium {
  readonly tree: Place;
  /** The FAT of each entry of the catalogue that has one, once for each image. */
  readonly images: ReadonlyMap<number, Place>;
  /** Which file's bytes are at an offset of the ISO. */
  fileAt(offset: number): string | undefined;
}

const LARGEST = 1024 * 1024;

export async function openMedium(source: ByteSource, volume: IsoVolume, boot: readonly BootEntry[], signal?: AbortSignal): Promise<Medium> {
  const paths: string[] = [];
  const byOffset = new Map<number, string>();
  for await (const { path, size, directory, extents } of volume.walk(signal)) {
    if (directory) continue;
    paths.push(path);
    if (size > 0 && extents[0]) byOffset.set(extents[0].offset, path);
  }
  const tree = placeOf(paths, async (path) => {
    const file = await isoFileOf(source, volume, path, signal);
    return file.read(0, Math.min(file.size, LARGEST), signal);
  });
  const images = new Map<number, Place>();
  const seen = new Set<number>();
  for (const [index, entry] of boot.entries()) {
    const fat = seen.has(entry.offset) ? undefined : await openBootImageFat(source, entry, signal);
    seen.add(entry.offset);
    if (!fat) continue;
    const files = fat.files.filter(({ directory }) => !directory).map(({ path }) => path);
    const read = async (path: string) => {
      const file = await fat.lookup(path);
      return file ? fat.read(file, 0, Math.min(file.size, LARGEST), signal) : new Uint8Array(0);
    };
    images.set(index, { ...placeOf(files, read), fat: index });
  }
  return { tree, images, fileAt: (offset) => byOffset.get(offset) };
}

function placeOf(paths: readonly string[], read: (path: string) => Promise<Uint8Array>): Place {
  const known = new Map(paths.map((path) => [path.toLowerCase(), path]));
  const find = (path: string) => known.get(posix.join('/', path).slice(1).toLowerCase());
  return {
    find,
    list: (folder) => {
      const start = `${posix.join('/', folder).slice(1).toLowerCase()}/`;
      return paths.filter((path) => path.toLowerCase().startsWith(start) && !path.slice(start.length).includes('/'));
    },
    read: async (path) => {
      const bytes = await read(path).catch(nothingIfDamaged);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    },
  };
}

function nothingIfDamaged(error: unknown): Uint8Array {
  if (!['E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(asBootbenchError(error).code)) throw error;
  return new Uint8Array(0);
}
