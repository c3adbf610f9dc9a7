import type { PreparedChange } from '../arguments.ts';
import { plainWords } from '../arguments.ts';
import type { IsolinuxBlock } from './blocks.ts';
import { firstWord } from './blocks.ts';
import type { KeyLine } from '../key-lines.ts';
import type { TextEdit } from '../text-edits.ts';
import { eolOf } from '../text-edits.ts';

/** TIMEOUT and ONTIMEOUT so that the file starts unattended. Settings count for all wherever they stand, so every one is changed. */
export function timingEdits(text: string, head: IsolinuxBlock, labels: readonly IsolinuxBlock[], change: PreparedChange): TextEdit[] {
  const lines = [head, ...labels].flatMap((block) => block.lines);
  const settings = [
    { key: 'timeout', value: change.timeoutSeconds === undefined ? undefined : tenths(change.timeoutSeconds) },
    { key: 'ontimeout', value: change.defaultEntry },
  ];
  const wanted = settings.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
  const replaced = wanted.flatMap(({ key, value }) => lines.filter((line) => line.key === key).map((line) => withValue(line, value)));
  const missing = wanted.filter(({ key }) => isMain(lines) && !lines.some((line) => line.key === key));
  const added = missing.map(({ key, value }) => `${key} ${value}${eolOf(text)}`).join('');
  return [...replaced, ...defaultEdits(text, lines, change), ...(added === '' ? [] : [{ start: 0, end: 0, text: added }])];
}

/**
 * The menu on the serial port as well: SERIAL, which must be the first line (syslinux doc/syslinux.txt), unless the file has one.
 */
export function serialEdits(text: string, head: IsolinuxBlock, labels: readonly IsolinuxBlock[], { serial }: PreparedChange): TextEdit[] {
  const lines = [head, ...labels].flatMap((block) => block.lines);
  if (!serial || !isMain(lines) || lines.some(({ key }) => key === 'serial')) return [];
  return [{ start: 0, end: 0, text: `serial ${serial.unit} ${serial.speed}${eolOf(text)}` }];
}

/** Isolinux counts in tenths of a second, and 0 would wait for ever. */
function tenths(seconds: number): string {
  return Math.max(1, Math.round(seconds * 10)).toString();
}

/** The file that isolinux reads first, and not one that it includes: it alone says whether to prompt and what to show. */
function isMain(lines: readonly KeyLine[]): boolean {
  return lines.some(({ key }) => key === 'prompt' || key === 'ui') || lines.some((line) => line.key === 'default' && showsMenu(line));
}

function showsMenu({ value }: KeyLine): boolean {
  return /\.c32$/i.test(firstWord(value));
}

/** DEFAULT names the entry unless it starts the menu, which has ONTIMEOUT to go by. */
function defaultEdits(text: string, lines: readonly KeyLine[], change: PreparedChange): TextEdit[] {
  const entry = change.defaultEntry;
  if (entry === undefined) return [];
  return lines
    .filter((line) => line.key === 'default' && !showsMenu(line) && plainWords(text, line.valueStart, line.end).length === 1)
    .map((line) => withValue(line, entry));
}

function withValue({ keyEnd, end }: KeyLine, value: string): TextEdit {
  return { start: keyEnd, end, text: ` ${value}` };
}
