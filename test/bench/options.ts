import { parseArgs } from 'node:util';
import { LINES, type Line } from './lines.ts';

export interface BenchOptions {
  readonly lines: readonly Line[];
  readonly rounds: number;
  readonly seconds: number;
  readonly isoMegabytes: number;
  readonly hosts: number;
  readonly json: boolean;
  readonly list: boolean;
  /** Compare the ratios with those of recorded.json. */
  readonly compare: boolean;
  /** Write the ratios to recorded.json. */
  readonly record: boolean;
}

export const BENCH_USAGE =
  'usage: npm run bench [-- NAME… --json --list --rounds N --seconds N --iso-megabytes N --hosts N]\n' +
  '       npm run bench -- --short [--record]   the few lines of npm test, compared with test/bench/recorded.json, or written to it';

const FULL = { rounds: 5, seconds: 3, isoMegabytes: 1024, hosts: 1000 };
/** About 10 s for a line. */
const SHORT = { rounds: 3, seconds: 1, isoMegabytes: 256, hosts: 200 };

/** Undefined for an unknown option or name, and for a number that is not above 0. */
export function benchOptions(args: readonly string[]): BenchOptions | undefined {
  const parsed = parse(args);
  if (!parsed) return undefined;
  const { values, positionals } = parsed;
  const base = values.short === true ? SHORT : FULL;
  const lines = positionals.length > 0 ? LINES.filter(({ name }) => positionals.some((start) => name.startsWith(start))) : LINES;
  const isUnknown = (start: string): boolean => !LINES.some(({ name }) => name.startsWith(start));
  const [rounds, seconds, isoMegabytes, hosts] = [
    Number(values.rounds ?? base.rounds),
    Number(values.seconds ?? base.seconds),
    Number(values['iso-megabytes'] ?? base.isoMegabytes),
    Number(values.hosts ?? base.hosts),
  ];
  const isWhole = [rounds, seconds, isoMegabytes, hosts].every((number) => Number.isInteger(number) && number > 0);
  if (!isWhole || hosts > MOST_HOSTS || isoMegabytes < LEAST_ISO_MB || positionals.some(isUnknown)) return undefined;
  return {
    lines: values.short === true ? lines.filter(({ short }) => short === true) : lines,
    ...{ rounds, seconds, isoMegabytes, hosts },
    json: values.json === true,
    list: values.list === true,
    compare: values.short === true && values.record !== true,
    record: values.record === true,
  };
}

/** Their addresses end before the pool. */
const MOST_HOSTS = 10_000;
/** The small reader has 16 MB for itself. */
const LEAST_ISO_MB = 64;

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: flag, list: flag, short: flag, record: flag, rounds: text, seconds: text, 'iso-megabytes': text, hosts: text },
    });
  } catch {
    return undefined;
  }
}
