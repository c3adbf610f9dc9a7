import type Database from 'better-sqlite3';
import { chmod, mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { backupFiles, backupFolder, nextBackupName } from './backup-files.ts';
import { databaseError, examine, messageOf, type DatabaseKind } from './check.ts';
import { makePrivateFile } from './file-modes.ts';
import type { Db } from './open.ts';
import * as sentences from './sentences.ts';
import { onceReleased } from '../util/held-files.ts';

/** Pages that are copied in one turn of the event loop: about a millisecond. */
const PAGES_AT_A_TIME = 100;
const PARTIAL = '.partial';

/** Automatic backups that are stored: the newest ones, then the newest one of each of some earlier days. */
const KEPT_NEWEST = 24;
const KEPT_DAYS = 14;
/** Of all automatic backups together; the newest one stays however large it is. */
const MAX_BYTES = 2 * 1024 ** 3;

export interface WrittenBackup {
  readonly file: string;
  readonly bytes: number;
}

/** As text, the thread's program needs no file of its own in any bundle or package. One file without a write-ahead log is left. */
const CHECK = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.module);
const database = new Database(workerData.path, { fileMustExist: true });
try {
  database.pragma('journal_mode = DELETE');
  parentPort.postMessage(String(database.pragma('quick_check(1)', { simple: true })));
} finally {
  database.close();
}`;

/**
 * Writes a backup to a file that does not exist yet, checks it, and only then gives it its name. The services continue meanwhile. E_EXISTS when
 * there is a file or folder already, which includes the databases themselves; E_DISK_FULL, E_DATA_READ_ONLY, else E_DB; nothing is left then.
 */
export async function backUp(db: Db, database: DatabaseKind, file: string): Promise<WrittenBackup> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new BootbenchError('E_EXISTS', sentences.targetIsFolder(file), { next: sentences.OTHER_TARGET });
  if (found) throw new BootbenchError('E_EXISTS', sentences.targetExists(file), { next: sentences.OTHER_TARGET });
  try {
    return await write(database === 'inventory' ? db.main : db.activity, file);
  } catch (error) {
    const { code } = databaseError(file, error);
    const next = code === 'E_DB' ? sentences.OTHER_FOLDER : undefined;
    throw new BootbenchError(code, sentences.backupFailed(file, messageOf(error)), { cause: error, next });
  }
}

/** The automatic backup of the inventory in the folder backups; those that are too old are removed. Errors as `backUp`. */
export async function backUpAutomatically(db: Db, dataDir: string, now: number): Promise<WrittenBackup> {
  const folder = backupFolder(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw databaseError(folder, error, sentences.cannotBeWritten);
  });
  const { bavail, bsize } = await statfs(folder);
  const { size } = await stat(join(dataDir, 'bootbench.db'));
  if (bavail * bsize < 2 * size) throw new BootbenchError('E_DISK_FULL', sentences.noSpaceForBackup(folder));
  const written = await backUp(db, 'inventory', join(folder, nextBackupName(dataDir, now)));
  const sized = await Promise.all(backupFiles(dataDir).map(async (each) => ({ ...each, bytes: (await stat(each.path)).size })));
  for (const { path } of outdated(sized)) await rm(path, { force: true });
  return written;
}

/** Of automatic backups, newest first, those that are not stored any longer. Goes by their order, not by the clock, which may be wrong. */
export function outdated<T extends { readonly day: string; readonly bytes: number }>(backups: readonly T[]): T[] {
  const days = new Set<string>();
  const byAge = backups.filter(({ day }, index) => {
    if (index < KEPT_NEWEST) return true;
    if (days.has(day) || days.size === KEPT_DAYS) return false;
    days.add(day);
    return true;
  });
  let bytes = 0;
  const kept = new Set(byAge.filter((each, index) => (bytes += each.bytes) <= MAX_BYTES || index === 0));
  return backups.filter((each) => !kept.has(each));
}

async function write(source: Database.Database, file: string): Promise<WrittenBackup> {
  const partial = file + PARTIAL;
  await removePartial(partial);
  try {
    makePrivateFile(partial);
    await source.backup(partial, { progress: () => PAGES_AT_A_TIME });
    const problem = await check(partial);
    if (problem !== 'ok') throw new Error(problem);
    await chmod(partial, 0o600);
    await sync(partial, 'r+');
    await onceReleased(() => rename(partial, file));
    if (process.platform !== 'win32') await sync(dirname(file), 'r');
    return { file, bytes: (await stat(file)).size };
  } catch (error) {
    await removePartial(partial).catch(() => undefined);
    throw error;
  }
}

/** SQLite's quick check in a thread of its own; where a thread cannot load SQLite, in this one. */
async function check(path: string): Promise<string> {
  const module = createRequire(import.meta.url).resolve('better-sqlite3');
  const worker = new Worker(CHECK, { eval: true, workerData: { module, path }, execArgv: [], name: 'backup-check' });
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.once('message', (found: string) => resolve(found));
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the thread that checks the backup has ended')));
    });
  } catch (error) {
    if (errnoOf(error)?.startsWith('SQLITE_') === true) throw error;
    const found = examine(path);
    return 'reason' in found ? found.reason : 'ok';
  } finally {
    await worker.terminate();
  }
}

async function removePartial(partial: string): Promise<void> {
  for (const end of ['', '-journal', '-wal', '-shm']) await rm(partial + end, { force: true });
}

async function sync(path: string, flags: 'r' | 'r+'): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
