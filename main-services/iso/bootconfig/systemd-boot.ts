import type { PreparedChange } from './arguments.ts';
import { checkLength, plainWords, separatorIndex, wordEdits } from './arguments.ts';
import type { KeyLine } from './key-lines.ts';
import { keyLines } from './key-lines.ts';
import type { TextEdit } from './text-edits.ts';
import { eolOf } from './text-edits.ts';
import type { Word } from './types.ts';

/**
 * The edits of a boot loader specification entry (type 1) or of loader.conf. Repeated `options` lines are joined by the loader, so
 * ours go to the last. An entry that starts another EFI program and says no options (a shell, memtest) stays as it is.
 */
export function systemdBootEdits(text: string, change: PreparedChange): TextEdit[] {
  const lines = keyLines(text);
  return [...optionEdits(text, lines, change), ...timeoutEdits(lines, change)];
}

function optionEdits(text: string, lines: readonly KeyLine[], change: PreparedChange): TextEdit[] {
  const options = lines.filter(({ key }) => key === 'options');
  const last = options.at(-1);
  if (!last) return addedOptions(text, lines, change);
  const wordsOf = (line: KeyLine): Word[] => plainWords(text, line.valueStart, line.end);
  check(options.flatMap(wordsOf), change, last.number);
  return options.flatMap((line) => {
    const words = wordsOf(line);
    const at = words[separatorIndex(words) - 1]?.end ?? line.keyEnd;
    return wordEdits(text, words, at, line === last ? change.words : [], change);
  });
}

function addedOptions(text: string, lines: readonly KeyLine[], change: PreparedChange): TextEdit[] {
  const linux = lines.find(({ key }) => key === 'linux');
  if (!linux || change.words.length === 0) return [];
  check([], change, linux.number);
  return [{ start: linux.end, end: linux.end, text: `${eolOf(text)}options ${change.words.join(' ')}` }];
}

function check(words: readonly Word[], change: PreparedChange, line: number): void {
  if (change.words.length === 0) return;
  const kept = words.map(({ value }) => value).filter((value) => !change.drops(value));
  checkLength([...kept, ...change.words].join(' '), change.path, line);
}

/** loader.conf: without a `timeout` the loader starts its default at once, so there is only a value to replace. */
function timeoutEdits(lines: readonly KeyLine[], change: PreparedChange): TextEdit[] {
  if (change.timeoutSeconds === undefined) return [];
  const text = ` ${change.timeoutSeconds}`;
  return lines.filter(({ key }) => key === 'timeout').map(({ keyEnd, end }) => ({ start: keyEnd, end, text }));
}
