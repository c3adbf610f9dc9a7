import type { FileMap, MappedFile } from '../iso/files/file-map.ts';

/** Why a machine's reading of a file is worth an event. */
export type Interest = 'config' | 'boot configuration' | 'kernel' | 'initrd' | 'large';

export interface FileOfInterest extends MappedFile {
  readonly interest: Interest;
}

const LARGE_FILE_BYTES = 4 * 1024 * 1024;
const MAX_FILES = 1000;

/** Packages and notes may be called like a kernel too. */
const NO_KERNEL = /\.(?:u?deb|rpm|apk|txt|html?|sig|sha\d+|md5)$/i;
const KERNEL = /(?:^|\/)(?:vmlinuz|vmlinux|bzimage|linux|linux(?:26|32|64)|kernel|xen)(?:[-._][^/]*)?(?:\.gz)?$/i;
const INITRD = /(?:^|\/)(?:initrd|initramfs|initrd(?:26|32|64))(?:[-._][^/]*)?$/i;
const BOOT_CONFIGURATION =
  /(?:^|\/)(?:grub[^/]*\.cfg|(?:isolinux|syslinux|txt|live|boot|archiso[^/]*)\.cfg|loader\.conf|loader\/entries\/[^/]+\.conf)$/i;

/** Boot configurations, kernels, initrds, this host's own files, and large ones; at most a thousand, own ones and boot files first. */
export function filesOfInterest(map: FileMap): FileOfInterest[] {
  const found: FileOfInterest[] = [];
  for (const file of map.files()) {
    const interest = interestIn(file);
    if (interest !== undefined) found.push({ ...file, interest });
  }
  return found.length <= MAX_FILES ? found : found.sort((a, b) => rank(a) - rank(b) || b.size - a.size).slice(0, MAX_FILES);
}

function interestIn({ path, size, own }: MappedFile): Interest | undefined {
  if (BOOT_CONFIGURATION.test(path)) return 'boot configuration';
  if (own === 'injected') return 'config';
  if (KERNEL.test(path) && !NO_KERNEL.test(path)) return 'kernel';
  if (INITRD.test(path) && !NO_KERNEL.test(path)) return 'initrd';
  if (own === 'edited') return 'boot configuration';
  return size >= LARGE_FILE_BYTES ? 'large' : undefined;
}

function rank({ own, interest }: FileOfInterest): number {
  if (own !== undefined) return 0;
  return interest === 'large' ? 2 : 1;
}
