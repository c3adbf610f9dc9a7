import type { Clock } from '../../contract/runtime.ts';

/** The same thing is reported again after this time, not with each retransmission. */
const REPEAT_AFTER_MS = 300_000;
const MAX_REMEMBERED = 2048;
/** In a burst of unknown machines, or of malformed packets, only this many are reported in each interval. */
const MAX_PER_INTERVAL = 100;
const INTERVAL_MS = 10_000;

/** Decides what is worth an event, so that retransmissions and bursts do not fill the event list. */
export class RepeatFilter {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #reportedAt = new Map<string, number>();
  #interval: { since: number; count: number };

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
    this.#interval = { since: clock.monotonic(), count: 0 };
  }

  /** Whether to report what `key` names; it counts as reported then. */
  isNew(key: string): boolean {
    const now = this.#clock.monotonic();
    const last = this.#reportedAt.get(key);
    if ((last !== undefined && now - last < REPEAT_AFTER_MS) || this.#isBurst(now)) return false;
    if (this.#reportedAt.size >= MAX_REMEMBERED) this.#reportedAt.clear();
    this.#reportedAt.set(key, now);
    return true;
  }

  #isBurst(now: number): boolean {
    if (now - this.#interval.since >= INTERVAL_MS) this.#interval = { since: now, count: 0 };
    this.#interval.count += 1;
    return this.#interval.count > MAX_PER_INTERVAL;
  }
}
