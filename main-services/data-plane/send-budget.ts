/** Bytes per read of a source for a client that takes them. */
export const CHUNK_BYTES = 256 * 1024;
/** Bytes per read where many clients read: all connections together hold 32 MiB of these. */
export const SMALL_CHUNK_BYTES = 16 * 1024;
/** For the chunks of clients that take them: 128 clients with two each. */
const MOVING_BYTES = 64 * 1024 * 1024;
/** For the chunks of clients that have stopped: 256 of them. Further ones lose their connection, the longest stopped first. */
const STALLED_BYTES = 64 * 1024 * 1024;
/** A client that has taken nothing for this long has stopped. */
const STALL_AFTER_MS = 1000;

/** What one answer holds in memory. */
export interface Holding {
  /** Bytes of the next read, at most; they count from now on. `ahead`: only where there is plenty; undefined: not now. `small`: few. */
  take(kind?: 'ahead' | 'small'): number | undefined;
  /** Bytes that were taken are not in memory any more. */
  release(bytes: number): void;
  /** The client has been given everything that was written so far; it has `wait` to take it. */
  waiting(): void;
  /** It has taken it. */
  moved(): void;
  end(): void;
}

interface Answer {
  bytes: number;
  since: number | undefined;
  isStalled: boolean;
  readonly stalled: () => void;
  readonly giveUp: () => void;
}

/**
 * Bounds what all answers hold in memory together. Clients that take their bytes share one budget, in which each gets large chunks and one ahead
 * while there is room, else small ones. A client that has stopped leaves this budget, so that it does not slow the others.
 */
export class SendBudget {
  readonly #now: () => number;
  readonly #limits: { readonly moving: number; readonly stalled: number };
  readonly #answers = new Set<Answer>();
  /** Longest stopped first. */
  readonly #stopped = new Set<Answer>();
  #moving = 0;
  #stalled = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    limits: { moving: number; stalled: number } = { moving: MOVING_BYTES, stalled: STALLED_BYTES },
    now = () => performance.now(),
  ) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Bytes in memory now. */
  get held(): number {
    return this.#moving + this.#stalled;
  }

  /** `stalled`: drop and release what was read ahead. `giveUp`: end the connection. */
  hold(stalled: () => void, giveUp: () => void): Holding {
    const answer: Answer = { bytes: 0, since: undefined, isStalled: false, stalled, giveUp };
    this.#answers.add(answer);
    this.#timer ??= setInterval(() => this.#sweep(), STALL_AFTER_MS).unref();
    return {
      take: (kind) => {
        const isRoom = kind !== 'small' && this.#moving + CHUNK_BYTES <= this.#limits.moving;
        if (!isRoom && kind === 'ahead') return undefined;
        const bytes = isRoom ? CHUNK_BYTES : SMALL_CHUNK_BYTES;
        this.#count(answer, bytes);
        return bytes;
      },
      release: (bytes) => this.#count(answer, -bytes),
      waiting: () => {
        answer.since = this.#now();
      },
      moved: () => this.#move(answer),
      end: () => this.#end(answer),
    };
  }

  #count(answer: Answer, bytes: number): void {
    if (!this.#answers.has(answer)) return;
    answer.bytes += bytes;
    if (answer.isStalled) this.#stalled += bytes;
    else this.#moving += bytes;
  }

  #move(answer: Answer): void {
    answer.since = undefined;
    if (!answer.isStalled) return;
    answer.isStalled = false;
    this.#stopped.delete(answer);
    this.#stalled -= answer.bytes;
    this.#moving += answer.bytes;
  }

  #end(answer: Answer): void {
    this.#count(answer, -answer.bytes);
    this.#stopped.delete(answer);
    this.#answers.delete(answer);
    if (this.#answers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #sweep(): void {
    const before = this.#now() - STALL_AFTER_MS;
    for (const answer of this.#answers) {
      if (answer.isStalled || answer.since === undefined || answer.since > before) continue;
      answer.stalled();
      answer.isStalled = true;
      this.#stopped.add(answer);
      this.#moving -= answer.bytes;
      this.#stalled += answer.bytes;
    }
    for (const answer of this.#stopped) {
      if (this.#stalled <= this.#limits.stalled) return;
      this.#end(answer);
      answer.giveUp();
    }
  }
}
