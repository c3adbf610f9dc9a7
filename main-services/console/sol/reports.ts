import type { Clock } from '../../../contract/runtime.ts';
import type { SolReport } from '../../bmc/ipmi/wire/sol-link.ts';

/** Between two reports of the same kind. */
const QUIET_MS = 10_000;
/** Between two changes of the state: available or not. */
const STATE_MS = 1000;

/** Reports of a SOL session, no more often than a person needs them: a BMC that repeats one must not fill the transcript. */
export class SolReports {
  readonly #clock: Clock;
  readonly #say: (what: SolReport) => void;
  readonly #saidAt = new Map<SolReport, number>();
  #state: SolReport | undefined;
  #stopTimer: (() => void) | undefined;

  constructor(options: { clock: Clock; say: (what: SolReport) => void }) {
    this.#clock = options.clock;
    this.#say = options.say;
  }

  report(what: SolReport): void {
    if (what === 'unavailable' || what === 'available') {
      this.#reportState(what);
      return;
    }
    const since = this.#clock.monotonic() - (this.#saidAt.get(what) ?? Number.NEGATIVE_INFINITY);
    if (since < QUIET_MS) return;
    this.#saidAt.set(what, this.#clock.monotonic());
    this.#say(what);
  }

  close(): void {
    this.#stopTimer?.();
  }

  /** The first change is said immediately; of those that follow soon, how it is in the end. */
  #reportState(state: SolReport): void {
    this.#state = state;
    if (this.#stopTimer) return;
    this.#say(state);
    this.#stopTimer = this.#clock.after(STATE_MS, () => {
      this.#stopTimer = undefined;
      if (this.#state !== undefined && this.#state !== state) this.#reportState(this.#state);
    });
  }
}
