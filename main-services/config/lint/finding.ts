import type { LintFinding } from '../../../contract/views.ts';

/** A finding without its file, which the caller knows. */
export type Found = Omit<LintFinding, 'file'>;

/** Checks one file. The text may be anything; fields `{{ … }}` are masked already. */
export type Linter = (text: string) => Found[];

/** Findings of one kind in one file: more are not read, and each costs a search for its line. */
export const MAX_FINDINGS_OF_KIND = 20;

/** Line and column, from 1, of an offset. */
export function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

export function error(place: { line: number; column?: number | undefined }, message: string): Found {
  return found(place, 'error', message);
}

export function warning(place: { line: number; column?: number | undefined }, message: string): Found {
  return found(place, 'warning', message);
}

function found({ line, column }: { line: number; column?: number | undefined }, severity: Found['severity'], message: string): Found {
  return { line, ...(column !== undefined && { column }), severity, message };
}

/** The number of the first line that ends in CR LF; undefined when none does. */
export function carriageReturn(text: string): number | undefined {
  const index = text.split('\n').findIndex((line) => line.endsWith('\r'));
  return index < 0 ? undefined : index + 1;
}

/** A line of the file, with those that a `\` at the end joins to it. */
export interface LogicalLine {
  readonly line: number;
  readonly text: string;
}

/** Takes time linear in the text: the parts of a line are joined once, at its end. */
export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let first = 1;
  let parts: string[] = [];
  const finish = (next: number): void => {
    lines.push({ line: first, text: parts.join('') });
    first = next;
    parts = [];
  };
  const raws = text.split(/\r?\n/);
  for (const [index, raw] of raws.entries()) {
    const isContinued = raw.endsWith('\\');
    parts.push(isContinued ? raw.slice(0, -1) : raw);
    if (!isContinued || index === raws.length - 1) finish(index + 2);
  }
  return lines;
}
