import { createHash } from 'node:crypto';
import { BootbenchError } from '../../../contract/errors.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { openIso, type IsoEntry, type IsoVolume } from '../iso9660/volume.ts';
import { overlay, type Extent } from '../source/overlay.ts';
import { udfOf } from '../udf/udf-volume.ts';

/** Where the bytes of files that were opened lie in their ISO. */
const places = new WeakMap<ByteSource, readonly Extent[]>();

/** Where a file's bytes lie in its ISO, in order; only for sources that were opened here. */
export function extentsOf(file: ByteSource): readonly Extent[] | undefined {
  return places.get(file);
}

/** One file of an ISO as a source of its own; the ISO stays open when it is closed. E_NOT_FOUND, E_IMAGE_INVALID. */
export async function openIsoFile(source: ByteSource, path: string, signal?: AbortSignal): Promise<ByteSource> {
  return isoFileOf(source, await openIso(source, signal), path, signal);
}

/** As openIsoFile, for a volume that is open already (its folders are read once). Windows media have their files in a UDF tree. */
export async function isoFileOf(source: ByteSource, volume: IsoVolume, path: string, signal?: AbortSignal): Promise<ByteSource> {
  const found = await volume.lookup(path, signal);
  const entry = found ?? (await (await udfOf(source, signal))?.lookup(path, signal));
  if (!entry || entry.directory) throw new BootbenchError('E_NOT_FOUND', `The ISO has no file ${JSON.stringify(path.slice(0, 200))}.`);
  return fileSource(source, entry);
}

function fileSource(source: ByteSource, entry: IsoEntry): ByteSource {
  const extents = entry.extents.map(({ offset, length }) => ({ offset, length }));
  const where = createHash('sha256')
    .update(JSON.stringify([source.etag, extents]))
    .digest('hex');
  try {
    const file = overlay(source, extents, { etag: where.slice(0, 40) });
    places.set(file, extents);
    return file;
  } catch (error) {
    throw new BootbenchError('E_IMAGE_INVALID', `The file ${entry.path} is outside the ISO.`, { cause: error });
  }
}
