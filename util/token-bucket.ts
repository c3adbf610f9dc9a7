export interface TokenRate {
  readonly perSecond: number;
  /** How many may come at once after a quiet time. */
  readonly burst: number;
}

/** Lets a bounded number of things through: a burst, then so many each second. `now` is in milliseconds; a clock that was set back costs nothing. */
export class TokenBucket {
  readonly #rate: TokenRate;
  #tokens: number;
  #at: number;

  constructor(rate: TokenRate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#at = now;
  }

  /** Whether one more may pass; it counts then. */
  take(now: number): boolean {
    if (!this.has(now)) return false;
    this.#tokens -= 1;
    return true;
  }

  /** Whether one more may pass. */
  has(now: number): boolean {
    const { perSecond, burst } = this.#rate;
    this.#tokens = Math.min(burst, this.#tokens + (Math.max(0, now - this.#at) * perSecond) / 1000);
    this.#at = now;
    return this.#tokens >= 1;
  }
}
