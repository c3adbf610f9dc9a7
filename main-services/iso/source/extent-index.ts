import { countBefore } from '../../../util/search.ts';

/** A stretch of bytes of one of several things, which are known by number. `end` is exclusive. */
export interface Owned {
  readonly start: number;
  readonly end: number;
  readonly owner: number;
}

/** So far back a search for the smallest stretch goes; more do not lie in each other on discs that somebody made. */
const NESTED = 64;

/** Stretches by place, which may lie in each other: a file of a boot image's FAT, two names of one file. */
export class ExtentIndex {
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  readonly #owners: Uint32Array;
  /** The furthest end of this stretch and all before it. */
  readonly #reach: Float64Array;

  constructor(stretches: readonly Owned[]) {
    const sorted = stretches.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start || b.end - a.end);
    this.#starts = Float64Array.from(sorted, ({ start }) => start);
    this.#ends = Float64Array.from(sorted, ({ end }) => end);
    this.#owners = Uint32Array.from(sorted, ({ owner }) => owner);
    let furthest = 0;
    this.#reach = this.#ends.map((end) => (furthest = Math.max(furthest, end)));
  }

  /** Calls back for each stretch that has bytes from `start` to before `end`, with the bytes that both have. */
  overlapping(start: number, end: number, found: (owner: number, from: number, to: number) => void): void {
    for (let at = firstAbove(this.#reach, start); at < this.#starts.length; at += 1) {
      const [from, to] = [this.#starts[at] ?? 0, this.#ends[at] ?? 0];
      if (from >= end) return;
      if (to > start) found(this.#owners[at] ?? 0, Math.max(from, start), Math.min(to, end));
    }
  }

  /** Whose byte it is: the smallest stretch's. */
  smallestAt(offset: number): number | undefined {
    let best: number | undefined;
    let smallest = Number.POSITIVE_INFINITY;
    const last = firstAbove(this.#starts, offset) - 1;
    for (let at = last; at >= 0 && at > last - NESTED && (this.#reach[at] ?? 0) > offset; at -= 1) {
      const [from, to] = [this.#starts[at] ?? 0, this.#ends[at] ?? 0];
      if (to <= offset || to - from >= smallest) continue;
      smallest = to - from;
      best = this.#owners[at];
    }
    return best;
  }
}

/** Index of the first number above `value` in ascending ones. */
function firstAbove(sorted: Float64Array, value: number): number {
  return countBefore(sorted, (number) => number <= value);
}
