import type { Judged, SoakFacts } from './verdict.ts';

/** The run as text: the table over time, each limit, and the first faults. */
export function soakText(title: string, facts: SoakFacts, judged: readonly Judged[], notes: readonly string[]): string {
  const row = (cells: readonly (string | number)[], widths: readonly number[]): string =>
    cells.map((cell, at) => String(cell).padStart(widths[at] ?? 8)).join('  ');
  const widths = [7, 7, 8, 9, 8, 6, 9, 9, 9];
  const rows = thinned(facts).map(({ minute, boots, rssMb, heapMb, buffersMb, fds, lateMs }) =>
    row(
      [minute.toFixed(1), boots, rssMb.toFixed(1), heapMb.toFixed(2), buffersMb.toFixed(1), fds, lateMs.p50, lateMs.p99, lateMs.max],
      widths,
    ),
  );
  return [
    title,
    ...notes,
    '',
    row(['minute', 'boots', 'RSS MB', 'heap MB', 'buffers', 'files', 'late p50', 'p99 ms', 'max ms'], widths),
    ...rows,
    '',
    ...judged.map(({ what, value, limit, ok }) => `${ok ? 'ok    ' : 'FAILED'}  ${what.padEnd(58)} ${value.padStart(8)}  (${limit})`),
    ...facts.faults
      .slice(0, 20)
      .map(({ name, kind, phase, message }) => `  ${kind} of ${name} in ${phase}: ${message.split('\n', 2).join(' ').slice(0, 300)}`),
    ...facts.internalErrors.slice(0, 5).map((line) => `  log: ${line.slice(0, 300)}`),
    '',
  ].join('\n');
}

/** At most 40 rows, the last among them. */
function thinned({ samples }: SoakFacts): SoakFacts['samples'] {
  const step = Math.ceil(samples.length / 40);
  return samples.filter((_, at) => (samples.length - 1 - at) % step === 0);
}
