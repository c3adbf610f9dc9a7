import { asBootbenchError } from '../../contract/errors.ts';
import { recogniseBootConfig } from './bootconfig/recognise.ts';
import type { BootConfigKind } from './bootconfig/types.ts';
import type { ByteSource } from './byte-source.ts';
import { readBootCatalog } from './el-torito.ts';
import { openBootImageFat } from './fat/boot-images.ts';
import { isoFileOf } from './iso-file.ts';
import type { IsoVolume } from './iso9660.ts';

/** A boot configuration: in the ISO's tree, or in the FAT file system of a boot image. */
export interface BootConfigFile {
  readonly path: string;
  readonly kind: BootConfigKind;
  /** Which entry of the boot catalogue holds it, from 0; absent for the ISO's own tree. */
  readonly fat?: number;
}

/** No boot configuration is larger; .cfg files that are, are something else. */
const LARGEST = 256 * 1024;
const MOST = 64;
/** Files looked into, in each tree: a disc may have any number of .conf files. */
const MOST_READ = 1000;

interface Candidate {
  readonly path: string;
  readonly size: number;
  readonly directory: boolean;
}

/** Every boot configuration of the ISO's tree by path, then those in its boot images by entry and path. */
export async function findBootConfigs(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<BootConfigFile[]> {
  const readIso = async ({ path, size }: Candidate) => (await isoFileOf(source, volume, path, signal)).read(0, size, signal);
  const found: BootConfigFile[] = await recognise(volume.walk(signal), readIso);
  const seen = new Set<number>();
  for (const [index, entry] of (await readBootCatalog(source, volume, signal)).entries()) {
    const fat = seen.has(entry.offset) ? undefined : await openBootImageFat(source, entry, signal);
    seen.add(entry.offset);
    if (fat)
      found.push(
        ...(await recognise(fat.walk(), (file) => fat.read(file, 0, file.size, signal))).map((config) => ({ ...config, fat: index })),
      );
  }
  return found;
}

async function recognise<T extends Candidate>(files: AsyncIterable<T>, read: (file: T) => Promise<Uint8Array>): Promise<BootConfigFile[]> {
  const found: BootConfigFile[] = [];
  let count = 0;
  for await (const file of files) {
    if (found.length === MOST || count === MOST_READ) break;
    if (file.directory || file.size === 0 || file.size > LARGEST || !/\.(?:cfg|conf)$/i.test(file.path)) continue;
    count += 1;
    const text = await read(file).catch(unlessDamaged);
    const kind = text && recogniseBootConfig(file.path, Buffer.from(text).toString('latin1'));
    if (kind !== undefined) found.push({ path: file.path, kind });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A file that lies nowhere, or has a name with a slash that leads nowhere, is no configuration that a loader reads. */
function unlessDamaged(error: unknown): undefined {
  if (!['E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(asBootbenchError(error).code)) throw error;
}
