import type { LintFinding } from '../../../contract/views.ts';

/** A finding of which it is clear in which file it is. */
export type Found = Omit<LintFinding, 'file'>;

/** Looks at one file. The text may be anything; fields `{{ … }}` are masked already. */
export type Linter = (text: string) => Found[];

/** Of one kind in one file: nobody reads more, and each costs a look for its line. */
export const MOST_OF_A_KIND = 20;

/** Line and column, from 1, of an offset. */
export function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: offset - lineStart + 1 };
}

export function error(place: { line: number; column?: number | undefined }, text: string): Found {
  return found(place, 'error', text);
}

export function warning(place: { line: number; column?: number | undefined }, text: string): Found {
  return found(place, 'warning', text);
}

function found({ line, column }: { line: number; column?: number | undefined }, severity: Found['severity'], text: string): Found {
  return { line, ...(column !== undefined && { column }), severity, message: text };
}

/** The number of the first line that ends in CR LF; undefined when none does. */
export function carriageReturn(text: string): number | undefined {
  const index = text.split('\n').findIndex((line) => line.endsWith('\r'));
  return index < 0 ? undefined : index + 1;
}

/** A line as it stands in the file, and with those that a `\` at the end joins to it. */
export interface LogicalLine {
  readonly line: number;
  readonly text: string;
}

export function logicalLines(text: string): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let open: { line: number; text: string } | undefined;
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const current: { line: number; text: string } = open ? { line: open.line, text: open.text + raw } : { line: index + 1, text: raw };
    open = raw.endsWith('\\') ? { ...current, text: current.text.slice(0, -1) } : undefined;
    if (!open) lines.push(current);
  }
  return open ? [...lines, open] : lines;
}
