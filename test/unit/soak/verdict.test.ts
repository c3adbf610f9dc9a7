import { describe, expect, it } from 'vitest';
import { growthPerTenMinutes, jain } from '../../soak/figures.ts';
import { soakOptions } from '../../soak/options.ts';
import { judge, type Sample, type SoakFacts } from '../../soak/verdict.ts';

function samplesOf(minutes: number, rssMbAt: (minute: number) => number): Sample[] {
  return Array.from({ length: minutes * 6 + 1 }, (_, index) => {
    const minute = index / 6;
    return { minute, boots: index, rssMb: rssMbAt(minute), heapMb: 50, buffersMb: 3, fds: 40, lateMs: { p50: 0, p99: 1, max: 2 } };
  });
}

function facts(changes: Partial<SoakFacts> = {}): SoakFacts {
  const machine = { boots: 20, medianMs: 900, bytes: 1e7 };
  return {
    minutes: 30,
    samples: samplesOf(30, () => 200),
    machines: ['a', 'b', 'c', 'd'].map((name) => ({ name, ...machine })),
    faults: [],
    idleFds: { before: 40, after: 42 },
    internalErrors: [],
    survived: true,
    ...changes,
  };
}

const failed = (given: SoakFacts): string[] =>
  judge(given)
    .filter(({ ok }) => !ok)
    .map(({ what }) => what.replace(/ \(.*/, ''));

describe('the figures of a soak', () => {
  it('Jain’s index is 1 for equal shares, 1/n when one has everything', () => {
    expect(jain([5, 5, 5, 5])).toBe(1);
    expect(jain([0, 8, 0, 0])).toBe(0.25);
  });

  it('growth is the median slope, in ten minutes: one peak does not move it', () => {
    expect(
      growthPerTenMinutes(Array.from({ length: 30 }, (_, at) => at).map((at) => ({ at, value: 100 + 0.5 * at + (at === 2 ? 40 : 0) }))),
    ).toBeCloseTo(5);
    expect(growthPerTenMinutes([{ at: 1, value: 7 }])).toBe(0);
  });
});

describe('the verdict of a soak', () => {
  it('accepts a run without faults and with flat memory', () => {
    expect(failed(facts())).toEqual([]);
  });

  it('does not take the warm-up for a leak', () => {
    expect(failed(facts({ samples: samplesOf(30, (minute) => 200 + 10 * Math.min(5, minute)) }))).toEqual([]);
  });

  it('finds memory that grows by a megabyte a minute', () => {
    expect(failed(facts({ samples: samplesOf(30, (minute) => 200 + minute) }))).toEqual(['RSS, MB, growth in 10 minutes']);
  });

  it.each(['wrong-bytes', 'unanswered', 'error'])('one %s is too many', (kind) => {
    expect(failed(facts({ faults: [{ name: 'a', kind, phase: 'iso', message: '' }] }))).toEqual([kind]);
  });

  it('finds a machine that is served less than the others, and one that never booted', () => {
    const machines = facts().machines.map((machine, index) => (index === 0 ? { ...machine, boots: 0, medianMs: 0 } : machine));
    expect(failed(facts({ machines }))).toEqual(['machines that never booted', 'fairness of boots', 'fairness of boot times']);
  });

  it('finds open files that are not closed, and a program that ended', () => {
    expect(failed(facts({ idleFds: { before: 40, after: 70 }, survived: false }))).toEqual([
      'the program ran to the end',
      'open files when idle, more than before',
    ]);
  });
});

describe('the options of a soak', () => {
  it.each([['--minutes'], ['--minutes', 'ten'], ['--machines', '257'], ['--speed', '1'], ['--loss', '0.5']])('refuses %s %s', (...args) => {
    expect(soakOptions(args)).toBeUndefined();
  });

  it('takes what is given', () => {
    expect(soakOptions(['--minutes', '30', '--machines', '256'])).toMatchObject({ minutes: 30, machines: 256 });
  });
});
