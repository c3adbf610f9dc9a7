import type { Log } from '../../contract/runtime.ts';
import type { EventRows } from '../../db/events.ts';
import type { Db } from '../../db/open.ts';
import { settingsStore } from '../../db/settings.ts';

/** How many numbers are reserved at a time. */
const RESERVED_AT_A_TIME = 1000;
const KEY = 'events.numbers';

export interface EventNumbers {
  next(): number;
  last(): number;
  /** Gives back the numbers that were reserved and not used. */
  close(): void;
}

/**
 * Numbers of events, ascending and never used twice. Jobs and clients store them, and a killed process may not have stored their events:
 * so numbers are reserved in the database before they are used.
 */
export function eventNumbers(db: Db, rows: EventRows, log: Log): EventNumbers {
  const settings = settingsStore(db);
  let reserved = Math.max(rows.lastSeq(), Number(settings.get(KEY) ?? 0));
  let last = reserved;

  const reserve = (upTo: number): void => {
    reserved = upTo;
    try {
      settings.set(KEY, String(upTo));
    } catch (error) {
      log.error({ error }, 'event numbers could not be reserved');
    }
  };

  return {
    next() {
      if (last === reserved) reserve(last + RESERVED_AT_A_TIME);
      return ++last;
    },
    last: () => last,
    close: () => reserve(last),
  };
}
