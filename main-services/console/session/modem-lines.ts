import type { ModemLines } from '../../../contract/console.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { ConsoleTransport } from '../transport.ts';

/** The lines are read this often while someone views the console. */
const READ_MS = 2000;

export interface LineWatchDeps {
  readonly clock: Clock;
  /** Undefined while the console is not open. */
  readonly transport: () => ConsoleTransport | undefined;
  readonly changed: () => void;
}

/** The modem lines of one console as they were read last. */
export class LineWatch {
  readonly #deps: LineWatchDeps;
  #lines: ModemLines | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(deps: LineWatchDeps) {
    this.#deps = deps;
  }

  get lines(): ModemLines | undefined {
    return this.#deps.transport() && this.#lines;
  }

  /** Reads them now, and every READ_MS while `isWatched`. */
  watch(isWatched: boolean): void {
    if (isWatched && this.#stopTimer === undefined) this.#again();
    if (!isWatched) this.stop();
  }

  async read(): Promise<void> {
    const transport = this.#deps.transport();
    const before = JSON.stringify(this.#lines);
    // A port without lines, or one that was just unplugged.
    this.#lines = await transport?.modemLines?.().catch(() => undefined);
    if (JSON.stringify(this.#lines) !== before) this.#deps.changed();
  }

  stop(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #again(): void {
    void this.read();
    this.#stopTimer = this.#deps.clock.after(READ_MS, () => this.#again());
  }
}
