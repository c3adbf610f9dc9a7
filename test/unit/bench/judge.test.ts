import { describe, expect, it } from 'vitest';
import type { Sample } from '../../bench/contest.ts';
import { judge, type Round } from '../../bench/judge.ts';
import type { Line } from '../../bench/lines.ts';
import type { Row } from '../../bench/print.ts';
import { fallen } from '../../bench/recorded.ts';
import { whyWrong, type WrkSums } from '../../bench/wrk.ts';

const GIB = 2 ** 30;
const LINE: Line = {
  ...{ name: 'ranges', does: 'ranges', peer: 'nginx', unit: 'requests/s' },
  work: { kind: 'get', cold: false },
  goals: [
    { of: 'ratio', atLeast: 1 },
    { of: 'cpu', atMost: 1.4 },
  ],
};
const LATENCY: Line = { ...LINE, name: 'latency', goals: [{ of: 'ratio', atMost: 1 }] };

function sample(value: number, more: Partial<Sample> = {}): Sample {
  return { value, bytes: GIB, requests: 1000, cpuSeconds: 1, rssMb: 100, got: 'the same', ...more };
}

function rounds(...pairs: readonly (readonly [number, number])[]): Round[] {
  return pairs.map(([ours, peer]) => ({ ours: sample(ours), peer: sample(peer) }));
}

describe('the outcome of a line', () => {
  it('is the median of the rounds’ ratios, with the smallest and the largest', () => {
    const { ratio, spread, units } = judge(LINE, rounds([10, 10], [30, 10], [12, 10]));
    expect({ ratio, spread, units }).toEqual({ ratio: 1.2, spread: [1, 3], units: { ours: 12, peer: 10 } });
  });

  it.each([
    [[{ got: 'a' }, { got: 'b' }], 'did not do the same work'],
    [[{ value: 0 }, {}], 'did nothing'],
    [[{ value: NaN }, {}], 'did nothing'],
  ] as const)('refuses a ratio: %j', ([ours, peer], words) => {
    expect(judge(LINE, [{ ours: sample(1, ours), peer: sample(1, peer) }]).refused).toContain(words);
  });

  it('refuses a ratio when one round differs from the others', () => {
    const other = { ours: sample(1, { got: 'else' }), peer: sample(1, { got: 'else' }) };
    expect(judge(LINE, [...rounds([1, 1]), other]).refused).toContain('in each round');
    expect(judge(LINE, rounds([1, 1], [1, 1])).refused).toBeUndefined();
  });

  it('counts CPU for a GiB, and for 1,000 requests where there are no bytes', () => {
    const of = (ours: Partial<Sample>) => judge(LINE, [{ ours: sample(1, ours), peer: sample(1) }]).cpu;
    expect(of({ bytes: GIB / 2 })).toEqual({ ours: 2, peer: 1, per: 'GiB' });
    expect(of({ bytes: 0, requests: 500 })).toEqual({ ours: 2, peer: 1, per: '1,000 requests' });
  });

  it.each([
    [LINE, 1, 'met'],
    [LINE, 0.99, 'missed'],
    [LINE, 0.69, 'under 0.7 of the goal'],
    [LATENCY, 0.9, 'met'],
    [LATENCY, 1.4, 'missed'],
    [LATENCY, 1.5, 'under 0.7 of the goal'],
  ] as const)('judges %j at %d: %s', (line, value, verdict) => {
    expect(judge(line, rounds([value, 1])).judged[0]?.verdict).toBe(verdict);
  });

  it('judges the CPU next to the speed', () => {
    const [, cpu] = judge(LINE, [{ ours: sample(1, { cpuSeconds: 1.5 }), peer: sample(1) }]).judged;
    expect(cpu).toEqual({ of: 'cpu', value: 1.5, goal: 'CPU ≤ 1.4 ×', verdict: 'missed' });
  });
});

describe('the comparison with recorded ratios', () => {
  const row = (line: Line, ratio: number): Row => ({ line, outcome: judge(line, rounds([ratio, 1])) });

  it.each([
    [LINE, 0.61, 0],
    [LINE, 0.59, 1],
    [LINE, 5, 0],
    [LATENCY, 1.6, 0],
    [LATENCY, 1.7, 1],
    [LATENCY, 0.1, 0],
  ] as const)('%j at %d of recorded 1: %d', (line, ratio, count) => {
    expect(fallen([row(line, ratio)], { [line.name]: 1 })).toHaveLength(count);
  });

  it('wants a recorded ratio of each line', () => {
    expect(fallen([row(LINE, 1)], {})[0]?.sentence).toContain('recorded.json');
  });
});

describe('the sums of wrk', () => {
  const job = { origin: '', paths: [], bytes: 16_384, size: GIB, connections: 8, seconds: 1 };
  const sums: WrkSums = { requests: 1000, bytes: 1000 * (16_384 + 300), seconds: 1, statuses: 0, failures: 0, p50Ms: 1, p99Ms: 1 };

  it('takes ranges of the size that was asked for, with headers and with answers that had not ended', () => {
    expect(whyWrong(job, sums)).toBeUndefined();
    expect(whyWrong(job, { ...sums, bytes: sums.bytes + 8 * 16_384 })).toBeUndefined();
  });

  it.each([{ requests: 0 }, { statuses: 1 }, { failures: 1 }, { bytes: 1000 * 300 }, { bytes: 1000 * 16_383 }, { bytes: 1000 * 65_536 }])(
    'refuses %j',
    (wrong) => {
      expect(whyWrong(job, { ...sums, ...wrong })).toBeDefined();
    },
  );
});
