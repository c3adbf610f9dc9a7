/** The longest input that is sent in one call. `console.write` accepts 90,000 characters of Base64. */
const MAX_SENT_BYTES = 48 * 1024;
/** Typed bytes that wait before no more keys are read, as while a file is pasted. */
const MAX_WAITING_BYTES = 64 * 1024;

export interface TypedKeysDeps {
  readonly send: (bytes: Uint8Array) => Promise<void>;
  /** What waits is discarded after a failure. */
  readonly failed: (error: unknown) => void;
  readonly pause: () => void;
  readonly resume: () => void;
}

/** Sends what is typed in order: one call at a time, with what was typed meanwhile in the next one. */
export class TypedKeys {
  readonly #deps: TypedKeysDeps;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #isPaused = false;
  #sending: Promise<void> | undefined;

  constructor(deps: TypedKeysDeps) {
    this.#deps = deps;
  }

  push(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_WAITING_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#deps.pause();
    }
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Resolves when everything was sent, or has failed. */
  idle(): Promise<void> {
    return this.#sending ?? Promise.resolve();
  }

  async #sendAll(): Promise<void> {
    while (this.#bytes > 0) {
      const all = Buffer.concat(this.#waiting);
      const rest = all.subarray(MAX_SENT_BYTES);
      this.#setWaiting(rest);
      try {
        await this.#deps.send(all.subarray(0, MAX_SENT_BYTES));
      } catch (error) {
        this.#setWaiting(new Uint8Array());
        this.#deps.failed(error);
      }
    }
  }

  #setWaiting(rest: Uint8Array): void {
    this.#waiting = [rest];
    this.#bytes = rest.length;
    if (!this.#isPaused || this.#bytes > MAX_WAITING_BYTES) return;
    this.#isPaused = false;
    this.#deps.resume();
  }
}
