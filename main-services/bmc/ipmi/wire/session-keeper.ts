import { errnoOf } from '../../../../contract/errors.ts';
import type { Clock } from '../../../../contract/runtime.ts';
import type { Session } from './session.ts';
import { abortable } from '../../../../util/async.ts';
import { REQUEST_CANCELLED } from './sentences.ts';

interface Held {
  readonly opening: Promise<Session>;
  readonly giveUp: AbortController;
  opened: boolean;
  users: number;
}

/** Callers at the same time, and soon after each other, share one session; it is closed when nobody wants it any more. */
export class SessionKeeper {
  readonly #open: (signal: AbortSignal) => Promise<Session>;
  readonly #clock: Clock;
  readonly #idleMs: number;
  #held: Held | undefined;
  #stopIdling = (): void => undefined;

  constructor(open: (signal: AbortSignal) => Promise<Session>, clock: Clock, idleMs: number) {
    this.#open = open;
    this.#clock = clock;
    this.#idleMs = idleMs;
  }

  async use<T>(work: (session: Session) => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#stopIdling();
    const held = (this.#held ??= this.#hold());
    held.users++;
    try {
      return await work(await abortable(held.opening, signal, REQUEST_CANCELLED));
    } catch (error) {
      if (errnoOf(error) === 'E_BMC_UNREACHABLE') this.#forget(held);
      throw error;
    } finally {
      held.users--;
      await this.#unused(held);
    }
  }

  /** What is under way ends with E_CANCELLED. */
  async close(): Promise<void> {
    if (this.#held) await this.#drop(this.#held);
  }

  #hold(): Held {
    const giveUp = new AbortController();
    const held: Held = { opening: this.#open(giveUp.signal), giveUp, opened: false, users: 0 };
    held.opening.then(
      () => (held.opened = true),
      () => this.#forget(held),
    );
    return held;
  }

  /** An opening without callers is not waited for; a session that failed is dropped. */
  async #unused(held: Held): Promise<void> {
    if (held.users > 0) return;
    if (this.#held === held && held.opened) this.#stopIdling = this.#clock.after(this.#idleMs, () => void this.#drop(held));
    else await this.#drop(held);
  }

  async #drop(held: Held): Promise<void> {
    this.#forget(held);
    held.giveUp.abort();
    const session = await held.opening.catch(() => undefined);
    await session?.close();
  }

  #forget(held: Held): void {
    if (this.#held !== held) return;
    this.#held = undefined;
    this.#stopIdling();
  }
}
