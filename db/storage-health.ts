import type { BootbenchError } from '../contract/errors.ts';
import { errnoOf } from '../contract/errors.ts';
import { cannotBeWritten } from './sentences.ts';
import { databaseError, DATABASES, type DatabaseKind } from './check.ts';

/** What cannot be written now. */
export interface StorageFailure {
  readonly database: DatabaseKind;
  /** E_DISK_FULL, E_DATA_READ_ONLY or E_DB. */
  readonly error: BootbenchError;
}

type Listener = (database: DatabaseKind, failure: StorageFailure | undefined) => void;

/** Remembers which database the disk refuses to write, by what happened to the latest write of each. */
export class StorageHealth {
  readonly #failures = new Map<DatabaseKind, StorageFailure>();
  readonly #listeners = new Set<Listener>();

  get failures(): StorageFailure[] {
    return [...this.#failures.values()];
  }

  /** Runs a write. What it throws is thrown; what the disk refuses is remembered until the next write succeeds. */
  watch<T>(database: DatabaseKind, write: () => T): T {
    try {
      const result = write();
      this.#succeeded(database);
      return result;
    } catch (error) {
      if (isOfDisk(error)) this.#failed(database, error);
      throw error;
    }
  }

  /** Called when a database starts to fail, when it fails for another reason, and when it is written again (undefined). */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #succeeded(database: DatabaseKind): void {
    if (!this.#failures.delete(database)) return;
    for (const listener of this.#listeners) listener(database, undefined);
  }

  #failed(database: DatabaseKind, cause: unknown): void {
    const error = databaseError(DATABASES[database].file, cause, cannotBeWritten);
    const before = this.#failures.get(database);
    const failure = { database, error };
    this.#failures.set(database, failure);
    if (before?.error.code === error.code) return;
    for (const listener of this.#listeners) listener(database, failure);
  }
}

/** Whether a write failed for a reason that lies with the disk or the file, not with what was written. */
export function isOfDisk(error: unknown): boolean {
  const code = errnoOf(error) ?? '';
  return (
    ['SQLITE_FULL', 'ENOSPC', 'EDQUOT', 'EROFS', 'EIO'].includes(code) || /^SQLITE_(IOERR|READONLY|CANTOPEN|CORRUPT|NOTADB)/.test(code)
  );
}
