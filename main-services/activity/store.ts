import type { BenchEvent, NewEvent } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { eventRows, type EventRows } from '../../db/events.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from './activity.ts';
import { eventNumbers } from './event-numbers.ts';
import { ProgressBoard } from './progress-board.ts';

/** Time between two writes of collected events. */
const WRITE_AFTER_MS = 100;

/** Events over activity.db, and the progress of what is running. `close` writes the events that are still collected. */
export function openActivity(db: Db, log: Log, clock: Clock): Activity & { close(): void } {
  const rows = eventRows(db);
  const numbers = eventNumbers(db, rows, log);
  const writer = new EventWriter(rows, log, clock);
  const board = new ProgressBoard(clock);
  const listeners = new Set<(event: BenchEvent) => void>();

  const notify = (event: BenchEvent): void => {
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        log.error({ error, event: event.type }, 'a subscriber of events failed');
      }
    }
  };

  return {
    record(event: NewEvent) {
      const full: BenchEvent = { ...event, data: event.data ?? {}, seq: numbers.next(), at: clock.now() };
      writer.add(full);
      log.debug({ event: full.type, mac: full.mac, ip: full.ip, ...full.data }, full.message);
      notify(full);
      return full;
    },
    lastSeq: () => numbers.last(),
    progress: (value, finished) => board.show(value, finished),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    subscribeProgress: (listener) => board.subscribe(listener),
    store: () => writer.flush(),
    history(query) {
      writer.flush();
      return rows.find(query);
    },
    close() {
      board.close();
      writer.flush();
      numbers.close();
    },
  };
}

/** Collects events and writes them together. Events that cannot be written are lost, and the log says how many. */
class EventWriter {
  readonly #rows: EventRows;
  readonly #log: Log;
  readonly #clock: Clock;
  #collected: BenchEvent[] = [];
  #cancelWrite: (() => void) | undefined;

  constructor(rows: EventRows, log: Log, clock: Clock) {
    this.#rows = rows;
    this.#log = log;
    this.#clock = clock;
  }

  add(event: BenchEvent): void {
    this.#collected.push(event);
    this.#cancelWrite ??= this.#clock.after(WRITE_AFTER_MS, () => this.flush());
  }

  flush(): void {
    this.#cancelWrite?.();
    this.#cancelWrite = undefined;
    const batch = this.#collected;
    this.#collected = [];
    if (batch.length === 0) return;
    try {
      this.#rows.append(batch);
    } catch (error) {
      this.#log.error({ error, lost: batch.length }, 'events could not be stored');
    }
  }
}
