import type { ConsoleUrl } from '../../../contract/console-url.ts';
import { asBootbenchError, type BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { abortable, sleep, withDeadline } from '../../../util/async.ts';
import type { ConsoleTransport, OpenTransport } from '../transport.ts';
import type { LinkState } from './link-state.ts';
import { retryAfter, STABLE_MS } from './retry.ts';
import { closedWithoutReason } from './sentences.ts';

/** How long the other side gets to take part in the end of a connection. */
const CLOSE_MS = 5000;

export interface LinkEvents {
  data(bytes: Uint8Array): void;
  notice(message: string): void;
  changed(state: LinkState): void;
}

/** What is opened: the transport of a URL for a host. */
export interface LinkTarget {
  readonly kind: ConsoleUrl['kind'];
  readonly open: OpenTransport;
  /** Resolves when what kept it from being opened is over, where that can be seen; then it is opened before the next try is due. */
  readonly untilUsable?: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** Holds one console open while it is wanted: opens it, waits for its end, and opens it again as `retryAfter` decides. */
export class Link {
  readonly #clock: Clock;
  readonly #events: LinkEvents;
  #target: LinkTarget;
  #wanted = false;
  #takeOver = false;
  #failures = 0;
  #state: LinkState = { state: 'closed' };
  /** Ends what the loop is doing now, so that it decides again. */
  #interrupt = new AbortController();
  #stopped = false;
  #loop: Promise<void> | undefined;

  constructor(target: LinkTarget, events: LinkEvents, clock: Clock) {
    this.#target = target;
    this.#events = events;
    this.#clock = clock;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Opens it, or closes it when `isWanted` is false. A console that is already open, or waits for its next try, is left alone. */
  want(isWanted: boolean): void {
    if (this.#stopped || this.#wanted === isWanted) return;
    this.#wanted = isWanted;
    if (!isWanted) this.#interrupt.abort();
    else this.#loop ??= this.#run();
  }

  /** Opens it again immediately. */
  reconnect({ takeOver }: { takeOver: boolean }): void {
    this.#takeOver = takeOver;
    this.#failures = 0;
    this.#interrupt.abort();
  }

  /** Another URL, or another account of the same. */
  retarget(target: LinkTarget): void {
    this.#target = target;
    this.reconnect({ takeOver: false });
  }

  /** Resolves when the transport is closed. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wanted = false;
    this.#interrupt.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#interrupt = new AbortController();
      const error = await this.#connect(this.#interrupt.signal);
      if (error && !this.#interrupt.signal.aborted) await this.#wait(error, this.#interrupt.signal);
    }
    this.#loop = undefined;
    this.#set({ state: 'closed' });
  }

  /** One connection, from its opening to its end; the error that ended it, undefined where the signal did. Never rejects. */
  async #connect(signal: AbortSignal): Promise<BootbenchError | undefined> {
    const takeOver = this.#takeOver;
    this.#takeOver = false;
    this.#set({ state: 'opening' });
    let transport: ConsoleTransport | undefined;
    let openedAt: number | undefined;
    try {
      const ended = Promise.withResolvers<BootbenchError | undefined>();
      transport = await this.#open(this.#target, ended.resolve, { signal, takeOver });
      openedAt = this.#clock.monotonic();
      this.#set({ state: 'open', transport });
      const reason = await abortable(ended.promise, signal);
      throw reason ?? closedWithoutReason();
    } catch (error) {
      if (transport) await this.#close(transport);
      if (signal.aborted) return undefined;
      if (openedAt !== undefined && this.#clock.monotonic() - openedAt >= STABLE_MS) this.#failures = 0;
      return asBootbenchError(error);
    }
  }

  /** Events count only until the signal aborts. A transport that opens after that is closed. */
  async #open(
    { open }: LinkTarget,
    closed: (error?: BootbenchError) => void,
    { signal, takeOver }: { signal: AbortSignal; takeOver: boolean },
  ): Promise<ConsoleTransport> {
    const opening = open({ data: this.#events.data, notice: this.#events.notice, closed }, { signal, takeOver });
    try {
      return await abortable(opening, signal);
    } catch (error) {
      void opening.then(
        (late) => late.close(),
        () => undefined,
      );
      throw error;
    }
  }

  /** A console that does not answer must not keep Bootbench from stopping. */
  async #close(transport: ConsoleTransport): Promise<void> {
    await withDeadline(this.#clock, CLOSE_MS, closedWithoutReason, () => transport.close()).catch(() => undefined);
  }

  /** Until the next try, or without end. */
  async #wait(error: BootbenchError, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    const ms = retryAfter(this.#target.kind, error.code, this.#failures);
    this.#set(ms === undefined ? { state: 'failed', error } : { state: 'waiting', error, retryAt: this.#clock.now() + ms });
    const over = new AbortController();
    const until = AbortSignal.any([signal, over.signal]);
    const ends =
      ms === undefined ? [] : [sleep(this.#clock, ms, until), ...(this.#target.untilUsable ? [this.#target.untilUsable(until)] : [])];
    await abortable(Promise.race(ends), signal).catch(() => undefined);
    over.abort();
  }

  #set(state: LinkState): void {
    this.#state = state;
    this.#events.changed(state);
  }
}
