import { median } from '../soak/figures.ts';
import type { Sample } from './contest.ts';
import type { Goal, Line } from './lines.ts';

export interface Round {
  readonly ours: Sample;
  readonly peer: Sample;
}

export interface Judged {
  readonly of: Goal['of'];
  readonly value: number;
  readonly goal: string;
  readonly verdict: 'met' | 'missed' | 'under 0.7 of the goal';
}

export interface Outcome {
  readonly name: string;
  /** A sentence that says why there is no ratio. */
  readonly refused?: string;
  readonly ratio: number;
  /** Smallest and largest ratio of a round. */
  readonly spread: readonly [number, number];
  /** In the unit of the line: the medians. */
  readonly units: { readonly ours: number; readonly peer: number };
  /** CPU seconds for a GiB, or for 1,000 requests where the work has no bytes. */
  readonly cpu: { readonly ours: number; readonly peer: number; readonly per: 'GiB' | '1,000 requests' };
  /** The most after any round, MB. */
  readonly rssMb: number;
  readonly judged: readonly Judged[];
}

/** Below this part of its goal a line needs work first. */
const FAR = 0.7;
const GIB = 2 ** 30;

/** What the rounds of a line come to. Pure. At least one round. */
export function judge(line: Line, rounds: readonly Round[]): Outcome {
  const ratios = rounds.map(({ ours, peer }) => ours.value / peer.value);
  const of = (side: keyof Round, take: (sample: Sample) => number): number => median(rounds.map((round) => take(round[side])));
  const per = rounds.every(({ ours, peer }) => ours.bytes > 0 && peer.bytes > 0) ? 'GiB' : '1,000 requests';
  const cpuOf = (sample: Sample): number => sample.cpuSeconds / (per === 'GiB' ? sample.bytes / GIB : sample.requests / 1000);
  const cpu = { ours: of('ours', cpuOf), peer: of('peer', cpuOf), per } as const;
  const ratio = median(ratios);
  const worst = (take: (sample: Sample) => number): number => Math.max(...rounds.map(({ ours }) => take(ours)));
  const values: Record<Goal['of'], number> = {
    ratio,
    cpu: cpu.ours / cpu.peer,
    ours: of('ours', ({ value }) => value),
    repeats: worst(({ repeats = 0 }) => repeats),
    rssMb: worst(({ rssMb }) => rssMb),
    loopP99Ms: worst(({ loopP99Ms = 0 }) => loopP99Ms),
  };
  const refused = whyRefused(line, rounds);
  return {
    name: line.name,
    ...(refused === undefined ? {} : { refused }),
    ratio,
    spread: [Math.min(...ratios), Math.max(...ratios)],
    units: { ours: of('ours', ({ value }) => value), peer: of('peer', ({ value }) => value) },
    cpu,
    rssMb: values.rssMb,
    judged: line.goals.map((goal) => judged(goal, values[goal.of])),
  };
}

/** The peer must have done the same work: a faster answer to another question is no figure. */
function whyRefused(line: Line, rounds: readonly Round[]): string | undefined {
  const first = rounds[0]?.ours.got ?? '';
  for (const { ours, peer } of rounds) {
    if (ours.got !== first) return `Bootbench did not send the same in each round: ${ours.got} instead of ${first}`;
    if (peer.got !== first) return `${line.peer} did not do the same work: its client got ${peer.got}, that of Bootbench ${first}`;
    if (![ours.value, peer.value].every((value) => Number.isFinite(value) && value > 0)) return 'a side did nothing in a round';
  }
  return undefined;
}

function judged(goal: Goal, value: number): Judged {
  return { of: goal.of, value, goal: goalText(goal), verdict: verdictOf(goal, value) };
}

function verdictOf({ atLeast, atMost }: Goal, value: number): Judged['verdict'] {
  const isMet = atLeast === undefined ? value <= (atMost ?? 0) : value >= atLeast;
  if (isMet) return 'met';
  const part = atLeast === undefined ? (atMost ?? 0) / value : value / atLeast;
  return part >= FAR ? 'missed' : 'under 0.7 of the goal';
}

const OF: Readonly<Record<Goal['of'], readonly [before: string, after: string]>> = {
  ratio: ['', ' ×'],
  cpu: ['CPU ', ' ×'],
  ours: ['ours ', ''],
  repeats: ['repeats ', ''],
  rssMb: ['RSS ', ' MB'],
  loopP99Ms: ['loop p99 ', ' ms'],
};

/** Whether a goal is one of the comparison. */
export function dependsOnPeer(of: Goal['of']): boolean {
  return of === 'ratio' || of === 'cpu';
}

export function goalText({ of, atLeast, atMost }: Goal): string {
  const [before, after] = OF[of];
  return before + (atLeast === undefined ? `≤ ${atMost ?? 0}` : `≥ ${atLeast}`) + after;
}
