import { posix } from 'node:path';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { BootConfigRef } from '../../../contract/inventory.ts';
import { editBootConfig } from './edit.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { readBootCatalog } from '../iso9660/el-torito.ts';
import { openBootImageFat } from '../fat/boot-images.ts';
import { isoFileOf } from '../files/iso-file.ts';
import { openIso } from '../iso9660/volume.ts';
import { KERNEL_HEAD, kernelKind, type KernelKind } from './kernel-image.ts';

export type KernelKinds = (name: string) => KernelKind;

/** A source never changes its bytes, and all hosts need the same answers. */
const known = new WeakMap<ByteSource, Map<string, Promise<KernelKinds>>>();

/**
 * What the files are that a boot configuration names as kernels, by their bytes; `unknown` for a name that leads to no file, as one with a
 * variable of GRUB's. The source's own errors pass through.
 */
export function namedKernels(source: ByteSource, ref: BootConfigRef, text: string): Promise<KernelKinds> {
  const all = known.get(source) ?? new Map<string, Promise<KernelKinds>>();
  known.set(source, all);
  const key = `${ref.fat ?? 'iso'} ${ref.path}`;
  const cached = all.get(key);
  if (cached) return cached;
  const reading = readKinds(source, ref, namesIn(ref, text));
  all.set(key, reading);
  reading.catch(() => all.delete(key));
  return reading;
}

/** The names that the file's own editor asks about. */
function namesIn({ kind, path }: BootConfigRef, text: string): ReadonlySet<string> {
  const names = new Set<string>();
  const kernelKind: KernelKinds = (name) => {
    names.add(name);
    return 'unknown';
  };
  editBootConfig(kind, text, { append: [], kernelKind }, path);
  return names;
}

async function readKinds(source: ByteSource, ref: BootConfigRef, names: ReadonlySet<string>): Promise<KernelKinds> {
  const kinds = new Map<string, KernelKind>();
  for (const name of names) kinds.set(name, await kindOf(source, ref, pathsOf(ref, name)));
  return (name) => kinds.get(name) ?? 'unknown';
}

/** Where the file of a name may be: from the root, or from the folder of the configuration or of isolinux itself. */
export function pathsOf({ path }: Pick<BootConfigRef, 'path'>, name: string): string[] {
  const plain = name
    .replaceAll('\\', '/')
    .replace(/^\([^)]*\)/, '')
    .replace(/^::/, '');
  if (plain === '' || plain.includes('$')) return [];
  const folders = plain.startsWith('/')
    ? ['/']
    : [posix.dirname(`/${path}`), '/isolinux', '/boot/isolinux', '/syslinux', '/boot/syslinux', '/'];
  return [...new Set(folders.map((folder) => posix.join(folder, plain)))];
}

async function kindOf(source: ByteSource, { fat }: BootConfigRef, paths: readonly string[]): Promise<KernelKind> {
  const readers = fat === undefined ? [fromTree, fromBootImages] : [fromBootImages, fromTree];
  for (const path of paths) {
    for (const read of readers) {
      const head = await read(source, path);
      if (head) return kernelKind(head);
    }
  }
  return 'unknown';
}

async function fromTree(source: ByteSource, path: string): Promise<Uint8Array | undefined> {
  try {
    return await (await isoFileOf(source, await openIso(source), path)).read(0, KERNEL_HEAD);
  } catch (error) {
    unlessMissing(error);
    return undefined;
  }
}

async function fromBootImages(source: ByteSource, path: string): Promise<Uint8Array | undefined> {
  for (const entry of await readBootCatalog(source, await openIso(source))) {
    const fat = await openBootImageFat(source, entry);
    const file = await fat?.lookup(path);
    if (!fat || !file || file.directory) continue;
    const head = await fat.read(file, 0, KERNEL_HEAD).catch(unlessMissing);
    if (head) return head;
  }
  return undefined;
}

function unlessMissing(error: unknown): undefined {
  if (!['E_IMAGE_INVALID', 'E_NOT_FOUND'].includes(asBootbenchError(error).code)) throw error;
}
