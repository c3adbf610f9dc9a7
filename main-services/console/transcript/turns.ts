import { setImmediate } from 'node:timers/promises';

/** Work without a turn of the event loop. */
const TURN_MS = 5;

/** Lets long work give the event loop its turns: `if (turns.isDue()) await turns.take()`. */
export class Turns {
  #since = performance.now();

  isDue(): boolean {
    return performance.now() - this.#since > TURN_MS;
  }

  async take(): Promise<void> {
    await setImmediate();
    this.#since = performance.now();
  }
}
