import type { Clock } from '../../../contract/runtime.ts';

/** BMCs forget a session 60 s after its last packet (§6.12.15); some count slowly. */
const REMEMBERED_MS = 90_000;

/**
 * Sessions that were lost without an end: where the network failed, the BMC still has SOL for such a session, and refuses it to the next. Ending it
 * takes nothing from another user.
 */
export class OwnSessions {
  readonly #lost = new Map<string, { readonly id: number; readonly at: number }>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `id`: of the BMC. */
  lost(bmc: string, id: number): void {
    this.#lost.set(bmc, { id, at: this.#clock.monotonic() });
  }

  /** The session that was lost a moment ago. */
  recent(bmc: string): number | undefined {
    const lost = this.#lost.get(bmc);
    const age = lost === undefined ? Number.POSITIVE_INFINITY : this.#clock.monotonic() - lost.at;
    return age < REMEMBERED_MS ? lost?.id : undefined;
  }
}
