import { recogniseBootConfig } from './bootconfig/recognise.ts';
import type { BootConfigKind } from './bootconfig/types.ts';
import type { ByteSource } from './byte-source.ts';
import { isoFileOf } from './iso-file.ts';
import type { IsoVolume } from './iso9660.ts';

/** A boot configuration in the ISO's tree. */
export interface BootConfigFile {
  readonly path: string;
  readonly kind: BootConfigKind;
}

/** No boot configuration is larger; .cfg files that are, are something else. */
const LARGEST = 256 * 1024;
const MOST = 64;

/** Every boot configuration in the tree, by path. The copies inside an El Torito FAT image are not among them. */
export async function findBootConfigs(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<BootConfigFile[]> {
  const found: BootConfigFile[] = [];
  for await (const entry of volume.walk(signal)) {
    if (found.length === MOST) break;
    if (entry.directory || entry.size === 0 || entry.size > LARGEST || !/\.(?:cfg|conf)$/i.test(entry.path)) continue;
    const file = await isoFileOf(source, volume, entry.path, signal);
    const text = Buffer.from(await file.read(0, file.size, signal)).toString('latin1');
    const kind = recogniseBootConfig(entry.path, text);
    if (kind !== undefined) found.push({ path: entry.path, kind });
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}
