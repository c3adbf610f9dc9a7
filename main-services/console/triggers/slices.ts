/** What matching may take of one turn of the event loop, all consoles together. */
const SLICE_MS = 5;

/**
 * Shares the event loop between all consoles: 64 of them that took a slice each would block it for 64 slices. The consoles with work take turns,
 * one step each.
 */
class Turn {
  readonly #waiting: Slices[] = [];
  #leftMs = SLICE_MS;
  #isRunning = false;
  #next: NodeJS.Immediate | undefined;

  /** Runs what is left of this turn immediately. */
  add(slices: Slices): void {
    this.#wait(slices);
    if (this.#leftMs > 0 && !this.#isRunning) this.#run();
    this.#next ??= setImmediate(() => this.#begin());
  }

  #begin(): void {
    this.#next = undefined;
    this.#leftMs = SLICE_MS;
    if (this.#waiting.length === 0) return;
    this.#next = setImmediate(() => this.#begin());
    this.#run();
  }

  #run(): void {
    const start = performance.now();
    this.#isRunning = true;
    try {
      while (this.#waiting.length > 0 && performance.now() - start < this.#leftMs) this.#step();
    } finally {
      this.#isRunning = false;
      this.#leftMs -= performance.now() - start;
    }
  }

  #step(): void {
    const slices = this.#waiting.shift();
    if (!slices) return;
    try {
      slices.step();
    } finally {
      if (slices.isBusy) this.#wait(slices);
    }
  }

  #wait(slices: Slices): void {
    if (!this.#waiting.includes(slices)) this.#waiting.push(slices);
  }
}

const turn = new Turn();

/**
 * Runs the steps of one console one after the other, the first ones immediately where this turn of the event loop has time left, the others in
 * later turns, so that the event loop is never blocked for longer than a slice and one step.
 */
export class Slices {
  readonly #queue: Iterator<unknown>[] = [];

  /** Steps that wait. */
  get isBusy(): boolean {
    return this.#queue.length > 0;
  }

  add(steps: Iterator<unknown>): void {
    this.#queue.push(steps);
    turn.add(this);
  }

  step(): void {
    if (this.#queue[0]?.next().done === true) this.#queue.shift();
  }

  close(): void {
    this.#queue.length = 0;
  }
}
