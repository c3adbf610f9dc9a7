/** Bytes that one connection sends in one turn of the event loop, at most. */
export const BYTES_PER_TURN = 1024 * 1024;
/** Connections that continue in one turn, at most. */
const CONNECTIONS_PER_TURN = 4;

/** Shares the event loop among connections that could send without end, so that other requests are answered in between. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Resolves in a later turn of the event loop, in the order of the calls. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#turn());
    });
  }

  #turn(): void {
    for (const resume of this.#waiting.splice(0, CONNECTIONS_PER_TURN)) resume();
    if (this.#waiting.length > 0) setImmediate(() => this.#turn());
  }
}
