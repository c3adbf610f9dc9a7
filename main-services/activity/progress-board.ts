import type { Progress } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';

/** Time between two reports of progress. */
const REPORT_AFTER_MS = 250;

type Listener = (values: Progress[]) => void;

/** The latest value of each transfer that is running, reported to listeners a few times per second. */
export class ProgressBoard {
  readonly #clock: Clock;
  readonly #latest = new Map<string, Progress>();
  readonly #listeners = new Set<Listener>();
  #cancelReport: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  show(value: Omit<Progress, 'at'>, finished = false): void {
    if (finished) this.#latest.delete(value.key);
    else this.#latest.set(value.key, { ...value, at: this.#clock.now() });
    this.#cancelReport ??= this.#clock.after(REPORT_AFTER_MS, () => this.#report());
  }

  /** A window that opens while a transfer pauses gets its latest value immediately. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    if (this.#latest.size > 0) listener([...this.#latest.values()]);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#cancelReport?.();
  }

  #report(): void {
    this.#cancelReport = undefined;
    const values = [...this.#latest.values()];
    for (const listener of this.#listeners) listener(values);
  }
}
