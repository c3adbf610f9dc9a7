import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Coverage } from '../../../main-services/http/coverage.ts';

describe('coverage', () => {
  it('counts each byte once, in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(300), fc.nat(60)), { maxLength: 60 }), (stretches) => {
        const coverage = new Coverage();
        const bytes = new Set<number>();
        for (const [start, length] of stretches) {
          coverage.add(start, start + length);
          for (let at = start; at < start + length; at += 1) bytes.add(at);
          expect(coverage.covered).toBe(bytes.size);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('never claims more than it saw when the reader is too scattered', () => {
    const coverage = new Coverage();
    for (let index = 0; index < 30_000; index += 1) coverage.add(index * 2, index * 2 + 1);
    expect(coverage.covered).toBe(20_000);
    coverage.add(0, 60_000);
    expect(coverage.covered).toBe(60_000);
  });
});
