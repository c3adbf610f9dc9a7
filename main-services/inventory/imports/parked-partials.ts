import type { Clock } from '../../../contract/runtime.ts';
import type { PartialFile } from './partial.ts';
import type { ImportPlan } from './state.ts';

/** How long a partial stays open while no piece arrives. */
const CLOSE_AFTER_MS = 60_000;

interface Parked {
  readonly plan: ImportPlan;
  readonly partial: PartialFile;
  readonly stopTimer: () => void;
}

/** Partials between two pieces of an upload. They stay open for a while, so that their hash is not computed again for each piece. */
export class ParkedPartials {
  readonly #clock: Clock;
  readonly #onClose: (name: string) => void;
  readonly #parked = new Map<string, Parked>();

  /** `onClose` is called when no further piece arrived in time. */
  constructor(clock: Clock, onClose: (name: string) => void) {
    this.#clock = clock;
    this.#onClose = onClose;
  }

  has(name: string): boolean {
    return this.#parked.has(name);
  }

  list(): { readonly plan: ImportPlan; readonly partial: PartialFile }[] {
    return [...this.#parked.values()];
  }

  park(plan: ImportPlan, partial: PartialFile): void {
    const close = (): void => {
      this.#parked.delete(plan.name);
      this.#onClose(plan.name);
      partial.close().catch(() => undefined);
    };
    this.#parked.set(plan.name, { plan, partial, stopTimer: this.#clock.after(CLOSE_AFTER_MS, close) });
  }

  /** The open partial of a name, which belongs to the caller from now on. */
  take(name: string): PartialFile | undefined {
    const parked = this.#parked.get(name);
    this.#parked.delete(name);
    parked?.stopTimer();
    return parked?.partial;
  }

  async closeAll(): Promise<void> {
    await Promise.allSettled([...this.#parked.keys()].map(async (name) => this.take(name)?.close()));
  }
}
