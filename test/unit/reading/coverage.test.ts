import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage } from '../../../main-services/reading/coverage.ts';

describe('coverage', () => {
  it('counts each byte once, in any order, as a whole and within any stretch', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(60)), { maxLength: 60 }), fc.nat(300), fc.nat(100), (stretches, start, length) => {
        const coverage = new Coverage();
        const bytes = new Set<number>();
        for (const [from, count] of stretches) {
          expect(coverage.accepts(from, from + count)).toBe(true);
          coverage.add(from, from + count);
          for (let at = from; at < from + count; at += 1) bytes.add(at);
          expect(coverage.covered).toBe(bytes.size);
        }
        expect(coverage.within(start, start + length)).toBe([...bytes].filter((at) => at >= start && at < start + length).length);
      }),
      { numRuns: 500 },
    );
  });

  it('never claims more than it saw when the reader is too scattered', () => {
    const coverage = new Coverage();
    for (let index = 0; index < 30_000; index += 1) coverage.add(index * 2, index * 2 + 1);
    expect(coverage.covered).toBe(20_000);
    expect(coverage.accepts(50_000, 50_001)).toBe(false);
    expect(coverage.accepts(39_999, 40_000)).toBe(true);
    expect(coverage.accepts(40_000, 40_001)).toBe(false);
    coverage.add(0, 60_000);
    expect(coverage.covered).toBe(60_000);
  });
});
