import type { PreparedChange } from './arguments.ts';
import { checkLength, plainWords } from './arguments.ts';
import type { TextEdit, TextLine } from './text-edits.ts';
import { eolOf, linesOf } from './text-edits.ts';

interface Setting extends TextLine {
  readonly name: string;
  readonly valueStart: number;
}

/** The edits of ESXi's boot.cfg (`name=value` lines): `kernelopt=` lengthened, or added after `kernel=`; `timeout=` where asked. */
export function esxiEdits(text: string, change: PreparedChange): TextEdit[] {
  const settings = settingsOf(text);
  return [...kernelOptionEdits(text, settings, change), ...timeoutEdits(settings, change)];
}

function settingsOf(text: string): Setting[] {
  return linesOf(text).flatMap((line) => {
    const match = /^[ \t]*(\w+)=/.exec(text.slice(line.start, line.end));
    return match ? [{ ...line, name: (match[1] ?? '').toLowerCase(), valueStart: line.start + match[0].length }] : [];
  });
}

function kernelOptionEdits(text: string, settings: readonly Setting[], change: PreparedChange): TextEdit[] {
  const options = settings.find(({ name }) => name === 'kernelopt');
  if (options) return lengthened(text, options, change);
  const kernel = settings.find(({ name }) => name === 'kernel');
  if (!kernel || change.words.length === 0) return [];
  checkLength(change.words.join(' '), change.path, kernel.number);
  return [{ start: kernel.end, end: kernel.end, text: `${eolOf(text)}kernelopt=${change.words.join(' ')}` }];
}

function lengthened(text: string, options: Setting, change: PreparedChange): TextEdit[] {
  const words = plainWords(text, options.valueStart, options.end);
  const kept = words.filter(({ value }) => !change.drops(value));
  if (kept.length === words.length && change.words.length === 0) return [];
  const all = [...kept.map(({ value }) => value), ...change.words].join(' ');
  if (change.words.length > 0) checkLength(all, change.path, options.number);
  const last = kept.at(-1);
  if (kept.length < words.length || !last) return [{ start: words[0]?.start ?? options.valueStart, end: options.end, text: all }];
  return [{ start: last.end, end: last.end, text: change.words.map((word) => ` ${word}`).join('') }];
}

function timeoutEdits(settings: readonly Setting[], change: PreparedChange): TextEdit[] {
  if (change.timeoutSeconds === undefined) return [];
  const text = change.timeoutSeconds.toString();
  return settings.filter(({ name }) => name === 'timeout').map(({ valueStart, end }) => ({ start: valueStart, end, text }));
}
