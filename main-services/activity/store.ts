import type { BenchEvent, NewEvent, Progress } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { events } from '../../db/events.ts';
import type { Db } from '../../db/open.ts';
import { settingsStore } from '../../db/settings.ts';
import type { Activity } from './activity.ts';

/** Milliseconds between writes of collected events, and between two reports of progress. */
const FLUSH_AFTER = 100;
const PROGRESS_EVERY = 250;
/** Jobs and clients keep numbers of events, which a killed process may not have stored: they are set aside first, so many at once, and never given again. */
const SET_ASIDE = 1000;
const NUMBERS = 'events.numbers';

/** The activity room over activity.db. `close` writes what is still collected. */
export function openActivity(db: Db, log: Log, clock: Clock): Activity & { close(): void } {
  const stored = events(db);
  const listeners = new Set<(event: BenchEvent) => void>();
  const progressListeners = new Set<(values: Progress[]) => void>();
  const latest = new Map<string, Progress>();
  let collected: BenchEvent[] = [];
  const settings = settingsStore(db);
  let aside = Math.max(stored.lastSeq(), Number(settings.get(NUMBERS) ?? 0));
  let seq = aside;
  let flushing: (() => void) | undefined;
  let reporting: (() => void) | undefined;

  const setAside = (upTo: number): void => {
    aside = upTo;
    try {
      settings.set(NUMBERS, String(upTo));
    } catch (error) {
      log.error({ error }, 'numbers of events could not be set aside');
    }
  };

  const next = (): number => {
    if (seq === aside) setAside(seq + SET_ASIDE);
    return ++seq;
  };

  const flush = (): void => {
    flushing = undefined;
    const batch = collected;
    collected = [];
    if (batch.length === 0) return;
    try {
      stored.append(batch);
    } catch (error) {
      log.error({ error, lost: batch.length }, 'events could not be stored');
    }
  };

  const store = (): void => {
    flushing?.();
    flush();
  };

  const report = (): void => {
    reporting = undefined;
    const values = [...latest.values()];
    for (const listener of progressListeners) listener(values);
  };

  return {
    record(event: NewEvent) {
      const full: BenchEvent = { ...event, data: event.data ?? {}, seq: next(), at: clock.now() };
      collected.push(full);
      flushing ??= clock.after(FLUSH_AFTER, flush);
      log.debug({ event: full.type, mac: full.mac, ip: full.ip, ...full.data }, full.message);
      for (const listener of listeners) {
        try {
          listener(full);
        } catch (error) {
          log.error({ error, event: full.type }, 'a subscriber of events failed');
        }
      }
      return full;
    },
    lastSeq: () => seq,
    progress(value, finished = false) {
      if (finished) latest.delete(value.key);
      else latest.set(value.key, { ...value, at: clock.now() });
      reporting ??= clock.after(PROGRESS_EVERY, report);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    subscribeProgress(listener) {
      progressListeners.add(listener);
      // A window that opens while a transfer pauses shows how far it is.
      if (latest.size > 0) listener([...latest.values()]);
      return () => progressListeners.delete(listener);
    },
    store,
    history(query) {
      store();
      return stored.find(query);
    },
    close() {
      reporting?.();
      store();
      setAside(seq);
    },
  };
}
