import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';

interface Waiting {
  readonly command: number;
  readonly resolve: (value: number) => void;
  readonly reject: (error: BootbenchError) => void;
}

/** Commands of RFC 2217 that wait for the server's answer. */
export class Acknowledgements {
  readonly #clock: Clock;
  #waiting: Waiting[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The value of the next answer to this command; rejects with `late()` after `ms`. */
  async next(command: number, ms: number, late: () => BootbenchError): Promise<number> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        stopTimer();
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
      };
      const waiting: Waiting = {
        command,
        resolve: (value) => {
          end();
          resolve(value);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const stopTimer = this.#clock.after(ms, () => {
        waiting.reject(late());
      });
      this.#waiting.push(waiting);
    });
  }

  received(command: number, value: number): void {
    this.#waiting.find((waiting) => waiting.command === command)?.resolve(value);
  }

  rejectAll(error: BootbenchError): void {
    for (const waiting of [...this.#waiting]) waiting.reject(error);
  }
}
