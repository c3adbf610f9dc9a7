import { copyFileSync, linkSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bytesOf, CACHE, cached } from '../cache.ts';
import { buildInitrd, mustHaveKernel, type ModuleGroup } from '../iso.ts';
import { mustRun } from '../process.ts';

/** Files by path: a text, bytes, a file to copy, or another name of a file that stands before it. */
export type Tree = Record<string, string | Uint8Array | { copy: string } | { link: string }>;

export interface Guest {
  /** Debian's kernel. */
  kernel: string;
  /** The lab guest, with what it needs to read the medium it booted from. */
  initrd: string;
}

/** Builds an ISO once per content: of the layout's own source file, of this one, and of the guest. */
export async function layoutIso(
  name: string,
  source: string,
  build: (iso: string, work: string, guest: Guest) => Promise<void>,
  groups: readonly ModuleGroup[] = ['network', 'medium'],
): Promise<string> {
  const kernel = mustHaveKernel();
  const guest = { kernel: kernel.image, initrd: await buildInitrd(kernel, groups) };
  const inputs = [bytesOf(source), bytesOf(import.meta.filename), guest.kernel, guest.initrd];
  return cached(`${name}.iso`, inputs, (iso, work) => build(iso, work, guest));
}

/** Writes a tree into a folder of `work`, and returns the folder. */
export function lay(work: string, folder: string, tree: Tree): string {
  const root = join(work, folder);
  for (const [path, content] of Object.entries(tree)) {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true });
    if (typeof content === 'string' || content instanceof Uint8Array) writeFileSync(file, content);
    else if ('copy' in content) copyFileSync(content.copy, file);
    else linkSync(join(root, content.link), file);
  }
  return root;
}

export interface FatOptions {
  bits: 12 | 16 | 32;
  kilobytes: number;
  label?: string;
  sectorsPerCluster?: number;
  full?: boolean;
}

/** A FAT file system with these files in it. `full`: and one more that takes every free cluster. */
export async function fatImage(work: string, name: string, options: FatOptions, tree: Tree): Promise<string> {
  const file = join(work, name);
  const cluster = options.sectorsPerCluster === undefined ? [] : ['-s', String(options.sectorsPerCluster)];
  const label = options.label === undefined ? [] : ['-n', options.label];
  await mustRun(['mkfs.vfat', '-F', String(options.bits), '-i', '20261101', ...cluster, ...label, '-C', file, String(options.kilobytes)]);
  const root = lay(work, `${name}-tree`, tree);
  await mustRun(['mcopy', '-s', '-i', file, ...readdirSync(root).map((entry) => join(root, entry)), '::']);
  if (options.full) await fill(file, join(work, 'filler'));
  return file;
}

async function fill(image: string, filler: string): Promise<void> {
  const free = /([\d ]+) bytes free/.exec(await mustRun(['mdir', '-i', image, '::']))?.[1]?.replaceAll(' ', '');
  writeFileSync(filler, new Uint8Array(Number(free)).fill(0x55));
  await mustRun(['mcopy', '-i', image, filler, '::/filler']);
}

const SHIM = '/usr/lib/shim';

/** Shim, MokManager, and Debian's GRUB for removable media: it takes /boot/grub of the medium with /.disk/info, else the grub.cfg in its own folder. */
export const SIGNED_EFI = {
  shim: { copy: join(SHIM, 'shimx64.efi.signed') },
  mokManager: { copy: join(SHIM, 'mmx64.efi.signed') },
  grub: { copy: '/usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed' },
} as const;

const GRUB_MODULES =
  'normal configfile linux search search_label search_fs_file search_fs_uuid test echo cat ls true sleep minicmd boot halt part_gpt part_msdos all_video gfxterm loadenv'.split(
    ' ',
  );

interface GrubOptions {
  prefix: string;
  /** File systems that it reads. */
  fs: readonly string[];
  /** Commands inside the program, run before anything else. */
  embedded?: string;
}

/** GRUB's El Torito image for BIOS. */
export function grubForBios(work: string, { prefix, fs, embedded }: GrubOptions): Promise<string> {
  return grubImage(work, 'eltorito.img', 'i386-pc-eltorito', prefix, ['biosdisk', ...fs], embedded);
}

/** GRUB as an EFI program, unsigned. */
export function grubForUefi(work: string, { prefix, fs, embedded }: GrubOptions): Promise<string> {
  return grubImage(work, 'grubx64.efi', 'x86_64-efi', prefix, ['linuxefi', ...fs], embedded);
}

async function grubImage(
  work: string,
  name: string,
  format: string,
  prefix: string,
  modules: readonly string[],
  embedded: string | undefined,
): Promise<string> {
  const file = join(work, name);
  const script = join(work, `${name}.cfg`);
  if (embedded !== undefined) writeFileSync(script, embedded);
  const config = embedded === undefined ? [] : ['-c', script];
  await mustRun(['grub-mkimage', '-O', format, '-o', file, '-p', prefix, ...config, ...modules, ...GRUB_MODULES]);
  return file;
}

/** GRUB's MBR for a hybrid medium. */
export const GRUB_MBR = '/usr/lib/grub/i386-pc/boot_hybrid.img';
/** isolinux's MBR for a hybrid medium. */
export const ISOLINUX_MBR = '/usr/lib/ISOLINUX/isohdpfx.bin';

export const SYSTEMD_BOOT = { copy: '/usr/lib/systemd/boot/efi/systemd-bootx64.efi' } as const;

/** rEFInd out of Debian's package, which scripts/setup-lab.mjs unpacks: its installation would write into this machine's own EFI partition. */
export const REFIND = join(CACHE, 'refind/usr/share/refind/refind/refind_x64.efi');

const ISOLINUX = { copy: '/usr/lib/ISOLINUX/isolinux.bin' } as const;

/** Files of Debian packages that the layouts are made of. */
export const BOOT_LOADERS = [...Object.values(SIGNED_EFI), SYSTEMD_BOOT, ISOLINUX, { copy: GRUB_MBR }, { copy: ISOLINUX_MBR }].map(
  ({ copy }) => copy,
);

/** Modules of syslinux, in a folder of the tree. */
export function syslinuxModules(folder: string, names: readonly string[]): Tree {
  const tree: Tree = {};
  for (const name of names) tree[`${folder}/${name}.c32`] = { copy: `/usr/lib/syslinux/modules/bios/${name}.c32` };
  return tree;
}

/** isolinux with its menus, in a folder of the tree. */
export function isolinuxFiles(folder: string): Tree {
  const modules = syslinuxModules(folder, ['ldlinux', 'libcom32', 'libutil', 'vesamenu', 'menu', 'libmenu']);
  return { [`${folder}/isolinux.bin`]: ISOLINUX, ...modules };
}

/** A boot configuration that leaves ten bytes of its sector: with a host's arguments it needs another place. */
export function nearlyFull(text: string): string {
  const room = 2048 - 10 - text.length - 2;
  if (room < 0) throw new Error(`a configuration of ${text.length} bytes does not nearly fill a sector`);
  return `#${'-'.repeat(room)}\n${text}`;
}

/** xorriso as the vendors use it: Rock Ridge, Joliet, and the options of their boot loaders. */
export async function makeIso(iso: string, tree: string, volumeId: string, options: readonly string[]): Promise<void> {
  await mustRun(['xorriso', '-as', 'mkisofs', '-quiet', '-r', '-J', '-joliet-long', '-V', volumeId, '-o', iso, ...options, tree]);
}

/** A BIOS boot image that is given its location. */
export function biosEntry(image: string): string[] {
  return ['-c', image.replace(/[^/]+$/, 'boot.cat'), '-b', image, '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'];
}
