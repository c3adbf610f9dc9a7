import type { BenchEvent, NewEvent } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { eventRows } from '../../db/events.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from './activity.ts';
import { escaped } from '../../util/text.ts';
import { eventNumbers } from './event-numbers.ts';
import { EventWriter, matches } from './event-writer.ts';
import { ProgressBoard } from './progress-board.ts';
import { eventsLost } from './sentences.ts';

/**
 * Foreign text is cleaned where it enters. What a room forgot is cleaned here, because terminals, logs and pages print events: it can neither
 * forge a line nor act on a terminal.
 */
function escapedData(data: BenchEvent['data']): BenchEvent['data'] {
  const clean = <T>(value: T): T | string => (typeof value === 'string' ? escaped(value) : value);
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, Array.isArray(value) ? value.map(clean) : clean(value)]));
}

/** Events over activity.db, and the progress of what is running. `close` writes the events that are still collected. */
export function openActivity(db: Db, log: Log, clock: Clock): Activity & { close(): void } {
  const rows = eventRows(db);
  const numbers = eventNumbers(db, rows, log);
  const writer = new EventWriter({ rows, health: db.health, log, clock });
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

  const record = (event: NewEvent): BenchEvent => {
    const full: BenchEvent = {
      ...event,
      message: escaped(event.message),
      data: escapedData(event.data ?? {}),
      seq: numbers.next(),
      at: clock.now(),
    };
    writer.add(full);
    log.debug({ event: full.type, mac: full.mac, ip: full.ip, ...full.data }, full.message);
    notify(full);
    return full;
  };
  writer.onLost((lost) => void record({ type: 'storage.recovered', message: eventsLost(lost), data: { lost } }));

  return {
    record,
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
      const waiting = writer.waiting.filter((event) => matches(event, query));
      const found = query.oldestFirst === true ? [...rows.find(query), ...waiting] : [...waiting.reverse(), ...rows.find(query)];
      return found.slice(0, query.limit);
    },
    close() {
      board.close();
      writer.flush();
      numbers.close();
    },
  };
}
