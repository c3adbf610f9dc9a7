/** One slice of work, and the pause after it in which everything else runs. */
const SLICE_MS = 5;

/**
 * Runs steps one after the other, the first ones immediately, the others in slices of a few milliseconds, so that the event loop is never
 * blocked for longer than a slice and one step.
 */
export class Slices {
  readonly #queue: Iterator<unknown>[] = [];
  #immediate: NodeJS.Immediate | undefined;
  #isRunning = false;

  /** Steps that wait. */
  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  add(steps: Iterator<unknown>): void {
    this.#queue.push(steps);
    if (!this.#immediate && !this.#isRunning) this.#run();
  }

  close(): void {
    clearImmediate(this.#immediate);
    this.#queue.length = 0;
  }

  #run(): void {
    this.#immediate = undefined;
    this.#isRunning = true;
    try {
      this.#slice();
    } finally {
      this.#isRunning = false;
    }
    if (this.isBusy) this.#immediate = setImmediate(() => this.#run());
  }

  #slice(): void {
    const end = performance.now() + SLICE_MS;
    for (let steps = this.#queue[0]; steps; steps = this.#queue[0]) {
      if (steps.next().done === true) this.#queue.shift();
      if (performance.now() >= end) return;
    }
  }
}
