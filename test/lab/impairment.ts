/** What a cable does to frames, in each direction alike. Probabilities are 0 to 1. */
export interface Impairment {
  /** The same seed loses, doubles and reorders the same frames of the same sequence. */
  seed: number;
  loss: number;
  duplicate: number;
  /** A frame that is reordered waits until the next one has passed, at most 5 ms. */
  reorder: number;
  /** One-way delay in milliseconds; half the round-trip time. */
  delayMs: number;
}

export const PERFECT: Impairment = { seed: 1, loss: 0, duplicate: 0, reorder: 0, delayMs: 0 };

export interface Counts {
  carried: number;
  lost: number;
  duplicated: number;
  reordered: number;
  /** Frames that the other side's queue did not take. */
  dropped: number;
}

const HOLD_MS = 5;

/**
 * One direction of a cable. Pure but for `send`: time is passed in, and chance comes from a random seed.
 * `take` a frame that came in, `release` what is due, `dueIn` says when to call again.
 */
export class Direction {
  readonly counts: Counts = { carried: 0, lost: 0, duplicated: 0, reordered: 0, dropped: 0 };
  #queue: { due: number; frame: Buffer }[] = [];
  #held: { until: number; frame: Buffer } | undefined;
  #impairment: Impairment;
  #random: () => number;
  #send: (frame: Buffer) => boolean;

  constructor(impairment: Impairment, seedOffset: number, send: (frame: Buffer) => boolean) {
    this.#impairment = impairment;
    this.#random = randomFrom(impairment.seed + seedOffset);
    this.#send = send;
  }

  take(frame: Buffer, now: number): void {
    const { loss, reorder, duplicate } = this.#impairment;
    if (this.#chance(loss)) {
      this.counts.lost++;
      return;
    }
    if (!this.#held && this.#chance(reorder)) {
      this.#held = { until: now + HOLD_MS, frame: Buffer.from(frame) };
      return;
    }
    this.#pass(frame, now);
    if (this.#chance(duplicate)) {
      this.counts.duplicated++;
      this.#pass(frame, now);
    }
    if (this.#held) {
      this.counts.reordered++;
      this.#letGo(now);
    }
  }

  release(now: number): void {
    if (this.#held && this.#held.until <= now) this.#letGo(now);
    let ready = 0;
    for (const { due, frame } of this.#queue) {
      if (due > now) break;
      this.#deliver(frame);
      ready++;
    }
    if (ready > 0) this.#queue.splice(0, ready);
  }

  /** Milliseconds until something is due; Infinity when nothing waits. */
  dueIn(now: number): number {
    const next = Math.min(this.#queue[0]?.due ?? Infinity, this.#held?.until ?? Infinity);
    return Math.max(0, next - now);
  }

  #letGo(now: number): void {
    const frame = this.#held!.frame;
    this.#held = undefined;
    this.#pass(frame, now);
  }

  #pass(frame: Buffer, now: number): void {
    if (this.#impairment.delayMs === 0) this.#deliver(frame);
    else this.#queue.push({ due: now + this.#impairment.delayMs, frame: Buffer.from(frame) });
  }

  #deliver(frame: Buffer): void {
    if (this.#send(frame)) this.counts.carried++;
    else this.counts.dropped++;
  }

  /** No random number is drawn for what cannot happen, so a perfect cable costs nothing. */
  #chance(probability: number): boolean {
    return probability > 0 && this.#random() < probability;
  }
}

/** mulberry32: small, fast, and the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
