import { posix } from 'node:path';
import type { LoaderProgram } from './loader-program.ts';
import type { FileRef, Medium, Place } from './medium.ts';
import { firstOf, namedIn } from './reached.ts';

/** Which configurations a loader begins with, when the medium is a CD and when it is a USB disk. */
export interface FirstConfigs {
  readonly cd: readonly FileRef[];
  readonly usb: readonly FileRef[];
}

const GRUB_CONFIGS = ['boot/grub/grub.cfg', 'boot/grub2/grub.cfg', 'EFI/BOOT/grub.cfg', 'grub/grub.cfg', 'grub.cfg'];
const SYSLINUX_FOLDERS = ['boot/isolinux', 'isolinux', 'boot/syslinux', 'syslinux', ''];
const same = (refs: readonly FileRef[]): FirstConfigs => ({ cd: refs, usb: refs });

/** isolinux and its kin look for their configuration in these folders, in this order (syslinux: core/fs/iso9660, core/elflink/load_env32.c). */
export function isolinuxConfigs({ tree }: Medium, program: string | undefined): FirstConfigs {
  const folders = [...SYSLINUX_FOLDERS, ...(program === undefined ? [] : [posix.dirname(program)])];
  return same(
    firstOf(
      [tree],
      folders.flatMap((folder) => ['isolinux.cfg', 'syslinux.cfg'].map((name) => posix.join(folder, name))),
    ),
  );
}

/** GRUB's image for BIOS is compressed, so where it looks cannot be read from it: the places where ISOs have it. */
export function grubBiosConfigs({ tree }: Medium): FirstConfigs {
  return same(firstOf([tree], GRUB_CONFIGS));
}

/**
 * GRUB for UEFI. As a CD its own device is the ISO's tree, as a USB disk the FAT that it was started from (observed, GRUB 2.06 and
 * OVMF); with `search` in its embedded commands it finds the tree either way.
 */
export function grubUefiConfigs(medium: Medium, own: Place, program: string, { grub }: LoaderProgram): FirstConfigs {
  // A menu in its own memory disk is all that it begins with.
  if (!grub || grub.memdisk.some(({ path }) => /(?:^|\/)grub\.cfg$/i.test(path))) return same([]);
  const script = `${grub.embedded}\n${readableText(grub.otherMemdisk)}`;
  const searches = /\bsearch(?:\.\w+)?\b/.test(script);
  // What is beside the program, or where the prefix says, is on GRUB's own device.
  const elsewhere = script.replace(/(?:\$\{?(?:prefix|cmdpath|fw_path)\}?|\(memdisk\))\S*/g, '');
  const named = namedIn(medium, elsewhere, { path: 'EFI/BOOT/x' }).filter(
    ({ path, fat }) => fat === undefined && /grub[^/]*\.cfg$/i.test(path),
  );
  const prefixes = [...script.matchAll(/prefix=["']?(?:\([^)\s]*\)|\$\{?\w+\}?)*(\/[\w./-]*)/g)].map(([, path = '/']) => path);
  const path = grub.prefix.replace(/^\([^)]*\)/, '');
  const within = (folders: readonly string[]) => folders.map((folder) => posix.join(folder, 'grub.cfg'));
  const searched = searches ? unique([...firstOf([medium.tree], within(prefixes)), ...named]) : [];
  if (searched.length > 0) return same(searched);
  // `()` is the whole drive that the program is on: the ISO's tree on a USB disk too (grub-mkrescue; grub-core/kern/main.c).
  const whole = grub.prefix.startsWith('()') ? firstOf([medium.tree], within([path])) : [];
  if (whole.length > 0) return same(whole);
  const paths = within([...prefixes, path, posix.dirname(`/${program}`)]);
  const found = (places: readonly Place[]) => {
    const first = firstOf(places, paths);
    return first.length > 0 ? first : firstOf(places, GRUB_CONFIGS);
  };
  return { cd: found([medium.tree, own]), usb: found([own]) };
}

/** Boot managers that read by the firmware's own FAT driver see nothing but the file system that they were started from. */
export function ownFatConfigs(own: Place, program: string, { name }: LoaderProgram): FirstConfigs {
  const beside = posix.dirname(program);
  if (name === 'systemd-boot') return same(refsIn(own, [...own.list('loader/entries'), 'loader/loader.conf']));
  if (name === 'rEFInd') {
    const kernels = [...own.list(beside), ...own.list(''), ...own.list('boot')].filter((path) => /refind_linux\.conf$/i.test(path));
    return same(refsIn(own, [`${beside}/refind.conf`, ...kernels]));
  }
  if (name === 'xen.efi') {
    const named = posix.basename(program).replace(/\.efi$/i, '.cfg');
    return same(firstOf([own], [`${beside}/${named}`, `${beside}/xen.cfg`]));
  }
  if (name === 'ESXi boot loader') return same(refsIn(own, [`${beside}/boot.cfg`]));
  const names = ['syslx64.cfg', 'syslia32.cfg', 'syslinux.cfg'].map((config) => `${beside}/${config}`);
  return same(name === 'syslinux' ? firstOf([own], names) : []);
}

function refsIn(place: Place, paths: readonly string[]): FileRef[] {
  return unique(paths.flatMap((path) => firstOf([place], [path])));
}

function unique(refs: readonly FileRef[]): FileRef[] {
  return [...new Map(refs.map((ref) => [`${ref.fat ?? 'iso'} ${ref.path}`, ref])).values()];
}

/** The script in a memory disk that is a file system: what is text in it, in long enough pieces. */
function readableText(bytes: string): string {
  return (bytes.match(/[\t\n\r -~]{40,}/g) ?? []).filter((piece) => /\b(?:configfile|search|prefix)\b/.test(piece)).join('\n');
}
