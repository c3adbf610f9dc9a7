import { BootbenchError } from '../../../contract/errors.ts';
import type { BootConfigRef } from '../../../contract/inventory.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { readBootCatalog } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { extentsOf, isoFileOf } from '../files/iso-file.ts';
import { openIso } from '../iso9660/volume.ts';
import type { Extent } from '../source/overlay.ts';

/** A boot configuration as it stands in the ISO; `extents` are bytes of the ISO. */
export interface BootConfigFile {
  readonly ref: BootConfigRef;
  readonly bytes: Buffer;
  readonly extents: readonly Extent[];
}

/** A source never changes its bytes, and all hosts need the same texts. */
const known = new WeakMap<ByteSource, Map<string, Promise<BootConfigFile>>>();

/** A boot configuration of the ISO's tree or of the FAT in a boot image. E_NOT_FOUND; the source's own errors pass through. */
export function bootConfigFile(source: ByteSource, ref: BootConfigRef): Promise<BootConfigFile> {
  const files = known.get(source) ?? new Map<string, Promise<BootConfigFile>>();
  known.set(source, files);
  const key = `${ref.fat ?? 'iso'} ${ref.path}`;
  const cached = files.get(key);
  if (cached) return cached;
  const reading = ref.fat === undefined ? fromTree(source, ref) : fromBootImage(source, ref, ref.fat);
  files.set(key, reading);
  reading.catch(() => files.delete(key));
  return reading;
}

async function fromTree(source: ByteSource, ref: BootConfigRef): Promise<BootConfigFile> {
  const file = await isoFileOf(source, await openIso(source), ref.path);
  return { ref, bytes: Buffer.from(await file.read(0, file.size)), extents: extentsOf(file) ?? [] };
}

async function fromBootImage(source: ByteSource, ref: BootConfigRef, entry: number): Promise<BootConfigFile> {
  const boot = await readBootCatalog(source, await openIso(source));
  const image = boot[entry];
  const fat = image && (await openBootImageFat(source, image));
  const file = await fat?.lookup(ref.path);
  if (!image || !fat || !file || file.directory) {
    throw new BootbenchError('E_NOT_FOUND', `Boot image ${entry} of the ISO has no file ${ref.path}.`);
  }
  const extents = fat.extents(file).map(({ offset, length }) => ({ offset: offset + image.offset, length }));
  return { ref, bytes: await fat.read(file), extents };
}
