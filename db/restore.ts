import Database from 'better-sqlite3';
import { closeSync, copyFileSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { BootbenchError } from '../contract/errors.ts';
import { MAIN_MIGRATIONS } from './migrations.ts';
import { takeLock } from './open.ts';

/** Tables that every Bootbench database has had since its first schema. */
const TABLES = ['hosts', 'interfaces', 'images', 'configs', 'changes'];

/**
 * Replaces the data directory's database by a backup; the previous one is saved next to it. E_LOCKED while an appliance runs there.
 * E_DB when `file` is not a complete Bootbench database; nothing has changed then.
 */
export function restoreDatabase(dataDir: string, file: string, now: number): { kept: string | undefined } {
  checkBackup(file);
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const lock = takeLock(join(dataDir, 'lock.db'));
  try {
    const current = join(dataDir, 'bootbench.db');
    const incoming = `${current}.restoring`;
    copyFileSync(file, incoming);
    syncFile(incoming);
    const kept = setAside(current, now);
    renameSync(incoming, current);
    syncFile(dataDir);
    return { kept };
  } finally {
    lock.close();
  }
}

function checkBackup(file: string): void {
  if (!existsSync(file))
    throw new BootbenchError('E_NOT_FOUND', `File ${file} not found.`, {
      next: 'Use a file that was written by `bootbench backup`.',
    });
  const problem = problemOf(file);
  if (problem !== undefined)
    throw new BootbenchError('E_DB', `${file} ${problem}`, { next: 'Use a file that was written by `bootbench backup`.' });
}

/** Why `file` cannot be restored, as the rest of a sentence. */
function problemOf(file: string): string | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(file, { readonly: true, fileMustExist: true, timeout: 500 });
    const check = database.pragma('quick_check', { simple: true });
    if (check !== 'ok') return `is damaged: ${String(check)}.`;
    const schema = database.pragma('user_version', { simple: true }) as number;
    if (schema > MAIN_MIGRATIONS.length) return `was written by a newer Bootbench (schema ${schema}).`;
    const found = database.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    const missing = TABLES.filter((table) => !found.some(({ name }) => name === table));
    return missing.length > 0 ? 'is not a Bootbench database.' : undefined;
  } catch (error) {
    return `cannot be read as a database: ${error instanceof Error ? error.message : String(error)}.`;
  } finally {
    database?.close();
  }
}

/** Renames the database, and the write-ahead files that belong to it, to a name with the time. */
function setAside(current: string, now: number): string | undefined {
  if (!existsSync(current)) return undefined;
  const kept = `${current}.before-restore-${new Date(now).toISOString().replaceAll(':', '').slice(0, 17)}`;
  for (const suffix of ['-wal', '-shm', '']) if (existsSync(current + suffix)) renameSync(current + suffix, kept + suffix);
  return kept;
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
