import { isLinuxFile, type PreparedChange } from './arguments.ts';
import type { KeyLine } from './key-lines.ts';
import { keyLines } from './key-lines.ts';

/** The lines from one LABEL to the next; the first block has no label and holds what counts for all. */
export interface IsolinuxBlock {
  readonly label: string | undefined;
  readonly lines: readonly KeyLine[];
}

/** What a label starts: Linux itself, Xen or ESXi through mboot.c32 (`modules`), or something that takes no kernel arguments. */
export type Loaded = 'linux' | 'modules' | 'other';

const LOADING = new Set(['kernel', 'linux', 'com32', 'boot', 'bss', 'pxe', 'fdimage', 'comboot', 'localboot', 'config']);
/** What KERNEL loads by its extension instead of as Linux (syslinux, "KERNEL image"). LINUX takes any file for a kernel. */
const OTHER_EXTENSION = /\.(?:c32|com|cbt|0|bin|bs|bss|img)$/i;

/** The file in its blocks, without the free text between TEXT HELP and ENDTEXT. */
export function isolinuxBlocks(text: string): { head: IsolinuxBlock; labels: IsolinuxBlock[] } {
  const head: KeyLine[] = [];
  const labels: { label: string; lines: KeyLine[] }[] = [];
  let inHelp = false;
  for (const line of keyLines(text)) {
    if (line.key === 'endtext') inHelp = false;
    else if (inHelp) continue;
    else if (line.key === 'text') inHelp = /^help\b/i.test(line.value);
    else if (line.key === 'label') labels.push({ label: line.value, lines: [] });
    else (labels.at(-1)?.lines ?? head).push(line);
  }
  return { head: { label: undefined, lines: head }, labels };
}

/** The line that says what the block starts, the last one if there are several, as in isolinux. */
export function loadingLine(block: IsolinuxBlock): KeyLine | undefined {
  return block.lines.findLast(({ key }) => LOADING.has(key));
}

export function loadedBy(line: KeyLine, change: Pick<PreparedChange, 'kernelKind'>): Loaded {
  const file = firstWord(line.value);
  if (/(?:^|[/\\])mboot\.c32$/i.test(file)) return 'modules';
  if (/(?:^|[/\\])linux\.c32$/i.test(file)) return 'linux';
  if (line.key === 'linux') return file !== '' && isLinuxFile(file, change) ? 'linux' : 'other';
  return line.key === 'kernel' && isLinux(file, change) ? 'linux' : 'other';
}

/** Whether KERNEL, or a command line without a directive, starts this file as Linux. */
export function isLinux(file: string, change: Pick<PreparedChange, 'kernelKind'>): boolean {
  return file !== '' && !OTHER_EXTENSION.test(file) && isLinuxFile(file, change);
}

export function firstWord(value: string): string {
  return /^[^ \t]*/.exec(value)?.[0] ?? '';
}

/** APPEND of a block; of several, the last counts. */
export function appendLine(block: IsolinuxBlock): KeyLine | undefined {
  return block.lines.findLast(({ key }) => key === 'append');
}
