import type { Args, Io } from './command.ts';

/** With --json the value itself, else the words for a person. */
export function print(args: Args, io: Io, value: unknown, words: () => string): void {
  io.stdout(`${args.flag('json') ? JSON.stringify(value, null, 2) : words()}\n`);
}

/** Rows under headings, in columns as wide as they need. */
export function table(headings: readonly string[], rows: readonly (readonly (string | undefined)[])[], empty: string): string {
  if (rows.length === 0) return empty;
  const all = [headings, ...rows].map((row) => headings.map((_heading, column) => row[column] ?? ''));
  const widths = headings.map((_heading, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `12:03:04`, of a time in milliseconds. */
export function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}
