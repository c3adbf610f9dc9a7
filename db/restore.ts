import Database from 'better-sqlite3';
import { chmodSync, closeSync, existsSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { timeOf } from './backup-files.ts';
import { databaseError, DATABASES, examine, messageOf, type DatabaseKind } from './check.ts';
import { makePrivate, makePrivateFile } from './file-modes.ts';
import { migrate } from './migrations.ts';
import { setAsideFile, takeLock } from './open-files.ts';
import * as sentences from './sentences.ts';

export interface Restored {
  readonly database: DatabaseKind;
  /** Where the previous database is; undefined when there was none. */
  readonly kept: string | undefined;
}

/**
 * Replaces the database of the data directory that the backup is of, by a copy that is checked once more; the previous one is saved next to it.
 * E_LOCKED while an appliance runs there. E_NOT_FOUND, and E_DB when `file` is not a complete database of a supported version: nothing has changed then.
 */
export function restoreDatabase(dataDir: string, file: string, now: number): Restored {
  const database = kindOfBackup(file);
  return replaceDatabase(
    dataDir,
    database,
    now,
    (incoming) => {
      copyDatabase(file, incoming);
      if (kindOfBackup(incoming) !== database) throw unusable(file, sentences.NOT_OURS);
    },
    file,
  );
}

/** Starts the inventory over; the previous one is saved next to the new one. E_LOCKED. */
export function restoreEmpty(dataDir: string, now: number): Restored {
  return replaceDatabase(dataDir, 'inventory', now, (incoming) => {
    const made = new Database(incoming);
    try {
      migrate(made, DATABASES.inventory.migrations);
    } finally {
      made.close();
    }
  });
}

/** `make` writes the new database to a file that is there and empty. It takes its place by a rename. */
function replaceDatabase(dataDir: string, kind: DatabaseKind, now: number, make: (incoming: string) => void, source?: string): Restored {
  try {
    makePrivate(dataDir);
  } catch (error) {
    throw databaseError(dataDir, error);
  }
  const lock = takeLock(join(dataDir, 'lock.db'));
  const current = join(dataDir, DATABASES[kind].file);
  const incoming = `${current}.restoring`;
  try {
    if (source !== undefined && isSameFile(source, current)) throw unusable(source, sentences.IS_IN_USE);
    remove(incoming);
    makePrivateFile(incoming);
    make(incoming);
    chmodSync(incoming, 0o600);
    syncFile(incoming);
    const kept = existsSync(current) ? setAsideFile(current, `before-restore-${timeOf(now)}`) : undefined;
    remove(`${current}-wal`, `${current}-shm`);
    renameSync(incoming, current);
    syncFile(dataDir);
    return { database: kind, kept };
  } catch (error) {
    remove(incoming, `${incoming}-journal`);
    throw databaseError(incoming, error);
  } finally {
    lock.close();
  }
}

/** With what is still in its write-ahead file, if it has one. */
function copyDatabase(file: string, to: string): void {
  const source = new Database(file, { readonly: true, fileMustExist: true, timeout: 500 });
  try {
    source.prepare('VACUUM INTO ?').run(to);
  } finally {
    source.close();
  }
}

/** Which database a backup is of. E_NOT_FOUND, E_DB. */
function kindOfBackup(file: string): DatabaseKind {
  try {
    if (statSync(file).isDirectory()) throw unusable(file, sentences.IS_FOLDER);
    const found = examine(file);
    if (found.kind === 'sound') return found.database;
    throw unusable(file, found.kind === 'empty' ? sentences.EMPTY : found.reason);
  } catch (error) {
    if (error instanceof BootbenchError) throw error;
    if (errnoOf(error) === 'ENOENT') throw new BootbenchError('E_NOT_FOUND', `File ${file} not found.`, { next: sentences.USE_BACKUP });
    throw unusable(file, sentences.notReadable(messageOf(error)));
  }
}

function unusable(file: string, reason: string): BootbenchError {
  return new BootbenchError('E_DB', sentences.aboutFile(file, reason), { next: sentences.USE_BACKUP });
}

export function isSameFile(a: string, b: string): boolean {
  return existsSync(a) && existsSync(b) && realpathSync(a) === realpathSync(b);
}

function remove(...paths: readonly string[]): void {
  for (const path of paths) rmSync(path, { force: true });
}

function syncFile(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
