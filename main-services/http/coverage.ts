/** So many separate stretches are remembered; a reader that is more scattered is never called complete. */
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
    let to = from;
    let mergedStart = start;
    let mergedEnd = end;
    let before = 0;
    for (; to < this.#starts.length && (this.#starts[to] ?? 0) <= end; to += 1) {
      const [knownStart, knownEnd] = [this.#starts[to] ?? 0, this.#ends[to] ?? 0];
      mergedStart = Math.min(mergedStart, knownStart);
      mergedEnd = Math.max(mergedEnd, knownEnd);
      before += knownEnd - knownStart;
    }
    if (to === from && this.#starts.length >= MAX_STRETCHES) return;
    this.#starts.splice(from, to - from, mergedStart);
    this.#ends.splice(from, to - from, mergedEnd);
    this.covered += mergedEnd - mergedStart - before;
  }
}

/** Index of the first element that is at least `value`. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
