import Database from 'better-sqlite3';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent } from '../contract/appliance.ts';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { eventRows } from './events.ts';
import { examine, messageOf } from './check.ts';
import { takeLock } from './open-files.ts';

/** The files of a data directory that are databases. */
const FILES = ['bootbench.db', 'activity.db'];

/** Loads SQLite in this thread and asks it something. Returns its version. Throws where its native module does not load. */
export function trySqlite(): string {
  const database = new Database(':memory:');
  try {
    return database.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get()?.version ?? '';
  } finally {
    database.close();
  }
}

/** Makes a database in `folder` as Bootbench's own are, writes to it, reads it again and checks it. Throws SQLite's error. */
export function tryNewDatabase(folder: string): void {
  const path = join(folder, 'doctor.db');
  const database = new Database(path);
  try {
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.exec('CREATE TABLE tried (value TEXT NOT NULL) STRICT');
    database.prepare('INSERT INTO tried (value) VALUES (?)').run('written');
    const found = database.pragma('quick_check(1)', { simple: true });
    if (found !== 'ok') throw new Error(String(found));
  } finally {
    database.close();
  }
}

/** Whether another Bootbench has the data directory now. */
export function isLocked(dataDir: string): boolean {
  const path = join(dataDir, 'lock.db');
  if (!existsSync(path)) return false;
  try {
    takeLock(path).close();
    return false;
  } catch (error) {
    if (error instanceof BootbenchError && error.code === 'E_LOCKED') return true;
    throw error;
  }
}

/** The databases of a data directory and what SQLite's quick check says of each, read-only: undefined for a sound one. */
export function checkDatabases(dataDir: string): { path: string; bytes: number; problem: string | undefined }[] {
  return FILES.map((name) => join(dataDir, name))
    .filter((path) => existsSync(path))
    .map((path) => ({ path, bytes: statSync(path).size, problem: problemOf(path) }));
}

function problemOf(path: string): string | undefined {
  try {
    const found = examine(path);
    return 'reason' in found ? found.reason : undefined;
  } catch (error) {
    return `${errnoOf(error) ?? 'error'}: ${messageOf(error)}`;
  }
}

/** A value that the appliance remembers between starts, without opening the database for writing; undefined where it cannot be read. */
export function storedValue(dataDir: string, key: string): string | undefined {
  return readOnly(join(dataDir, 'bootbench.db'), (database) => {
    return database.prepare<[string], { value: string }>('SELECT value FROM settings WHERE key = ?').get(key)?.value;
  });
}

/** The newest events, as `storedValue` reads. */
export function storedEvents(dataDir: string, limit: number): BenchEvent[] | undefined {
  return readOnly(join(dataDir, 'activity.db'), (activity) => eventRows({ activity }).find({ limit }));
}

function readOnly<T>(path: string, read: (database: Database.Database) => T): T | undefined {
  if (!existsSync(path)) return undefined;
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: 500 });
    return read(database);
  } catch {
    return undefined;
  } finally {
    database?.close();
  }
}
