import type { Miss } from '../bootconfig/loader.ts';
import type { LoaderName } from './loader-program.ts';

export const EMULATED_DRIVE = 'It starts an emulated floppy or hard disk, whose contents are not checked.';
export const COREOS_AREA = 'The arguments are written to the area that CoreOS reserves for them.';
export const NO_CONFIGURATION = 'No configuration was found where this boot loader searches for it.';

export function argumentsAdded(entries: number, ukis: readonly string[]): string {
  const rest = ukis.length > 0 ? `, but not to ${ukis.join(', ')}, which contain their own command line` : '';
  return `The arguments are added to ${entries === 1 ? 'one menu entry' : `${entries} menu entries`}${rest}.`;
}

export function startsUkis(paths: readonly string[]): string {
  return `It starts ${paths.join(', ')}: the command line is inside the unified kernel image.`;
}

/** Where the model of the boot loader could not follow its configuration; `more` other places. */
export function notFollowed({ file, line, reason }: Miss, more: number): string {
  return `Not followed: ${file.path}${line === undefined ? '' : `, line ${line}`}: ${reason}${more > 0 ? ` (and ${more} more)` : ''}.`;
}

export function menuInSignedProgram(path: string): string {
  return `The menu is inside the signed program ${path}, which cannot be changed.`;
}

export function menuInProgram(path: string): string {
  return `The menu is inside the program ${path}; it starts no Linux kernel or cannot be changed there.`;
}

const BY_LOADER: Partial<Record<LoaderName, (path: string) => string>> = {
  'unified kernel image': (path) => `${path} is a unified kernel image: the command line is inside it.`,
  Linux: (path) => `${path} is the kernel itself: the firmware starts it without arguments.`,
  iPXE: () => 'iPXE takes no kernel arguments.',
  'memtest86+': () => 'memtest86+ takes no kernel arguments.',
  'Windows Boot Manager': () => 'Windows takes no kernel arguments.',
  unknown: () => 'Unknown boot loader: Bootbench does not know which configuration it reads.',
  shim: () => 'The program that shim starts was not found next to it.',
};

/** undefined for a boot loader whose arguments are in its configurations. */
export function reasonOfLoader(loader: LoaderName, path: string): string | undefined {
  return BY_LOADER[loader]?.(path);
}

export function nothingStartsLinux(configs: readonly string[]): string {
  const more = configs.length > 3 ? ` and ${configs.length - 3} more` : '';
  return `No Linux kernel is started by ${configs.slice(0, 3).join(', ')}${more}.`;
}
