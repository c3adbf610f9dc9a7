import { linesOf } from './text-edits.ts';
import type { TextLine } from './text-edits.ts';
import { withoutEnd } from '../../../util/text.ts';

/** A line `key value …`; comments and empty lines are not among them. */
export interface KeyLine extends TextLine {
  /** In lower case. */
  readonly key: string;
  readonly keyStart: number;
  readonly keyEnd: number;
  /** The first character of the value, or `end`. */
  readonly valueStart: number;
  readonly value: string;
}

/** The lines of a text as keys and values. `#` comments only at the start of a line, which is all that isolinux and systemd-boot know. */
export function keyLines(text: string): KeyLine[] {
  return linesOf(text).flatMap((line) => {
    const raw = text.slice(line.start, line.end);
    const match = /^([ \t]*)([^ \t#][^ \t]*)([ \t]*)/.exec(raw);
    if (!match) return [];
    const [all, indent = '', key = ''] = match;
    const keyStart = line.start + indent.length;
    const valueStart = line.start + all.length;
    const value = withoutEnd(text.slice(valueStart, line.end), ' \t');
    return [{ ...line, key: key.toLowerCase(), keyStart, keyEnd: keyStart + key.length, valueStart, value }];
  });
}
