/** What one pattern may cost on average, and until it is stopped: some slow matches, or a busy computer, do not stop it. */
const MS_PER_SECOND = 50;
const MAX_MS = 250;

/** Time that matching a pattern took, all consoles together. */
export class Budget {
  #spent = 0;
  #at = 0;
  #since = 0;

  /** Adds `ms`, at a time of a monotonic clock in ms. Gives what was spent in how many seconds once it is too much. */
  spend(ms: number, now: number): { ms: number; seconds: number } | undefined {
    const left = Math.max(0, this.#spent - ((now - this.#at) / 1000) * MS_PER_SECOND);
    if (left === 0) this.#since = now - ms;
    this.#spent = left + ms;
    this.#at = now;
    if (this.#spent <= MAX_MS) return undefined;
    return { ms: this.#spent, seconds: Math.max(1, Math.round((now - this.#since) / 1000)) };
  }
}
