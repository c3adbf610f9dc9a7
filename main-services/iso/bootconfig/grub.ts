import type { PreparedChange } from './arguments.ts';
import { checkLength, isLinuxFile, isLinuxModule, separatorIndex, wordEdits } from './arguments.ts';
import { grubCommands, loaderForm, quoteForGrub } from './grub-words.ts';
import type { TextEdit } from './text-edits.ts';
import { eolOf, lineNumberAt, linesOf } from './text-edits.ts';
import type { Word } from './types.ts';

/** `linux`, `linuxefi`, `linux16`, and the variables that vendors choose between them with: `$linux`, `${linux_cmd}`, `linux$suffix`. */
const KERNEL_COMMAND = /^(?:linux(?:efi|16)?|\$\{?linux\w*\}?|linux\$\{?\w+\}?)$/;
/** Xen: the hypervisor is the multiboot kernel, and Linux one of its modules. */
const MODULE_COMMAND = /^(?:module2?|xen_module)$/;
const RESERVED = new Set(['if', 'then', 'elif', 'else', 'while', 'until', 'do', 'time', '!']);
const OPENING = new Set(['if', 'while', 'until']);
const CLOSING = new Set(['fi', 'done']);

type Kinds = Pick<PreparedChange, 'kernelKind'>;

interface KernelLine {
  readonly kernel: Word;
  /** What follows the kernel's path. */
  readonly words: readonly Word[];
  /** How many of `words` stand before the place for ours. */
  readonly before: number;
}

/** The edits of a GRUB script: arguments on each kernel line, `timeout` and `default` where asked. */
export function grubEdits(text: string, change: PreparedChange): TextEdit[] {
  const commands = grubCommands(text);
  const lines = linesOf(text);
  const kernels = commands.map((command) => kernelLine(withoutReserved(command), change)).filter((found) => found !== undefined);
  for (const found of kernels) checkKernelLine(found, change, lineNumberAt(lines, found.kernel.start));
  return [...kernels.flatMap((found) => kernelEdits(text, found, change)), ...settingEdits(text, commands, change)];
}

/** Whether this script shows a menu or loads a kernel, and not merely has words that look so. */
export function looksLikeGrub(text: string): boolean {
  return grubCommands(text)
    .map(withoutReserved)
    .some((command) => /^(?:menuentry|submenu|multiboot2?)$/.test(nameOf(command)) || kernelLine(command, BY_NAME) !== undefined);
}

function withoutReserved(command: readonly Word[]): readonly Word[] {
  const first = command.findIndex(({ value }) => !RESERVED.has(value));
  return first < 0 ? [] : command.slice(first);
}

function nameOf(command: readonly Word[]): string {
  return command[0]?.value ?? '';
}

/** Where a file's bytes are not at hand. */
const BY_NAME: Kinds = { kernelKind: () => 'unknown' };

function kernelLine(command: readonly Word[], change: Kinds): KernelLine | undefined {
  const isModule = MODULE_COMMAND.test(nameOf(command));
  if (!isModule && !KERNEL_COMMAND.test(nameOf(command))) return undefined;
  const at = command.findIndex(({ value }, index) => index > 0 && !value.startsWith('--'));
  const kernel = command[at];
  if (!kernel || !(isModule ? isLinuxModule : isLinuxFile)(kernel.value, change)) return undefined;
  const words = command.slice(at + 1);
  return { kernel, words, before: isModule ? words.length : separatorIndex(words) };
}

function checkKernelLine({ kernel, words }: KernelLine, change: PreparedChange, line: number): void {
  const kept = words.map(({ value }) => value).filter((value) => !change.drops(value));
  const all = [...kept, ...change.words].map(loaderForm);
  if (change.words.length > 0) checkLength([`BOOT_IMAGE=${kernel.value}`, ...all].join(' '), change.path, line);
}

function kernelEdits(text: string, { kernel, words, before }: KernelLine, change: PreparedChange): TextEdit[] {
  const at = (words[before - 1] ?? kernel).end;
  return wordEdits(text, words, at, change.words.map(quoteForGrub), change);
}

function settingEdits(text: string, commands: readonly (readonly Word[])[], change: PreparedChange): TextEdit[] {
  const hasMenu = commands.some((command) => nameOf(withoutReserved(command)) === 'menuentry');
  const settings = { default: change.defaultEntry, timeout: change.timeoutSeconds?.toString() };
  const missing: string[] = [];
  const edits: TextEdit[] = [];
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    const found = assignmentsOf(commands, name);
    edits.push(...found.map(({ start, end }) => ({ start, end, text: `${name}=${quoteForGrub(value)}` })));
    if (hasMenu && !found.some(({ depth }) => depth === 0)) missing.push(`set ${name}=${quoteForGrub(value)}${eolOf(text)}`);
  }
  // A menu without a timeout waits for a key for ever, so what is missing, or said under a condition only, is said first of all.
  return missing.length > 0 ? [...edits, { start: 0, end: 0, text: missing.join('') }] : edits;
}

interface Assignment extends Word {
  /** How many `if` and loops it stands in. */
  readonly depth: number;
}

function assignmentsOf(commands: readonly (readonly Word[])[], name: string): Assignment[] {
  let depth = 0;
  return commands.flatMap((command) => {
    const reserved = command.slice(0, command.length - withoutReserved(command).length);
    depth += reserved.filter(({ value }) => OPENING.has(value)).length;
    if (CLOSING.has(nameOf(command))) depth -= 1;
    const rest = withoutReserved(command);
    const word = nameOf(rest) === 'set' ? rest[1] : rest[0];
    return word?.value.startsWith(`${name}=`) ? [{ ...word, depth }] : [];
  });
}
