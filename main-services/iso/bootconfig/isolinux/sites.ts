import type { PreparedChange } from '../arguments.ts';
import { checkLength, plainWords, separatorIndex, wordEdits } from '../arguments.ts';
import type { ScriptLabel, ScriptLine } from './script.ts';
import type { CommandWord } from './start.ts';
import type { TextEdit } from '../text-edits.ts';
import { eolOf } from '../text-edits.ts';

/** The edits for the host's words in the APPEND line of a label. */
export function appendEdits(line: ScriptLine, image: string, change: PreparedChange): TextEdit[] {
  const words = plainWords(line.text, line.valueStart, line.end);
  checkWords(image, words, change, line.number);
  // `APPEND -` says: nothing, not even the APPEND that counts for all. With words of its own a label has the same effect.
  if (line.value === '-') return change.words.length > 0 ? [{ start: line.valueStart, end: line.end, text: change.words.join(' ') }] : [];
  const at = words[separatorIndex(words) - 1]?.end ?? line.keyEnd;
  return wordEdits(line.text, words, at, change.words, change);
}

/**
 * A label without APPEND takes the one that counts for all; its own replaces that, so it has to say those words too. The new line comes
 * behind the one that names the kernel, or behind LABEL where that is in another file or there is none.
 */
export function addedAppend(label: ScriptLabel, image: string, change: PreparedChange): TextEdit[] {
  const inherited = inheritedValue(label);
  const general = plainWords(inherited, 0, inherited.length);
  const kept = general.filter(({ value }) => !change.drops(value));
  if (change.words.length === 0 && kept.length === general.length) return [];
  const after = label.loading?.path === label.line.path ? label.loading : label.line;
  checkWords(image, kept, change, after.number);
  const before = kept.slice(0, separatorIndex(kept));
  const values = [...before.map(({ value }) => value), ...change.words, ...kept.slice(before.length).map(({ value }) => value)];
  const keyword = after.text.slice(after.keyStart, after.keyEnd) === after.key ? 'append' : 'APPEND';
  const indent = after === label.line ? '' : after.text.slice(after.start, after.keyStart);
  return [{ start: after.end, end: after.end, text: `${eolOf(after.text)}${indent}${keyword} ${values.join(' ')}` }];
}

/** The words of the APPEND that counts for all, as this label gets them. */
export function inheritedValue({ inherited }: ScriptLabel): string {
  return inherited === undefined || inherited.value === '-' ? '' : inherited.value;
}

/** The edits for a command line that starts a kernel without a label, as ONTIMEOUT may hold one. */
export function commandEdits(line: ScriptLine, name: CommandWord, words: readonly CommandWord[], change: PreparedChange): TextEdit[] {
  if (replacedByDefault(line, change)) return [];
  checkWords(name.value, words, change, line.number);
  const at = (words[separatorIndex(words) - 1] ?? name).end;
  return wordEdits(line.text, words, at, change.words, change);
}

/** The entry to start is set in the line's place. */
function replacedByDefault(line: ScriptLine, change: PreparedChange): boolean {
  if (change.defaultEntry === undefined) return false;
  return line.key === 'ontimeout' || (line.key === 'default' && plainWords(line.text, line.valueStart, line.end).length === 1);
}

/** The edits for the module of mboot.c32 that is Linux; `words` begin with its name. */
export function moduleEdits(words: readonly CommandWord[], change: PreparedChange): TextEdit[] {
  const [kernel, ...rest] = words;
  const last = words.at(-1);
  if (!kernel || !last) return [];
  checkWords(kernel.value, rest, change, last.line.number);
  const own = rest.filter(({ line }) => line === last.line);
  return wordEdits(last.line.text, own, last.end, change.words, change);
}

function checkWords(image: string, words: readonly { readonly value: string }[], change: PreparedChange, line: number): void {
  if (change.words.length === 0) return;
  const kept = words.map(({ value }) => value).filter((value) => !change.drops(value));
  checkLength([`BOOT_IMAGE=${image}`, ...kept, ...change.words].join(' '), change.path, line);
}
