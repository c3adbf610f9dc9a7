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
export interface BootConfigFile {
  readonly path: string;
  readonly kind: BootConfigKind;
  /** Which entry of the boot catalogue holds it, from 0; absent for the ISO's own tree. */
  readonly fat?: number;
}

/** What a look for boot configurations found. `unread`: files that may be some and were not looked into, each with the reason. */
export interface BootConfigs {
  readonly configs: BootConfigFile[];
  readonly unread: UnreadConfig[];
}

/** No boot configuration is larger; .cfg files that are, are something else. */
const LARGEST = 1024 * 1024;
/** Bytes that are read of each tree: a disc may have any number of .conf files. Those where boot loaders look for theirs come first. */
const BUDGET = 64 * 1024 * 1024;
/** Files elsewhere that are looked into, as the settings of a system that lies unpacked on the disc. */
const MOST_ELSEWHERE = 1000;
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
  const candidates: T[] = [];
  for await (const file of files) {
    if (!file.directory && file.size > 0 && /\.(?:cfg|conf)$/i.test(file.path)) candidates.push(file);
  }
  const configs: BootConfigFile[] = [];
  const unread: UnreadConfig[] = [];
  const budget = new ReadBudget();
  const skipped: string[] = [];
  for (const file of candidates.toSorted(byLikelihood)) {
    const likely = LIKELY.test(file.path);
    if (file.size > LARGEST) {
      if (likely) unread.push({ path: file.path, cause: 'large', likely, count: 1 });
    } else if (budget.takes(file, likely)) {
      const text = await read(file).catch(unlessDamaged);
      const kind = text && recogniseBootConfig(file.path, Buffer.from(text).toString('latin1'));
      if (kind !== undefined) configs.push({ path: file.path, kind });
    } else if (likely) unread.push({ path: file.path, cause: 'many', likely, count: 1 });
    else skipped.push(file.path);
  }
  const [first] = skipped;
  if (first !== undefined) unread.push({ path: first, cause: 'many', likely: false, count: skipped.length });
  return { configs: configs.sort((a, b) => (a.path < b.path ? -1 : 1)), unread };
}

/** What may still be read of a tree. */
class ReadBudget {
  #bytes = BUDGET;
  #elsewhere = 0;

  /** Whether a file may be read, which is then counted. */
  takes({ size }: Candidate, likely: boolean): boolean {
    if (size > this.#bytes || (!likely && this.#elsewhere === MOST_ELSEWHERE)) return false;
    this.#bytes -= size;
    if (!likely) this.#elsewhere += 1;
    return true;
  }
}

function byLikelihood(a: Candidate, b: Candidate): number {
  return Number(LIKELY.test(b.path)) - Number(LIKELY.test(a.path));
}

/** A file that lies nowhere, or has a name with a slash that leads nowhere, is no configuration that a loader reads. */
function unlessDamaged(error: unknown): undefined {
  if (!['E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(asBootbenchError(error).code)) throw error;
}
