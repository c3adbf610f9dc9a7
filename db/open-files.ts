import Database from 'better-sqlite3';
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { backupFiles, lastGoodBackup, timeOf } from './backup-files.ts';
import { saveBeforeMigration } from './before-migration.ts';
import { databaseError, DATABASES, examine, type DatabaseKind, type Found } from './check.ts';
import { makePrivate, makePrivateFile } from './file-modes.ts';
import { migrate } from './migrations.ts';
import * as sentences from './sentences.ts';

/** How many damaged histories are stored: on a bad disk each start could leave one. */
const KEPT_DAMAGED = 3;

/** A damaged file under its new name. */
export interface SetAside {
  readonly saved: string;
  readonly message: string;
}

export interface OpenFiles {
  readonly main: Database.Database;
  readonly activity: Database.Database;
  readonly lock: Database.Database;
  readonly setAside: SetAside | undefined;
}

/** See `openDb`. An older database is saved before it is migrated. */
export function openFiles(dataDir: string, now: number): OpenFiles {
  prepare(dataDir);
  const lock = takeLock(join(dataDir, 'lock.db'));
  let main: Database.Database | undefined;
  try {
    checkInventory(dataDir);
    const setAside = checkHistory(dataDir, now);
    main = openFile(dataDir, 'inventory');
    return { main, activity: openFile(dataDir, 'history'), lock, setAside };
  } catch (error) {
    main?.close();
    lock.close();
    throw error;
  }
}

function prepare(dataDir: string): void {
  try {
    makePrivate(dataDir);
  } catch (error) {
    throw databaseError(dataDir, error);
  }
}

/** Holds the data directory for one appliance until closed. E_LOCKED when another has it. */
export function takeLock(path: string): Database.Database {
  try {
    return lockFile(path);
  } catch (error) {
    // Not a database, so no one can have it locked; nothing is stored in it.
    if (errnoOf(error) === 'SQLITE_NOTADB') {
      rmSync(path, { force: true });
      return takeLock(path);
    }
    if (errnoOf(error) === 'SQLITE_BUSY') throw new BootbenchError('E_LOCKED', sentences.lockedByAnother(path), { cause: error });
    throw databaseError(path, error);
  }
}

function lockFile(path: string): Database.Database {
  makePrivateFile(path);
  const lock = new Database(path, { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Refuses an inventory that has to be restored first; changes nothing. */
function checkInventory(dataDir: string): void {
  const path = join(dataDir, DATABASES.inventory.file);
  const found = find(path, 'inventory');
  if (found.kind === 'sound') return;
  if (found.kind === 'newer') throw newer(path, found.reason);
  if (found.kind === 'empty' && !wasUsed(dataDir)) return;
  const backup = lastGoodBackup(dataDir);
  const next = [...(backup === undefined ? [] : [sentences.restoreThat(backup, dataDir)]), sentences.restoreOrEmpty(dataDir)].join(' ');
  if (found.kind === 'empty') throw new BootbenchError('E_DB_MISSING', sentences.inventoryMissing(path, backup), { next });
  throw new BootbenchError('E_DB_DAMAGED', sentences.inventoryDamaged(path, found.reason, backup), { next });
}

/** Sets a damaged history aside, so that a new one can be begun. */
function checkHistory(dataDir: string, now: number): SetAside | undefined {
  const path = join(dataDir, DATABASES.history.file);
  const found = find(path, 'history');
  if (found.kind === 'sound' || found.kind === 'empty') return undefined;
  if (found.kind === 'newer') throw newer(path, found.reason);
  const saved = setAsideFile(path, `damaged-${timeOf(now)}`);
  removeOldest(path, KEPT_DAMAGED, saved);
  return { saved, message: sentences.historySetAside(basename(saved), found.reason) };
}

/** What a file of the data directory is; a sound database of the other kind is foreign there. */
function find(path: string, kind: DatabaseKind): Found {
  try {
    if (!existsSync(path)) return { kind: 'empty' };
    const found = examine(path);
    if (found.kind === 'sound' && found.database !== kind) return { kind: 'foreign', reason: sentences.NOT_OURS };
    return found;
  } catch (error) {
    throw databaseError(path, error);
  }
}

function newer(path: string, reason: string): BootbenchError {
  return new BootbenchError('E_DB', sentences.aboutFile(path, reason), { next: sentences.USE_NEWER });
}

/** Whether there was an inventory: a first start creates it before everything else that is looked for here. */
function wasUsed(dataDir: string): boolean {
  const sizeOf = (name: string): number => statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0;
  const { inventory, history } = { inventory: DATABASES.inventory.file, history: DATABASES.history.file };
  return (
    sizeOf(history) > 0 || sizeOf(`${inventory}-wal`) > 0 || savedNextTo(join(dataDir, inventory)) > 0 || backupFiles(dataDir).length > 0
  );
}

/** How many files that a restore set aside are next to a database. */
function savedNextTo(path: string): number {
  return readdirSync(dirname(path)).filter((name) => name.startsWith(`${basename(path)}.before-restore-`)).length;
}

function openFile(dataDir: string, kind: DatabaseKind): Database.Database {
  const { file, migrations } = DATABASES[kind];
  const path = join(dataDir, file);
  let database: Database.Database | undefined;
  try {
    makePrivateFile(path);
    database = new Database(path);
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${kind === 'inventory' ? 'FULL' : 'NORMAL'}`);
    database.pragma('foreign_keys = ON');
    saveBeforeMigration(database, path, migrations.length);
    migrate(database, migrations);
    return database;
  } catch (error) {
    database?.close();
    throw databaseError(path, error);
  }
}

/** Renames a database, and the write-ahead files that belong to it, to `<path>.<suffix>`. Returns the new name. */
export function setAsideFile(path: string, suffix: string): string {
  const saved = freeName(`${path}.${suffix}`);
  for (const end of ['-wal', '-shm', '']) if (existsSync(path + end)) renameSync(path + end, saved + end);
  return saved;
}

function freeName(wanted: string): string {
  let name = wanted;
  for (let number = 2; existsSync(name); number += 1) name = `${wanted}-${number}`;
  return name;
}

function removeOldest(path: string, kept: number, newest: string): void {
  const start = `${basename(path)}.damaged-`;
  const folder = dirname(path);
  const saved = readdirSync(folder).filter((name) => name.startsWith(start) && !/-(wal|shm)$/.test(name));
  // A clock that was ahead must not make the others newer than this one.
  const old = saved
    .filter((name) => name !== basename(newest))
    .sort()
    .slice(0, 1 - kept);
  for (const name of old) for (const end of ['-wal', '-shm', '']) rmSync(join(folder, name + end), { force: true });
}
