/**
 * Places (0 to below `size`) by the time at which they become free, the earliest first; a place has one time at most. A binary heap. A place
 * whose time changes leaves its old entry behind, which is skipped later; the heap is built again before such entries fill it.
 */
export class ExpiryQueue {
  /** NaN: the place is not in the queue. */
  readonly #times: Float64Array;
  #heap: { readonly at: number; readonly place: number }[] = [];

  constructor(size: number) {
    this.#times = new Float64Array(size).fill(Number.NaN);
  }

  /** `at`: undefined takes the place out. O(log n), amortized. */
  set(place: number, at: number | undefined): void {
    if (this.#times[place] === at) return;
    this.#times[place] = at ?? Number.NaN;
    if (at === undefined) return;
    this.#push({ at, place });
    if (this.#heap.length > 2 * this.#times.length + 64) this.#rebuild();
  }

  /** The place with the earliest time. Amortized constant time. */
  first(): { readonly at: number; readonly place: number } | undefined {
    for (;;) {
      const [top] = this.#heap;
      if (!top || this.#times[top.place] === top.at) return top;
      this.#pop();
    }
  }

  #push(entry: { at: number; place: number }): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent];
      if (!above || above.at <= entry.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      const [left, right] = [heap[child], heap[child + 1]];
      if (!left) break;
      if (right && right.at < left.at) child += 1;
      const smaller = right && right.at < left.at ? right : left;
      if (smaller.at >= last.at) break;
      heap[index] = smaller;
      index = child;
    }
    heap[index] = last;
  }

  /** A sorted array is a heap. */
  #rebuild(): void {
    this.#heap = [...this.#times].flatMap((at, place) => (Number.isNaN(at) ? [] : [{ at, place }])).sort((a, b) => a.at - b.at);
  }
}
