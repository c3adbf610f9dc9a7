import { BootbenchError } from '../../../contract/errors.ts';
import type { KernelKind } from './kernel-image.ts';
import type { TextEdit } from './text-edits.ts';
import type { BootConfigChange, BootConfigKind, DroppedArgument, MenuSerial, Word } from './types.ts';

/**
 * Isolinux cuts silently at 2,046 bytes and never boots at 2,103; GRUB on x86 silently drops the words that do not fit in 2,048.
 * 2,000 leaves room for what they add themselves.
 */
export const MAX_COMMAND_LINE = 2000;

const QUIET_ARGUMENTS = ['quiet', 'rhgb', 'splash'];

/** A change made ready for one file: words as the file's bytes, checked for what the format can say. */
export interface PreparedChange {
  readonly path: string;
  readonly words: readonly string[];
  readonly drops: (word: string) => boolean;
  readonly kernelKind: (name: string) => KernelKind;
  readonly timeoutSeconds: number | undefined;
  readonly defaultEntry: string | undefined;
  readonly serial: MenuSerial | undefined;
}

/** Checks the words. Only GRUB can quote: elsewhere a word with a blank is E_BAD_INPUT, as is an empty one or a control character anywhere. */
export function prepareChange(kind: BootConfigKind, change: BootConfigChange, path: string): PreparedChange {
  const dropped = [...(change.drop ?? []), ...(change.quiet === false ? QUIET_ARGUMENTS : [])];
  return {
    path,
    words: change.append.map((word) => checkedWord(kind, word, path)),
    drops: (word) => dropped.some((argument) => isDropped(word, argument)),
    kernelKind: change.kernelKind ?? (() => 'unknown'),
    timeoutSeconds: checkedTimeout(change.timeoutSeconds, path),
    defaultEntry: change.defaultEntry === undefined ? undefined : checkedEntry(kind, change.defaultEntry, path),
    serial: change.serial,
  };
}

/** Programs that only look like Linux to a boot loader, by the names that ISOs give them. */
const OTHER_PROGRAM = /memtest|memdisk|[ig]pxe|wimboot|netboot\.xyz|plpbt|\.l?krn$/i;

/** Whether a file that is loaded as a kernel is Linux: its bytes decide, and its name where they do not say. */
export function isLinuxFile(name: string, change: Pick<PreparedChange, 'kernelKind'>): boolean {
  const kind = change.kernelKind(name);
  return kind === 'unknown' ? !OTHER_PROGRAM.test(lastPart(name)) : kind === 'linux';
}

const LINUX_NAME = /vmlinu[xz]|bzimage/i;

/** Whether a file's name is one that Linux has. */
export function hasLinuxName(name: string): boolean {
  return LINUX_NAME.test(lastPart(name));
}

/** What follows the last slash or backslash. */
function lastPart(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
}

/** The same for a module of Xen or another multiboot kernel, most of which are no kernels: nothing but a name like Linux's counts there. */
export function isLinuxModule(name: string, change: Pick<PreparedChange, 'kernelKind'>): boolean {
  const kind = change.kernelKind(name);
  return kind === 'unknown' ? hasLinuxName(name) : kind === 'linux';
}

/** Text as the bytes of a file that is read as latin1: what is not ASCII goes in as UTF-8. */
function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

function checkedWord(kind: BootConfigKind, word: string, path: string): string {
  if (word === '') throw new BootbenchError('E_BAD_INPUT', `${path}: an empty word cannot be a kernel argument`);
  if (CONTROL.test(word))
    throw new BootbenchError('E_BAD_INPUT', `${path}: the kernel argument ${JSON.stringify(word)} holds a control character`);
  if (kind !== 'grub' && /[ \t]/.test(word))
    throw new BootbenchError('E_BAD_INPUT', `${path}: the kernel argument "${word}" holds a blank, and ${kind} has no quotes for it`);
  return bytesOf(word);
}

function checkedTimeout(seconds: number | undefined, path: string): number | undefined {
  if (seconds === undefined || (Number.isInteger(seconds) && seconds >= 0 && seconds <= 3600)) return seconds;
  throw new BootbenchError('E_BAD_INPUT', `${path}: a menu’s timeout is a whole number of seconds from 0 to 3600, not ${seconds}`);
}

function checkedEntry(kind: BootConfigKind, entry: string, path: string): string {
  if (entry === '' || (kind !== 'grub' && /[ \t]/.test(entry)) || CONTROL.test(entry))
    throw new BootbenchError('E_BAD_INPUT', `${path}: ${JSON.stringify(entry)} cannot be the name of a menu entry`);
  return bytesOf(entry);
}

function isDropped(word: string, argument: DroppedArgument): boolean {
  // search() and not test(): it takes no notice of lastIndex, so a pattern with /g gives the same answer every time.
  if (typeof argument !== 'string') return word.search(argument) >= 0;
  return word === argument || (!argument.includes('=') && word.startsWith(`${argument}=`));
}

/** The words between blanks in [start, end) of a text, for the formats without quotes. */
export function plainWords(text: string, start: number, end: number): Word[] {
  return [...text.slice(start, end).matchAll(/[^ \t]+/g)].map(({ 0: value, index }) => ({
    start: start + index,
    end: start + index + value.length,
    value,
  }));
}

/** The first `---` or `--`: Debian's and Ubuntu's installers copy what follows it to the installed system, so our words go before it. */
export function separatorIndex(words: readonly Word[]): number {
  const found = words.findIndex(({ value }) => value === '---' || value === '--');
  return found < 0 ? words.length : found;
}

/** Takes away what `change` drops of `words`, and puts `written` (our words in the file's own quoting) in at `at`. */
export function wordEdits(
  text: string,
  words: readonly Word[],
  at: number,
  written: readonly string[],
  change: PreparedChange,
): TextEdit[] {
  const edits = words.filter(({ value }) => change.drops(value)).map((word) => removal(text, word));
  if (written.length > 0) edits.push({ start: at, end: at, text: ` ${written.join(' ')}` });
  return edits;
}

function removal(text: string, word: Word): TextEdit {
  let start = word.start;
  while (start > 0 && (text[start - 1] === ' ' || text[start - 1] === '\t')) start -= 1;
  return { start, end: word.end, text: '' };
}

/** @throws E_PATCH_TOO_LONG naming the file, the line and the bytes that are too many. */
export function checkLength(commandLine: string, path: string, line: number): void {
  const excess = commandLine.length - MAX_COMMAND_LINE;
  if (excess <= 0) return;
  const sentence = `${path}, line ${line}: the kernel’s command line would be ${commandLine.length} bytes long, ${excess} more than the ${MAX_COMMAND_LINE} that boot loaders take.`;
  throw new BootbenchError('E_PATCH_TOO_LONG', sentence);
}
