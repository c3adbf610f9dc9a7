import { goalText, type Outcome } from './judge.ts';
import { LINES, type Line } from './lines.ts';

const HEAD = ['line', 'ratio', 'rounds', 'ours', 'peer', 'unit', 'CPU s, ours', 'peer', 'for', 'RSS MB', 'goal', 'verdict'];

/** A measured line, or why it was not measured. */
export type Row = { readonly line: Line; readonly outcome: Outcome } | { readonly line: Line; readonly missing: string };

/** The table; where there is no ratio, the reason follows it. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map(cellsOf);
  const widths = HEAD.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const text = (row: readonly string[]): string =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const reasons = rows.flatMap((row) => {
    const reason = 'missing' in row ? row.missing : row.outcome.refused;
    return reason === undefined ? [] : [`${row.line.name}: ${reason}`];
  });
  return [text(HEAD), ...cells.map(text), ...reasons].join('\n');
}

function cellsOf(row: Row): string[] {
  const { name, unit, goals, peer } = row.line;
  const goal = goals.map(goalText).join(', ');
  if ('missing' in row) return [name, 'not measured', '', '', peer, unit, '', '', '', '', goal, ''];
  const { outcome } = row;
  const { cpu, units } = outcome;
  if (outcome.refused !== undefined) return [name, 'refused', '', '', peer, unit, '', '', '', '', goal, ''];
  return [
    name,
    outcome.ratio.toFixed(2),
    outcome.spread.map((ratio) => ratio.toFixed(2)).join('–'),
    figure(units.ours),
    `${figure(units.peer)} ${peer}`,
    unit,
    ...[cpu.ours, cpu.peer].map((seconds) => seconds.toFixed(3)),
    cpu.per,
    outcome.rssMb.toFixed(0),
    goal,
    outcome.judged.map(({ of, value, verdict }) => (of === 'ratio' ? verdict : `${of} ${figure(value)}: ${verdict}`)).join(', '),
  ];
}

export function listText(): string {
  const width = Math.max(...LINES.map(({ name }) => name.length));
  return LINES.map(
    ({ name, does, peer, unit, goals }) => `${name.padEnd(width)}  ${does}; ${unit}, ${goals.map(goalText).join(', ')} of ${peer}`,
  ).join('\n');
}

/** Four digits are as much as is known. */
function figure(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
