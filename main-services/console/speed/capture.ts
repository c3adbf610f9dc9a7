import type { Clock } from '../../../contract/runtime.ts';

/** Far more than a detection judges; the rest of a burst is dropped. */
const MAX_BYTES = 65_536;

/** Received bytes until someone asks for them. */
export class Capture {
  readonly #clock: Clock;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #stopped: Error | undefined;
  #changed: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  push(bytes: Uint8Array): void {
    if (this.#size + bytes.length > MAX_BYTES) return;
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    this.#changed();
  }

  clear(): void {
    this.#pieces = [];
    this.#size = 0;
  }

  stop(reason: Error): void {
    this.#stopped = reason;
    this.#changed();
  }

  /** Takes all bytes once there are `enough`, or after `ms`. Rejects after `stop`, and when the signal aborts. */
  async listen(enough: number, ms: number, signal: AbortSignal): Promise<Uint8Array> {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        stopTimer();
        signal.removeEventListener('abort', end);
        this.#changed = () => undefined;
        resolve();
      };
      const stopTimer = this.#clock.after(ms, end);
      signal.addEventListener('abort', end, { once: true });
      this.#changed = () => {
        if (this.#size >= enough || this.#stopped) end();
      };
      this.#changed();
      if (signal.aborted) end();
    });
    if (this.#stopped) throw this.#stopped;
    signal.throwIfAborted();
    const bytes = Buffer.concat(this.#pieces);
    this.clear();
    return bytes;
  }
}
