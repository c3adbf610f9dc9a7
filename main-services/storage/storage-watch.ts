import type { StatusProblem } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { DatabaseKind } from '../../db/check.ts';
import type { Db } from '../../db/open.ts';
import { settingsStore } from '../../db/settings.ts';
import type { StorageFailure } from '../../db/storage-health.ts';
import type { Activity } from '../activity/activity.ts';
import * as sentences from './sentences.ts';

/** How often a refused inventory is tried again: without changes nothing else would show that there is space. Events are retried by the activity. */
const TRY_AFTER_MS = 5000;
const TRIED_KEY = 'storage.tried';

export interface StorageWatch {
  /** What the disk refuses now, for the status. */
  problems(): StatusProblem[];
  onChange(listener: () => void): () => void;
  stop(): void;
}

/** Follows whether the databases can be written: events when that changes, and problems for the status. */
export function watchStorage({ db, activity, clock }: { db: Db; activity: Pick<Activity, 'record'>; clock: Clock }): StorageWatch {
  const settings = settingsStore(db);
  /** When it began to fail, for display and by the monotonic clock. */
  const since = new Map<DatabaseKind, { readonly at: number; readonly began: number }>();
  const listeners = new Set<() => void>();
  let cancelTry: (() => void) | undefined;

  const tryLater = (): void => {
    cancelTry ??= clock.after(TRY_AFTER_MS, () => {
      cancelTry = undefined;
      try {
        settings.set(TRIED_KEY, String(clock.now()));
      } catch {
        // The health of the database has it.
      }
      if (db.health.failures.some(({ database }) => database === 'inventory')) tryLater();
    });
  };
  const changed = (database: DatabaseKind, failure: StorageFailure | undefined): void => {
    const start = since.get(database) ?? { at: clock.now(), began: clock.monotonic() };
    if (failure) {
      since.set(database, start);
      const { code, message } = failure.error;
      activity.record({ type: 'storage.failing', message: sentences.failing(database, message), data: { database, code } });
      tryLater();
    } else {
      since.delete(database);
      const seconds = Math.round((clock.monotonic() - start.began) / 1000);
      activity.record({ type: 'storage.recovered', message: sentences.recovered(database, seconds), data: { database } });
    }
    for (const listener of listeners) listener();
  };
  const unwatch = db.health.onChange(changed);

  return {
    problems: () =>
      db.health.failures.map(({ database, error: { code, message, next } }) => ({
        id: `storage-${database}`,
        since: since.get(database)?.at ?? clock.now(),
        code,
        message: sentences.failing(database, message),
        next,
      })),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      cancelTry?.();
      unwatch();
    },
  };
}
