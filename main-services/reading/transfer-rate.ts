/** Share of a new measurement in the average. */
const NEW_SHARE = 0.3;

/** Bytes per second, as a moving average. */
export class TransferRate {
  #bytes = 0;
  #average = 0;
  #measuredAt: number;
  #measuredBytes = 0;

  constructor(now: number) {
    this.#measuredAt = now;
  }

  /** Rounded. */
  get perSecond(): number {
    return Math.round(this.#average);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Milliseconds since the last measurement. */
  age(now: number): number {
    return now - this.#measuredAt;
  }

  measure(now: number): void {
    const elapsed = this.age(now);
    if (elapsed > 0) {
      const current = ((this.#bytes - this.#measuredBytes) / elapsed) * 1000;
      this.#average = this.#average === 0 ? current : this.#average * (1 - NEW_SHARE) + current * NEW_SHARE;
    }
    this.#measuredAt = now;
    this.#measuredBytes = this.#bytes;
  }
}
