import { asBootbenchError } from '../../../contract/errors.ts';
import type { UnreadConfig } from '../../../contract/inventory.ts';
import { recogniseBootConfig } from './recognise.ts';
import type { BootConfigKind } from './types.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { readBootCatalog } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { isoFileOf } from '../files/iso-file.ts';
import type { IsoVolume } from '../iso9660/volume.ts';

/** A boot configuration: in the ISO's tree, or in the FAT file system of a boot image. */
export interface FoundBootConfig {
  readonly path: string;
  readonly kind: BootConfigKind;
  /** Which entry of the boot catalogue holds it, from 0; absent for the ISO's own tree. */
  readonly fat?: number;
}

/** The boot configurations that were found. `unread`: files that may be some and were not read, each with the cause. */
export interface BootConfigs {
  readonly configs: FoundBootConfig[];
  readonly unread: UnreadConfig[];
}

/** No boot configuration is larger; larger .cfg files are something else. */
const MAX_CONFIG_BYTES = 1024 * 1024;
/** Bytes that are read of each tree: an ISO may have any number of .conf files. Those in the folders of boot loaders come first. */
const MAX_BYTES_READ = 64 * 1024 * 1024;
/** Files in other folders that are read, such as the settings of an unpacked system. */
const MAX_UNLIKELY_FILES = 1000;
/** Folders and names that boot loaders read. Elsewhere a file is a configuration only if another one names it, which is rare. */
const LIKELY =
  /(?:^|\/)(?:boot|efi|loader|isolinux|syslinux|extlinux|grub2?|live|casper)\/|(?:grub|isolinux|syslinux|extlinux|refind|xen|loopback)[^/]*$|^[^/]+$/i;

interface Candidate {
  readonly path: string;
  readonly size: number;
  readonly directory: boolean;
}

/** Every boot configuration of the ISO's tree by path, then those in its boot images by entry and path. */
export async function findBootConfigs(source: ByteSource, volume: IsoVolume, signal?: AbortSignal): Promise<BootConfigs> {
  const readIso = async ({ path, size }: Candidate) => (await isoFileOf(source, volume, path, signal)).read(0, size, signal);
  const { configs, unread } = await recognise(volume.walk(signal), readIso);
  const seen = new Set<number>();
  for (const [index, entry] of (await readBootCatalog(source, volume, signal)).entries()) {
    const fat = seen.has(entry.offset) ? undefined : await openBootImageFat(source, entry, signal);
    seen.add(entry.offset);
    if (!fat) continue;
    const found = await recognise(fat.walk(), (file) => fat.read(file, 0, file.size, signal));
    configs.push(...found.configs.map((config) => ({ ...config, fat: index })));
    unread.push(...found.unread.map((file) => ({ ...file, fat: index })));
    if (!fat.complete) unread.push({ path: '', fat: index, cause: 'damaged', likely: false, count: 1 });
  }
  return { configs, unread };
}

async function recognise<T extends Candidate>(files: AsyncIterable<T>, read: (file: T) => Promise<Uint8Array>): Promise<BootConfigs> {
  const { wanted, unread } = choose(await candidatesOf(files));
  const configs: FoundBootConfig[] = [];
  for (const file of wanted) {
    const text = await read(file).catch(unlessDamaged);
    const kind = text && recogniseBootConfig(file.path, Buffer.from(text).toString('latin1'));
    if (kind !== undefined) configs.push({ path: file.path, kind });
  }
  return { configs: configs.sort((a, b) => (a.path < b.path ? -1 : 1)), unread };
}

async function candidatesOf<T extends Candidate>(files: AsyncIterable<T>): Promise<T[]> {
  const candidates: T[] = [];
  for await (const file of files) {
    if (!file.directory && file.size > 0 && /\.(?:cfg|conf)$/i.test(file.path)) candidates.push(file);
  }
  return candidates;
}

/** Which candidates are read: the likely ones first, as far as the limits reach. */
function choose<T extends Candidate>(candidates: readonly T[]): { wanted: T[]; unread: UnreadConfig[] } {
  const wanted: T[] = [];
  const unread: UnreadConfig[] = [];
  const skipped: string[] = [];
  let bytesLeft = MAX_BYTES_READ;
  let unlikelyLeft = MAX_UNLIKELY_FILES;
  for (const file of candidates.toSorted(byLikelihood)) {
    const { path, size } = file;
    const likely = LIKELY.test(path);
    if (size > MAX_CONFIG_BYTES) {
      if (likely) unread.push({ path, cause: 'large', likely, count: 1 });
    } else if (size > bytesLeft || (!likely && unlikelyLeft === 0)) {
      if (likely) unread.push({ path, cause: 'many', likely, count: 1 });
      else skipped.push(path);
    } else {
      bytesLeft -= size;
      if (!likely) unlikelyLeft -= 1;
      wanted.push(file);
    }
  }
  const [first] = skipped;
  if (first !== undefined) unread.push({ path: first, cause: 'many', likely: false, count: skipped.length });
  return { wanted, unread };
}

function byLikelihood(a: Candidate, b: Candidate): number {
  return Number(LIKELY.test(b.path)) - Number(LIKELY.test(a.path));
}

/** A file without valid extents, or with a slash in its name, is not a configuration that a loader reads. */
function unlessDamaged(error: unknown): undefined {
  if (!['E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(asBootbenchError(error).code)) throw error;
}
