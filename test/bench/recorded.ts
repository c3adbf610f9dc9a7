import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Line } from './lines.ts';
import type { Row } from './print.ts';

const FILE = join(import.meta.dirname, 'recorded.json');
/** Ratios of runs on a shared computer differ; a fall by more than this is a fault. */
export const FALL = 0.4;

/** Ratios by line, of a quiet computer. */
export type Recorded = Readonly<Record<string, number>>;

export interface Fallen {
  readonly line: Line;
  readonly sentence: string;
}

/** The lines that have fallen by more than FALL from their recorded ratio, or have none. */
export function compared(rows: readonly Row[]): Fallen[] {
  return fallen(rows, JSON.parse(readFileSync(FILE, 'utf8')) as Recorded);
}

/** Writes the measured ratios; those of other lines stay. */
export function record(rows: readonly Row[]): void {
  const old = JSON.parse(readFileSync(FILE, 'utf8')) as Recorded;
  const measured = rows.flatMap((row) =>
    'outcome' in row && row.outcome.refused === undefined ? [[row.line.name, row.outcome.ratio] as const] : [],
  );
  const all = { ...old, ...Object.fromEntries(measured.map(([name, ratio]) => [name, Math.round(ratio * 100) / 100])) };
  writeFileSync(FILE, `${JSON.stringify(all, Object.keys(all).toSorted(), 2)}\n`);
}

/** Pure. A line that was not measured is not judged here: that is a failure of its own. */
export function fallen(rows: readonly Row[], recorded: Recorded): Fallen[] {
  return rows.flatMap((row) => {
    if (!('outcome' in row) || row.outcome.refused !== undefined) return [];
    const { line, outcome } = row;
    const was = recorded[line.name];
    if (was === undefined)
      return [{ line, sentence: `${line.name} has no ratio in test/bench/recorded.json: npm run bench -- --short --record` }];
    const lessIsBetter = line.goals.some(({ of, atMost }) => of === 'ratio' && atMost !== undefined);
    const part = lessIsBetter ? was / outcome.ratio : outcome.ratio / was;
    if (part >= 1 - FALL) return [];
    return [{ line, sentence: `${line.name} fell to ${outcome.ratio.toFixed(2)} × ${line.peer}; recorded is ${was} ×` }];
  });
}
