import { describe, expect, it } from 'vitest';
import { smallest } from '../../fuzz/engine/corpus.ts';

const reached = (length: number, ...features: number[]) => ({ input: new Uint8Array(length), features });
const lengths = (all: readonly { input: Uint8Array }[]) => all.map(({ input }) => input.length).sort((a, b) => a - b);

describe('the smallest corpus', () => {
  it('keeps what others do not reach, and the shorter one of two that reach the same', () => {
    expect(lengths(smallest([reached(9, 1, 2), reached(5, 1, 2), reached(3, 3), reached(1, 1)]))).toEqual([3, 5]);
  });

  it('reaches as much as it can within its limits', () => {
    const all = [reached(100, 1, 2, 3, 4), reached(10, 1, 2), reached(11, 3), reached(12, 4)];
    expect(lengths(smallest(all, { files: 2, bytes: 50 }))).toEqual([10, 11]);
  });
});
