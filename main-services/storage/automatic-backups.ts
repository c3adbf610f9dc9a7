import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusProblem } from '../../contract/appliance.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { backUpAutomatically } from '../../db/backup.ts';
import { backupFiles } from '../../db/backup-files.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import * as sentences from './sentences.ts';

/** Time between two looks at whether a backup is due; the first backup of a session that changes something is made after that time. */
const LOOK_EVERY_MS = 60_000;
/** Time between two backups. */
const BACKUP_EVERY_MS = 3_600_000;
const RETRY_AFTER_MS = 600_000;

export interface AutomaticBackups {
  /** That the last one failed. */
  problems(): StatusProblem[];
  onChange(listener: () => void): () => void;
  /** Resolves when a backup that is being written is complete. */
  stop(): Promise<void>;
}

interface BackupDeps {
  readonly db: Db;
  readonly dataDir: string;
  readonly activity: Pick<Activity, 'record'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Backs the inventory up hourly while it changes. A failure is one event, and a problem of the status until a backup succeeds. */
export function automaticBackups({ db, dataDir, activity, clock, log }: BackupDeps): AutomaticBackups {
  const changes = db.main.prepare<[], { count: number }>('SELECT total_changes() AS count');
  const countOf = (): number => changes.get()?.count ?? 0;
  const listeners = new Set<() => void>();
  let backedUp = isBackedUp(dataDir, clock.now()) ? countOf() : -1;
  let due = dueAt(dataDir, clock.now());
  let problem: StatusProblem | undefined;
  let running = Promise.resolve();
  let stopped = false;

  const show = (next: StatusProblem | undefined): void => {
    if (problem === next) return;
    problem = next;
    for (const listener of listeners) listener();
  };
  const backUp = async (): Promise<void> => {
    const now = clock.now();
    const count = countOf();
    try {
      const written = await backUpAutomatically(db, dataDir, now);
      [backedUp, due] = [count, now + BACKUP_EVERY_MS];
      log.debug({ ...written }, 'the inventory was backed up');
      show(undefined);
    } catch (error) {
      due = now + RETRY_AFTER_MS;
      const { code, message, next } = asBootbenchError(error);
      log.warn({ error }, 'the inventory could not be backed up');
      if (problem?.code === code) return;
      const sentence = sentences.backupFailed(message);
      activity.record({ type: 'storage.backup-failed', message: sentence, data: { code } });
      show({ id: 'storage-backup', since: problem?.since ?? now, code, message: sentence, next });
    }
  };
  const look = (): void => {
    if (stopped) return;
    const now = clock.now();
    // A clock that was set back must not end the backups.
    if (due - now > BACKUP_EVERY_MS) due = now + BACKUP_EVERY_MS;
    const isDue = now >= due && countOf() !== backedUp && db.health.failures.length === 0;
    running = (isDue ? backUp() : Promise.resolve()).then(() => {
      if (!stopped) cancel = clock.after(LOOK_EVERY_MS, look);
    });
  };
  let cancel = clock.after(LOOK_EVERY_MS, look);

  return {
    problems: () => (problem ? [problem] : []),
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async stop() {
      stopped = true;
      cancel();
      await running;
    },
  };
}

/** Whether nothing was written since the newest backup. One of a time that is still to come says nothing about that. */
function isBackedUp(dataDir: string, now: number): boolean {
  const [newest] = backupFiles(dataDir);
  const changedAt = (name: string): number => statSync(join(dataDir, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const madeAt = newest === undefined ? Infinity : statSync(newest.path).mtimeMs;
  return madeAt <= now && madeAt >= Math.max(changedAt('bootbench.db'), changedAt('bootbench.db-wal'));
}

function dueAt(dataDir: string, now: number): number {
  const [newest] = backupFiles(dataDir);
  return newest === undefined ? now : statSync(newest.path).mtimeMs + BACKUP_EVERY_MS;
}
