import type { EditedBootConfig, LineChange } from './types.ts';
import { countBefore } from '../../../util/search.ts';

/** Replace [start, end) by `text`; start = end inserts. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface TextLine {
  readonly number: number;
  readonly start: number;
  /** Where the line's text ends, before CR LF or LF. */
  readonly end: number;
  readonly eol: string;
}

/** The lines of a text; LF and CR LF may be mixed. */
export function linesOf(text: string): TextLine[] {
  const lines: TextLine[] = [];
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const next = found < 0 ? text.length : found + 1;
    const end = next - eolBefore(text, start, next);
    lines.push({ number: lines.length + 1, start, end, eol: text.slice(end, next) });
    start = next;
  }
  return lines;
}

function eolBefore(text: string, start: number, next: number): number {
  if (text[next - 1] !== '\n') return 0;
  return next - 2 >= start && text[next - 2] === '\r' ? 2 : 1;
}

/** The line ending to use for a line added to this text: that of its first line. */
export function eolOf(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text[first - 1] === '\r' ? '\r\n' : '\n';
}

/** The number, from 1, of the line that holds this offset. */
export function lineNumberAt(lines: readonly TextLine[], offset: number): number {
  return Math.max(
    countBefore(lines, ({ start }) => start <= offset),
    1,
  );
}

/** The edited text and, line by line, what changed. Edits may come in any order but must not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): EditedBootConfig {
  const sorted = edits
    .filter((edit) => text.slice(edit.start, edit.end) !== edit.text)
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
  return { text: splice(text, 0, text.length, sorted), changes: changesOf(text, sorted) };
}

function splice(text: string, from: number, to: number, edits: readonly TextEdit[]): string {
  const parts: string[] = [];
  let at = from;
  for (const edit of edits) {
    parts.push(text.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  return parts.join('') + text.slice(at, to);
}

interface Group {
  first: number;
  last: number;
  edits: TextEdit[];
}

function changesOf(text: string, sorted: readonly TextEdit[]): LineChange[] {
  const lines = linesOf(text);
  return groupsOf(lines, sorted).map(({ first, last, edits }) => {
    const from = lines[first - 1]?.start ?? 0;
    // An unclosed quote makes a word that ends behind the last line's end.
    const to = Math.max(lines[last - 1]?.end ?? text.length, edits.at(-1)?.end ?? 0);
    return { line: first, before: text.slice(from, to), after: splice(text, from, to, edits) };
  });
}

function groupsOf(lines: readonly TextLine[], sorted: readonly TextEdit[]): Group[] {
  const groups: Group[] = [];
  for (const edit of sorted) {
    const first = lineNumberAt(lines, edit.start);
    const last = lineNumberAt(lines, edit.end);
    const open = groups.at(-1);
    if (open && first <= open.last) {
      open.edits.push(edit);
      open.last = Math.max(open.last, last);
    } else groups.push({ first, last, edits: [edit] });
  }
  return groups;
}
