import Database from 'better-sqlite3';
import { statSync } from 'node:fs';
import { BootbenchError, errnoOf } from '../contract/errors.ts';
import { ACTIVITY_MIGRATIONS, MAIN_MIGRATIONS } from './migrations.ts';
import * as sentences from './sentences.ts';

/** The two databases of a data directory: hosts, images, configs and leases; and the events. */
export type DatabaseKind = 'inventory' | 'history';

/** `tables`: those that the file has had since its first schema. */
export const DATABASES = {
  inventory: { file: 'bootbench.db', migrations: MAIN_MIGRATIONS, tables: ['hosts', 'interfaces', 'images', 'configs', 'changes'] },
  history: { file: 'activity.db', migrations: ACTIVITY_MIGRATIONS, tables: ['events'] },
} as const satisfies Record<DatabaseKind, { file: string; migrations: readonly string[]; tables: readonly string[] }>;

/** What a file is. `damaged`: SQLite cannot read it, or it has not the tables that its schema says. `reason`: the rest of a sentence about it. */
export type Found =
  | { readonly kind: 'sound'; readonly database: DatabaseKind; readonly schema: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'newer' | 'foreign' | 'damaged'; readonly reason: string };

/** Reads a database file and checks it with SQLite's quick check; changes nothing. Throws what prevents reading a file that may be sound. */
export function examine(path: string): Found {
  if (statSync(path).size === 0) return { kind: 'empty' };
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { readonly: true, fileMustExist: true, timeout: 500 });
    return examineOpen(database);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return { kind: 'damaged', reason: sentences.notReadable(messageOf(error)) };
  } finally {
    database?.close();
  }
}

function examineOpen(file: Database.Database): Found {
  const check = file.pragma('quick_check(1)', { simple: true });
  if (check !== 'ok') return { kind: 'damaged', reason: sentences.failsCheck(String(check)) };
  const schema = file.pragma('user_version', { simple: true }) as number;
  const rows = file.prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const names = rows.map(({ name }) => name);
  if (names.length === 0 && schema === 0) return { kind: 'empty' };
  const kinds = Object.keys(DATABASES) as DatabaseKind[];
  // A newer version may have dropped some of them.
  const later = kinds.find(
    (each) => schema > DATABASES[each].migrations.length && DATABASES[each].tables.some((table) => names.includes(table)),
  );
  if (later) return { kind: 'newer', reason: sentences.newer(schema, DATABASES[later].migrations.length) };
  const database = kinds.find((each) => DATABASES[each].tables.every((table) => names.includes(table)));
  if (database === undefined || schema === 0) return { kind: 'foreign', reason: sentences.NOT_OURS };
  return { kind: 'sound', database, schema };
}

/** Whether the bytes of the file are at fault, not its permissions, its disk or another program. */
function isDamage(error: unknown): boolean {
  const code = errnoOf(error) ?? '';
  return code === 'SQLITE_NOTADB' || code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_IOERR_SHORT_READ';
}

/** Why SQLite or the system cannot use a file, as an error with a next step: E_DATA_READ_ONLY, E_DISK_FULL, else E_DB. */
export function databaseError(path: string, error: unknown, describe = sentences.cannotBeOpened): BootbenchError {
  if (error instanceof BootbenchError) return error;
  const code = errnoOf(error) ?? '';
  const message = describe(path, messageOf(error));
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || ['EACCES', 'EPERM', 'EROFS'].includes(code))
    return new BootbenchError('E_DATA_READ_ONLY', message, { cause: error });
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') return new BootbenchError('E_DISK_FULL', message, { cause: error });
  return new BootbenchError('E_DB', message, { cause: error });
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
