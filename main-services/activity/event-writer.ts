import type { BenchEvent } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { EventQuery, EventRows } from '../../db/events.ts';
import { isOfDisk, type StorageHealth } from '../../db/storage-health.ts';

/** Time between two writes of collected events. */
const WRITE_AFTER_MS = 100;
/** Time between two attempts while the disk refuses. */
const RETRY_AFTER_MS = 5000;
/** Events of one transaction: few fit where little space is left. */
const BATCH = 500;
/** What waits for the disk at most; the oldest events are lost first. */
const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;
/** Of the members of an event besides its message and data. */
const OTHER_BYTES = 200;

interface WriterDeps {
  readonly rows: EventRows;
  readonly health: StorageHealth;
  readonly log: Log;
  readonly clock: Clock;
}

/** Collects events and writes them together. While the disk refuses, a bounded number of them waits in memory. */
export class EventWriter {
  readonly #deps: WriterDeps;
  #waiting: BenchEvent[] = [];
  #bytes = 0;
  #lost = 0;
  #cancelWrite: (() => void) | undefined;
  #isFlushing = false;
  #onLost: (lost: number) => void = () => undefined;

  constructor(deps: WriterDeps) {
    this.#deps = deps;
  }

  /** Oldest first. */
  get waiting(): readonly BenchEvent[] {
    return this.#waiting;
  }

  /** Called with the number of lost events once events can be written again. */
  onLost(listener: (lost: number) => void): void {
    this.#onLost = listener;
  }

  add(event: BenchEvent): void {
    this.#waiting.push(event);
    this.#bytes += bytesOf(event);
    while (this.#waiting.length > MAX_WAITING || this.#bytes > MAX_WAITING_BYTES) this.#loseOldest();
    this.#cancelWrite ??= this.#deps.clock.after(WRITE_AFTER_MS, () => this.flush());
  }

  /** Writes what waits, as far as the disk takes it. Never throws. */
  flush(): void {
    // A listener of the disk's health records events during a write.
    if (this.#isFlushing) return;
    this.#cancelWrite?.();
    this.#cancelWrite = undefined;
    this.#isFlushing = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#waiting.slice(0, BATCH);
        this.#deps.health.watch('history', () => this.#deps.rows.append(batch));
        this.#remove(batch.length);
      }
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#isFlushing = false;
    }
    this.#reportLost();
  }

  /** What the disk refuses waits. Events that are refused for another reason would hold up all others. */
  #failed(error: unknown): void {
    if (isOfDisk(error)) {
      this.#cancelWrite ??= this.#deps.clock.after(RETRY_AFTER_MS, () => this.flush());
      return;
    }
    const lost = Math.min(BATCH, this.#waiting.length);
    this.#remove(lost);
    this.#deps.log.error({ error, lost }, 'events could not be stored');
    if (this.#waiting.length > 0) this.#cancelWrite ??= this.#deps.clock.after(WRITE_AFTER_MS, () => this.flush());
  }

  #reportLost(): void {
    const lost = this.#lost;
    if (lost === 0 || this.#waiting.length > 0) return;
    this.#lost = 0;
    this.#deps.log.error({ lost }, 'events were lost while they could not be stored');
    this.#onLost(lost);
  }

  #loseOldest(): void {
    this.#remove(1);
    this.#lost += 1;
  }

  #remove(count: number): void {
    for (const event of this.#waiting.splice(0, count)) this.#bytes -= bytesOf(event);
  }
}

/** Whether a query would find the event if it were stored. */
export function matches(event: BenchEvent, { host, mac, before, since, types }: EventQuery): boolean {
  return (
    (host === undefined || event.host === host) &&
    (mac === undefined || event.mac === mac) &&
    (before === undefined || event.seq < before) &&
    (since === undefined || event.seq > since) &&
    (types === undefined || types.includes(event.type))
  );
}

function bytesOf({ message, data }: BenchEvent): number {
  return 2 * message.length + 2 * JSON.stringify(data).length + OTHER_BYTES;
}
