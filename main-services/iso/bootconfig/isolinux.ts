import type { PreparedChange } from './arguments.ts';
import { checkLength, isLinuxModule, plainWords, separatorIndex, wordEdits } from './arguments.ts';
import type { IsolinuxBlock } from './isolinux-blocks.ts';
import { appendLine, firstWord, isLinux, isolinuxBlocks, loadedBy, loadingLine } from './isolinux-blocks.ts';
import { timingEdits } from './isolinux-timing.ts';
import type { KeyLine } from './key-lines.ts';
import { keyLines } from './key-lines.ts';
import type { TextEdit } from './text-edits.ts';
import { eolOf } from './text-edits.ts';
import type { Word } from './types.ts';

/** The edits of an isolinux or syslinux file: arguments on APPEND of each label that starts Linux, TIMEOUT and default where asked. */
export function isolinuxEdits(text: string, change: PreparedChange): TextEdit[] {
  const { head, labels } = isolinuxBlocks(text);
  const inherited = appendLine(head)?.value;
  const edits = labels.flatMap((block) => labelEdits(text, block, inherited, change));
  return [...edits, ...implicitKernelEdits(text, head, labels, change), ...timingEdits(text, head, labels, change)];
}

function labelEdits(text: string, block: IsolinuxBlock, inherited: string | undefined, change: PreparedChange): TextEdit[] {
  const loading = loadingLine(block);
  const append = appendLine(block);
  // Without KERNEL the label is the kernel's name; a label with nothing but menu lines starts nothing that we could know.
  if (!loading) return append && isLinux(block.label ?? '', change) ? linuxEdits(text, append, block.label ?? '', change) : [];
  const loaded = loadedBy(loading, change);
  if (loaded === 'linux') {
    const image = firstWord(loading.value) + initrdArgument(block);
    return append ? linuxEdits(text, append, image, change) : addedAppend(text, loading, image, inherited, change);
  }
  return loaded === 'modules' && append ? moduleEdits(text, append, change) : [];
}

/** An INITRD line becomes a word of the command line, and counts in its length. */
function initrdArgument(block: IsolinuxBlock): string {
  const initrd = block.lines.findLast(({ key }) => key === 'initrd');
  return initrd ? ` initrd=${initrd.value}` : '';
}

function linuxEdits(text: string, line: KeyLine, image: string, change: PreparedChange): TextEdit[] {
  const words = plainWords(text, line.valueStart, line.end);
  check(image, words, change, line.number);
  // `APPEND -` says: nothing, not even the APPEND that counts for all. With words of its own a label has the same effect.
  if (line.value === '-') return change.words.length > 0 ? [replacement(line, change)] : [];
  const at = words[separatorIndex(words) - 1]?.end ?? line.keyEnd;
  return wordEdits(text, words, at, change.words, change);
}

function replacement(line: KeyLine, change: PreparedChange): TextEdit {
  return { start: line.valueStart, end: line.end, text: change.words.join(' ') };
}

function check(image: string, words: readonly Word[], change: PreparedChange, line: number): void {
  if (change.words.length === 0) return;
  const kept = words.map(({ value }) => value).filter((value) => !change.drops(value));
  checkLength([`BOOT_IMAGE=${image}`, ...kept, ...change.words].join(' '), change.path, line);
}

/** A label without APPEND takes the one that counts for all; its own replaces that, so it has to say those words too. */
function addedAppend(text: string, loading: KeyLine, image: string, inherited: string | undefined, change: PreparedChange): TextEdit[] {
  const general = inherited === undefined || inherited === '-' ? [] : plainWords(inherited, 0, inherited.length);
  const kept = general.filter(({ value }) => !change.drops(value));
  if (change.words.length === 0 && kept.length === general.length) return [];
  check(image, kept, change, loading.number);
  const before = kept.slice(0, separatorIndex(kept));
  const values = [...before.map(({ value }) => value), ...change.words, ...kept.slice(before.length).map(({ value }) => value)];
  const keyword = text.slice(loading.keyStart, loading.keyEnd) === loading.key ? 'append' : 'APPEND';
  const indent = text.slice(loading.start, loading.keyStart);
  return [{ start: loading.end, end: loading.end, text: `${eolOf(text)}${indent}${keyword} ${values.join(' ')}` }];
}

/** mboot.c32: `---` parts the modules, and the one that is Linux takes the arguments. ESXi's `-c boot.cfg` has none here. */
function moduleEdits(text: string, line: KeyLine, change: PreparedChange): TextEdit[] {
  const linux = modulesOf(plainWords(text, line.valueStart, line.end)).find(([path]) => path && isLinuxModule(path.value, change));
  const [kernel, ...words] = linux ?? [];
  if (!kernel) return [];
  check(kernel.value, words, change, line.number);
  return wordEdits(text, words, (words.at(-1) ?? kernel).end, change.words, change);
}

function modulesOf(words: readonly Word[]): Word[][] {
  const modules: Word[][] = [[]];
  for (const word of words) {
    if (word.value === '---') modules.push([]);
    else modules.at(-1)?.push(word);
  }
  return modules;
}

/** The oldest form, `DEFAULT vmlinuz initrd=…` without a single label: the line is the command line. */
function implicitKernelEdits(text: string, head: IsolinuxBlock, labels: readonly IsolinuxBlock[], change: PreparedChange): TextEdit[] {
  const line = head.lines.findLast(({ key }) => key === 'default');
  const refers = head.lines.some(({ key, value }) => ['include', 'config', 'ui'].includes(key) || /^include\b/i.test(value));
  if (!line || labels.length > 0 || refers || !isLinux(firstWord(line.value), change)) return [];
  const [kernel, ...words] = plainWords(text, line.valueStart, line.end);
  // One word alone may be a label of the file that includes this one.
  if (!kernel || (words.length === 0 && !appendLine(head))) return [];
  check(kernel.value, words, change, line.number);
  const at = (words[separatorIndex(words) - 1] ?? kernel).end;
  return wordEdits(text, words, at, change.words, change);
}

/** The files that this one reads: INCLUDE, CONFIG, MENU INCLUDE, and the menus that UI or a .c32 program gets as its argument. */
export function isolinuxIncludes(text: string): string[] {
  const targets = keyLines(text).flatMap(({ key, value }) => {
    const words = value.split(/[ \t]+/);
    if (key === 'include' || key === 'config') return words.slice(0, 1);
    if (key === 'menu' && words[0]?.toLowerCase() === 'include') return words.slice(1, 2);
    if (key === 'ui' || key === 'append') return words.filter((word) => /^[^=-][^=]*\.(?:cfg|conf)$/i.test(word));
    return [];
  });
  return [...new Set(targets)].filter((target) => target !== '' && target !== '~');
}
