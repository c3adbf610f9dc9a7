/**
 * Every line of the benchmark: what is done, next to which peer, in which unit, and the goal. `npm run bench`, its verdicts, the short form in
 * `npm test` and docs/performance.md use this table and no other.
 */
export interface Line {
  /** What `npm run bench -- NAME` takes; the start of a name takes all that begin so. */
  readonly name: string;
  readonly does: string;
  readonly peer: string;
  readonly unit: string;
  readonly work: Work;
  readonly goals: readonly Goal[];
  /** Stable enough for `npm test`. */
  readonly short?: true;
}

export type ConfigSize = 'small' | '19 KB' | '549 KB';

/** What is measured, with its parameters. Sizes in bytes. */
export type Work =
  | { readonly kind: 'ranges'; readonly bytes: number; readonly connections: number; readonly config: ConfigSize }
  | { readonly kind: 'get'; readonly cold: boolean }
  | { readonly kind: 'small-reader' };

/** ratio: units of ours ÷ those of the peer, also where less is better. cpu: CPU seconds for the same work, ours ÷ the peer's. */
export interface Goal {
  readonly of: 'ratio' | 'cpu';
  readonly atLeast?: number;
  readonly atMost?: number;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const PER_SECOND = 'requests/s';

const RANGES: readonly Line[] = [
  ranges('ranges-16k-1', 16 * KIB, 1, 0.85),
  { ...ranges('ranges-16k-8', 16 * KIB, 8, 0.95), short: true },
  ranges('ranges-16k-64', 16 * KIB, 64, 0.95),
  ranges('ranges-64k-8', 64 * KIB, 8, 1),
  ranges('ranges-64k-64', 64 * KIB, 64, 1),
  { ...ranges('ranges-1m-8', MIB, 8, 1), short: true },
  ranges('ranges-1m-64', MIB, 64, 1),
  { ...ranges('ranges-16k-config-19k', 16 * KIB, 8, 0.95, '19 KB'), short: true },
  ranges('ranges-16k-config-549k', 16 * KIB, 8, 0.95, '549 KB'),
];

const HTTP: readonly Line[] = [
  { ...get('get-warm', 'complete GET, in the page cache', false), short: true },
  get('get-cold', 'complete GET, from the disk', true),
  {
    name: 'small-reader',
    does: 'slowest 1 % of 16 KiB ranges next to a complete GET from the disk',
    peer: 'nginx',
    unit: 'ms',
    work: { kind: 'small-reader' },
    goals: [{ of: 'ratio', atMost: 1 }],
  },
];

export const LINES: readonly Line[] = [...RANGES, ...HTTP];

function ranges(name: string, bytes: number, connections: number, atLeast: number, config: ConfigSize = 'small'): Line {
  const size = bytes < MIB ? `${bytes / KIB} KiB` : `${bytes / MIB} MiB`;
  const does = `random ${size} ranges, ${connections === 1 ? '1 connection' : `${connections} connections`}`;
  return {
    name,
    does: config === 'small' ? does : `${does}, a host with a config of ${config}`,
    peer: 'nginx',
    unit: PER_SECOND,
    work: { kind: 'ranges', bytes, connections, config },
    goals: [
      { of: 'ratio', atLeast },
      { of: 'cpu', atMost: 1.4 },
    ],
  };
}

function get(name: string, does: string, cold: boolean): Line {
  return { name, does, peer: 'nginx', unit: 'MB/s', work: { kind: 'get', cold }, goals: [{ of: 'ratio', atLeast: 1 }] };
}
