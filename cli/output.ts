import type { BootbenchError } from '../contract/errors.ts';
import { FACT_WORDS, type MachineComparison } from '../contract/machine-identity.ts';
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

/** The facts of both sides next to each other; a star marks those that decided. */
export function comparisonTable({ rows }: MachineComparison): string {
  const cells = rows.map(({ fact, host, machine, reason: why, decided }) => [
    FACT_WORDS[fact],
    host.join(' ') || '-',
    machine.join(' ') || '-',
    `${why}${decided ? ' *' : ''}`,
  ]);
  return table(['FACT', 'HOST', 'BMC', 'RESULT'], cells, '');
}

/** The sentence of an error, for stderr: code, what happened, the facts that it rests on, what to do. */
export function errorLine(error: BootbenchError): string {
  const comparison = error.details?.comparison;
  const facts = comparison ? `${comparisonTable(comparison)}\n` : '';
  return `${error.code}: ${error.message}\n${facts}${error.next}\n`;
}

/** `12:03:04`, of a time in milliseconds. */
export function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

/** `2026-11-29 12:03:04`, local time, of a time in milliseconds. */
export function dateTime(at: number): string {
  // The Swedish form is ISO 8601's.
  return new Date(at).toLocaleString('sv-SE');
}
