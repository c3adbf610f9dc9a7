import type { ConsoleUrl } from '../../../contract/console-url.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { wanted } from './wanted.ts';

export interface DemandDeps {
  readonly clock: Clock;
  readonly kind: () => ConsoleUrl['kind'];
  readonly viewers: () => number;
  readonly jobUnderWay: () => boolean;
  readonly lastBootAt: () => number | undefined;
  readonly want: (isWanted: boolean) => void;
}

/** Decides whether a console is wanted, when something happened and when the time comes. */
export class Demand {
  readonly #deps: DemandDeps;
  #lastUsedAt: number | undefined;
  #wasUsed = false;
  #stopTimer: () => void = () => undefined;
  #stopped = false;

  constructor(deps: DemandDeps) {
    this.#deps = deps;
  }

  evaluate(): void {
    if (this.#stopped) return;
    const { clock, kind, lastBootAt, want } = this.#deps;
    const now = clock.monotonic();
    const viewers = this.#deps.viewers();
    const jobUnderWay = this.#deps.jobUnderWay();
    const isUsed = viewers > 0 || jobUnderWay;
    if (this.#wasUsed && !isUsed) this.#lastUsedAt = now;
    this.#wasUsed = isUsed;
    const { open, until } = wanted(kind(), { now, viewers, jobUnderWay, lastBootAt: lastBootAt(), lastUsedAt: this.#lastUsedAt });
    this.#stopTimer();
    this.#stopTimer = until === undefined ? () => undefined : clock.after(until - now, () => this.evaluate());
    want(open);
  }

  stop(): void {
    this.#stopped = true;
    this.#stopTimer();
  }
}
