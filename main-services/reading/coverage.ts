import { countBefore } from '../../util/search.ts';

/** Stretches that are remembered; a more scattered reader is never reported complete. */
const MAX_STRETCHES = 20_000;

/** Which bytes of a file were delivered. Stretches are kept sorted and merged. */
export class Coverage {
  /** Distinct bytes. */
  covered = 0;
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** `end` is exclusive. */
  add(start: number, end: number): void {
    if (end <= start) return;
    const from = firstAtLeast(this.#ends, start);
    const [nextStart, nextEnd] = [this.#starts[from] ?? Number.POSITIVE_INFINITY, this.#ends[from] ?? 0];
    if (nextStart <= start && end <= nextEnd) return;
    if (nextStart > end) this.#insert(from, start, end);
    else this.#join(from, start, end);
  }

  /** How many bytes of this stretch are covered. */
  within(start: number, end: number): number {
    let bytes = 0;
    for (let at = firstAtLeast(this.#ends, start); at < this.#starts.length; at += 1) {
      const from = Math.max(start, this.#starts[at] ?? 0);
      if (from >= end) break;
      bytes += Math.min(end, this.#ends[at] ?? 0) - from;
    }
    return bytes;
  }

  /** Whether `add` would remember this stretch. */
  accepts(start: number, end: number): boolean {
    return this.#starts.length < MAX_STRETCHES || (this.#starts[firstAtLeast(this.#ends, start)] ?? Number.POSITIVE_INFINITY) <= end;
  }

  #insert(at: number, start: number, end: number): void {
    if (this.#starts.length >= MAX_STRETCHES) return;
    this.#starts.splice(at, 0, start);
    this.#ends.splice(at, 0, end);
    this.covered += end - start;
  }

  /** Widens the stretch at `first`, and merges the following ones that it touches now. */
  #join(first: number, start: number, end: number): void {
    let mergedEnd = end;
    let before = 0;
    let behind = first;
    for (; behind < this.#starts.length && (this.#starts[behind] ?? 0) <= end; behind += 1) {
      const knownEnd = this.#ends[behind] ?? 0;
      mergedEnd = Math.max(mergedEnd, knownEnd);
      before += knownEnd - (this.#starts[behind] ?? 0);
    }
    const mergedStart = Math.min(start, this.#starts[first] ?? start);
    this.#starts[first] = mergedStart;
    this.#ends[first] = mergedEnd;
    if (behind > first + 1) {
      this.#starts.splice(first + 1, behind - first - 1);
      this.#ends.splice(first + 1, behind - first - 1);
    }
    this.covered += mergedEnd - mergedStart - before;
  }
}

/** Index of the first element that is at least `value`. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  return countBefore(sorted, (element) => element < value);
}
