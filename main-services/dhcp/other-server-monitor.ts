import type { Clock, Log } from '../../contract/runtime.ts';
import { mutex } from '../../util/async.ts';
import type { OtherServer } from './probe.ts';

export interface MonitorOptions {
  /** Scans for as many milliseconds; ends early when `signal` aborts. */
  readonly scan: (windowMs: number) => Promise<OtherServer[]>;
  /** Called after each scan, with the servers that the one before had not found. */
  readonly onResult: (others: readonly OtherServer[], added: readonly OtherServer[]) => Promise<void> | void;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when the service stops: nothing is reported or scheduled then. */
  readonly signal: AbortSignal;
}

const REPEAT_AFTER_MS = 60_000;
/** For the first scan, which a machine waits for. */
export const SHORT_WINDOW_MS = 1_500;
/** For servers that ping an address before they offer it. */
export const LONG_WINDOW_MS = 4_000;

/** Scans for other DHCP servers while the service runs, one scan at a time. */
export class OtherServerMonitor {
  readonly #options: MonitorOptions;
  readonly #oneAtATime = mutex();
  #lastResult: readonly OtherServer[] | undefined;
  #cancelNext: () => void = () => undefined;

  constructor(options: MonitorOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#cancelNext(), { once: true });
  }

  /** Undefined until the first scan has ended. */
  get lastResult(): readonly OtherServer[] | undefined {
    return this.#lastResult;
  }

  /** Scans now, after the scan that is running. */
  scan(windowMs: number): Promise<void> {
    return this.#oneAtATime(async () => {
      const others = await this.#options.scan(windowMs);
      await this.accept(others);
    });
  }

  /** Takes the result of a scan. */
  async accept(others: readonly OtherServer[]): Promise<void> {
    const { signal, onResult } = this.#options;
    if (signal.aborted) return;
    const added = others.filter((server) => !this.#lastResult?.some((known) => known.serverId === server.serverId));
    this.#lastResult = others;
    await onResult(others, added);
  }

  /** Scans after `delayMs`, and then every minute. */
  scheduleScan(delayMs: number, windowMs = LONG_WINDOW_MS): void {
    const { clock, log, signal } = this.#options;
    if (signal.aborted) return;
    this.#cancelNext = clock.after(delayMs, () => {
      this.scan(windowMs)
        .catch((error: unknown) => log.warn({ error }, 'The scan for other DHCP servers failed'))
        .finally(() => {
          this.scheduleScan(REPEAT_AFTER_MS);
        });
    });
  }
}
