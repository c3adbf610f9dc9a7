import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countBefore } from '../../../util/search.ts';

const ascending = fc.array(fc.integer({ min: 0, max: 30 })).map((numbers) => numbers.sort((a, b) => a - b));

describe('countBefore', () => {
  it('counts what a linear search counts, with repeated numbers and in both kinds of list', () => {
    fc.assert(
      fc.property(ascending, fc.integer({ min: -1, max: 31 }), (sorted, value) => {
        const below = sorted.filter((number) => number < value).length;
        const upTo = sorted.filter((number) => number <= value).length;
        expect(countBefore(sorted, (number) => number < value)).toBe(below);
        expect(countBefore(Float64Array.from(sorted), (number) => number <= value)).toBe(upTo);
      }),
    );
  });

  it('calls the predicate at most log2(n) + 1 times', () => {
    let calls = 0;
    const sorted = Array.from({ length: 1024 }, (_, index) => index);
    const isBefore = (number: number): boolean => {
      calls += 1;
      return number < 700;
    };
    expect(countBefore(sorted, isBefore)).toBe(700);
    expect(calls).toBeLessThanOrEqual(11);
  });
});
