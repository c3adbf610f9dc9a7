import { growthPerTenMinutes, jain, median, type Point } from './figures.ts';

/** One line of the table: what the program and its machines did until `minute`. */
export interface Sample {
  readonly minute: number;
  readonly boots: number;
  readonly rssMb: number;
  /** Both threads, after a collection. */
  readonly heapMb: number;
  /** ArrayBuffers of both threads, outside of the heap. */
  readonly buffersMb: number;
  readonly fds: number;
  readonly lateMs: { readonly p50: number; readonly p99: number; readonly max: number };
}

export interface Fault {
  readonly name: string;
  readonly kind: string;
  readonly phase: string;
  readonly message: string;
}

export interface SoakFacts {
  readonly minutes: number;
  readonly samples: readonly Sample[];
  /** Of each machine: its boots, the median time of one, and what it read. */
  readonly machines: readonly { readonly name: string; readonly boots: number; readonly medianMs: number; readonly bytes: number }[];
  readonly faults: readonly Fault[];
  /** Open files before the first boot, and after the last when connections have ended. */
  readonly idleFds: { readonly before: number; readonly after: number };
  /** Lines of the program's own log with an internal error. */
  readonly internalErrors: readonly string[];
  /** The same process from start to end. */
  readonly survived: boolean;
}

export interface Judged {
  readonly what: string;
  readonly value: string;
  readonly limit: string;
  readonly ok: boolean;
}

/**
 * Flat memory: after the warm-up (a third of the run, at most 10 minutes) RSS grows by at most RSS_MB in ten minutes (the median
 * of all slopes), and the heap after a collection by at most HEAP_MB, its buffers by BUFFERS_MB. It is not judged on less than MEASURED_MINUTES, where noise is larger.
 */
export const FLAT = { RSS_MB: 6, HEAP_MB: 2, BUFFERS_MB: 4, FDS: 8, MEASURED_MINUTES: 5 } as const;
/** Of boots per machine, and of the median time of a boot. */
const FAIRNESS = 0.95;
const FAIR_BOOTS = 10;
/** Connections that TIME_WAIT or keep-alive may still hold. */
const IDLE_FDS = 8;

/** Every limit with what was measured. Pure. */
export function judge(facts: SoakFacts): Judged[] {
  const kinds = ['wrong-bytes', 'unanswered', 'error'].map((kind) => {
    const count = facts.faults.filter((fault) => fault.kind === kind).length;
    return { what: kind, value: String(count), limit: '0', ok: count === 0 };
  });
  const boots = facts.machines.map((machine) => machine.boots);
  return [
    { what: 'the program ran to the end', value: yes(facts.survived), limit: 'yes', ok: facts.survived },
    { what: 'machines that never booted', ...atMost(boots.filter((count) => count === 0).length, 0) },
    ...kinds,
    { what: 'internal errors in the log', ...atMost(facts.internalErrors.length, 0) },
    fairness('fairness of boots (Jain)', boots, boots),
    fairness(
      'fairness of boot times (Jain)',
      facts.machines.map((machine) => machine.medianMs),
      boots,
    ),
    ...flatness(facts),
    { what: 'open files when idle, more than before', ...atMost(facts.idleFds.after - facts.idleFds.before, IDLE_FDS) },
  ];
}

/** Few boots are unequal by chance: the idle time between two is random. */
function fairness(what: string, values: readonly number[], boots: readonly number[]): Judged {
  const result = { what, ...atLeast(jain(values), FAIRNESS) };
  if (median(boots) >= FAIR_BOOTS) return result;
  return { ...result, ok: true, limit: `${FAIRNESS}, not judged: fewer than ${FAIR_BOOTS} boots of a machine` };
}

function flatness({ samples, minutes }: SoakFacts): Judged[] {
  const warm = Math.min(10, minutes / 3);
  const measured = samples.filter(({ minute }) => minute >= warm);
  const first = measured[0]?.minute ?? 0;
  const isJudged = (measured.at(-1)?.minute ?? 0) - first >= FLAT.MEASURED_MINUTES;
  const growth = (what: string, limit: number, of: (sample: Sample) => number): Judged => {
    const points: Point[] = measured.map((sample) => ({ at: sample.minute, value: of(sample) }));
    const result = atMost(growthPerTenMinutes(points), limit);
    return {
      what: `${what}, growth in 10 minutes (median ${Math.round(median(points.map(({ value }) => value)))})`,
      ...result,
      ...(isJudged ? {} : { ok: true, limit: `${limit}, not judged: fewer than ${FLAT.MEASURED_MINUTES} minutes after the warm-up` }),
    };
  };
  return [
    growth('RSS, MB', FLAT.RSS_MB, ({ rssMb }) => rssMb),
    growth('heap after collection, MB', FLAT.HEAP_MB, ({ heapMb }) => heapMb),
    growth('buffers after collection, MB', FLAT.BUFFERS_MB, ({ buffersMb }) => buffersMb),
    growth('open files', FLAT.FDS, ({ fds }) => fds),
  ];
}

function atMost(value: number, limit: number): Omit<Judged, 'what'> {
  return { value: String(Math.round(value * 100) / 100), limit: `at most ${limit}`, ok: value <= limit };
}

function atLeast(value: number, limit: number): Omit<Judged, 'what'> {
  return { value: value.toFixed(3), limit: `at least ${limit}`, ok: value >= limit };
}

function yes(value: boolean): string {
  return value ? 'yes' : 'no';
}
