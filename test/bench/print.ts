import { dependsOnPeer, goalText, type Outcome } from './judge.ts';
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
  const isRefused = outcome.refused !== undefined;
  const compared = (text: string): string => (isRefused ? '' : text);
  return [
    name,
    isRefused ? 'refused' : outcome.ratio.toFixed(2),
    compared(outcome.spread.map((ratio) => ratio.toFixed(2)).join('–')),
    figure(units.ours),
    `${compared(figure(units.peer))} ${peer}`.trim(),
    unit,
    cpu.ours.toFixed(3),
    compared(cpu.peer.toFixed(3)),
    cpu.per,
    outcome.rssMb.toFixed(0),
    goal,
    verdicts(outcome),
  ];
}

/** What does not depend on the peer is judged in any case. */
function verdicts({ judged, refused }: Outcome): string {
  return judged
    .filter(({ of }) => refused === undefined || !dependsOnPeer(of))
    .map(({ of, value, verdict }) => (of === 'ratio' ? verdict : `${of} ${figure(value)}: ${verdict}`))
    .join(', ');
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
