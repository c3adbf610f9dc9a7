import { isLinuxFile, isLinuxModule } from '../arguments.ts';
import type { ScriptLine } from './script.ts';
import { absolute, type LoaderFiles } from '../loader.ts';
import type { Word } from '../types.ts';

/** A word of a command line, with the line that it stands in. */
export interface CommandWord extends Word {
  readonly line: ScriptLine;
}

/** What a command line starts. */
export type Started =
  | { readonly what: 'linux'; readonly kernel: string; readonly words: readonly CommandWord[] }
  | { readonly what: 'module'; readonly kernel: string; readonly words: readonly CommandWord[] }
  /** A kernel that takes no words of ours: a memory test, iPXE. */
  | { readonly what: 'program'; readonly kernel: string }
  /** menu.c32 and its kin; without files it reads the configuration again. */
  | { readonly what: 'menu'; readonly files: readonly string[] }
  | { readonly what: 'config'; readonly file: string; readonly folder?: string }
  /** A program that starts one of several command lines. */
  | { readonly what: 'choice'; readonly commands: readonly (readonly CommandWord[])[] }
  | { readonly what: 'unknown'; readonly reason: string }
  | { readonly what: 'nothing' };

const NOTHING: Started = { what: 'nothing' };

/** What a name's extension says it is (parse_image_type in com32/elflink/ldlinux/ldlinux.c); LINUX takes any file for a kernel. */
const OTHER_EXTENSION = /\.(?:com|cbt|0|bin|bs|bss|img)$/i;
const MENU = /^(?:vesa|c)?menu\.c32$/i;
/** Programs that run a script of their own. */
const SCRIPTED = /^(?:lua|rosh)\.c32$/i;

/** `KERNEL` and a command line go by the extension, `LINUX` and `COM32` do not. A type before the name, as in `.linux`, counts instead. */
export function startedBy(type: string, name: CommandWord, args: readonly CommandWord[], files: LoaderFiles, folder: string): Started {
  if (name.value.startsWith('.') && args[0] && name.value !== '.') {
    const typed = name.value.slice(1).toLowerCase();
    if (TYPES.has(typed)) return startedByType(typed, args[0], args.slice(1), files, folder);
  }
  return startedByType(type, name, args, files, folder);
}

function startedByType(type: string, name: CommandWord, args: readonly CommandWord[], files: LoaderFiles, folder: string): Started {
  const path = pathOf(folder, name.value);
  if (type === 'config') return { what: 'config', file: path, ...(args[0] && { folder: absolute(folder, args[0].value) }) };
  if (type === 'linux') return kernel(path, args, files);
  const program = programOf(type, name.value, files, folder);
  if (program !== undefined) return startedProgram(program, args, files, folder);
  if (type !== 'kernel' || OTHER_EXTENSION.test(name.value)) return NOTHING;
  return kernel(path, args, files);
}

const TYPES = new Set(['kernel', 'linux', 'com32', 'config', 'localboot', 'boot', 'bss', 'pxe', 'fdimage', 'comboot']);

/** Paths may begin with `::`, and Windows users write backslashes, which isolinux takes for slashes. */
export function pathOf(folder: string, name: string): string {
  return absolute(folder, name.replace(/^::/, '').replaceAll('\\', '/'));
}

/** The .c32 program, where the name is one: COM32 adds the extension, and a command line does when there is such a file. */
function programOf(type: string, name: string, files: LoaderFiles, folder: string): string | undefined {
  const base = name.replace(/^.*[/\\:]/, '');
  if (/\.c32$/i.test(base)) return base;
  if (type === 'com32') return `${base}.c32`;
  const added = /^(?:vesamenu|menu|gfxboot)$/i.test(base) || files.find(pathOf(folder, `${name}.c32`)) !== undefined;
  return type === 'kernel' && !base.includes('.') && added ? `${base}.c32` : undefined;
}

function kernel(path: string, words: readonly CommandWord[], files: LoaderFiles): Started {
  return isLinuxFile(path, files) ? { what: 'linux', kernel: path, words } : { what: 'program', kernel: path };
}

function startedProgram(program: string, args: readonly CommandWord[], files: LoaderFiles, folder: string): Started {
  if (MENU.test(program)) return { what: 'menu', files: args.map(({ value }) => value) };
  if (SCRIPTED.test(program)) return { what: 'unknown', reason: `${program} runs a script, which is not followed` };
  const [first, ...rest] = args;
  if (!first) return NOTHING;
  if (/^linux\.c32$/i.test(program)) return startedLinux(args, files, folder);
  if (/^mboot\.c32$/i.test(program)) return linuxModule(args, files, folder);
  if (/^config\.c32$/i.test(program)) return startedByType('config', first, rest, files, folder);
  if (/^cmd\.c32$/i.test(program)) return { what: 'choice', commands: [args] };
  if (/^ifcpu(?:64)?\.c32$/i.test(program)) return { what: 'choice', commands: parted(args, /^--$/) };
  if (/^whichsys\.c32$/i.test(program)) return { what: 'choice', commands: parted(args, /^-\w+-$/) };
  return NOTHING;
}

/** linux.c32: options begin with a hyphen, and the first other word is the kernel. */
function startedLinux(args: readonly CommandWord[], files: LoaderFiles, folder: string): Started {
  const at = args.findIndex(({ value }) => !value.startsWith('-'));
  const name = args[at];
  return name ? kernel(pathOf(folder, name.value), args.slice(at + 1), files) : NOTHING;
}

/** mboot.c32: `---` parts the modules, and the one that is Linux takes the arguments. ESXi's `-c boot.cfg` has none here. */
function linuxModule(args: readonly CommandWord[], files: LoaderFiles, folder: string): Started {
  const found = parted(args, /^---$/).find(([path]) => path && isLinuxModule(pathOf(folder, path.value), files));
  const [name, ...words] = found ?? [];
  return name ? { what: 'module', kernel: pathOf(folder, name.value), words: [name, ...words] } : NOTHING;
}

function parted(words: readonly CommandWord[], separator: RegExp): CommandWord[][] {
  const parts: CommandWord[][] = [[]];
  for (const word of words) {
    if (separator.test(word.value)) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts.filter((part) => part.length > 0);
}
