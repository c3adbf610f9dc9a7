import type Database from 'better-sqlite3';
import type { Change, ChangeKind } from '../contract/changes.ts';
import { openFiles, type SetAside } from './open-files.ts';
import { StorageHealth } from './storage-health.ts';

/** Changes are read in batches of at most about this size, however large their objects are. */
const BATCH_BYTES = 4 * 1024 * 1024;

/** How many change rows are stored for readers that resume; older readers take a new snapshot. */
const KEPT_CHANGES = 20_000;
/** Bytes of them, in characters; a config may have a megabyte. Then the oldest quarter is removed. */
const KEPT_CHANGE_BYTES = 64 * 1024 * 1024;

export type ObjectOf<K extends ChangeKind> = Extract<Change, { kind: K }>['object'];

/** The two files of a data directory, and the lock that keeps a second appliance out. */
export interface Db {
  /** Inventory, leases, views: WAL, synchronous=FULL. */
  readonly main: Database.Database;
  /** Events: WAL, synchronous=NORMAL. */
  readonly activity: Database.Database;
  /** The history that was damaged when it was opened. */
  readonly setAside: SetAside | undefined;
  /** Whether the databases can be written. */
  readonly health: StorageHealth;
  /** Runs `work` in one transaction; rows and their change rows are committed together, then subscribers are notified. Nests. */
  write<T>(work: () => T): T;
  /** Runs `work` as `write` would and undoes it: nothing is stored, and no one is notified. Not inside a `write`. */
  rehearse<T>(work: () => T): T;
  /** Runs `work` once the current `write` is committed, never if it is undone; immediately outside of one. */
  afterCommit(work: () => void): void;
  /** Writes the change row of a row written in the same `write`. */
  changed<K extends ChangeKind>(kind: K, op: Change['op'], name: string, object: ObjectOf<K>): void;
  onChanges(listener: (changes: Change[]) => void): () => void;
  /**
   * The next changes after `since`, oldest first, at most `limit` and about 4 MiB; of one kind where one is named. Undefined when some are no
   * longer stored, or this database never gave that number: take a snapshot.
   */
  changesSince(since: number, options?: { readonly limit?: number; readonly kind?: ChangeKind }): Change[] | undefined;
  /** Whether `changesSince` has an answer. */
  storesSince(since: number): boolean;
  lastSeq(): number;
  close(): void;
}

/**
 * Opens (and creates) the databases of `dataDir`, for this user alone. A damaged activity.db is set aside and a new one begun. E_LOCKED when
 * another appliance holds it, E_DB_DAMAGED and E_DB_MISSING when the inventory has to be restored, E_DATA_READ_ONLY, E_DISK_FULL, else E_DB.
 */
export function openDb(dataDir: string, now = Date.now()): Db {
  const { main, activity, lock, setAside } = openFiles(dataDir, now);
  return makeDb(main, activity, lock, setAside);
}

function makeDb(main: Database.Database, activity: Database.Database, lock: Database.Database, setAside: SetAside | undefined): Db {
  const listeners = new Set<(changes: Change[]) => void>();
  const insert = main.prepare<[string, string, string, string]>('INSERT INTO changes (kind, op, name, object) VALUES (?, ?, ?, ?)');
  const forget = main.prepare<[number]>('DELETE FROM changes WHERE seq <= ?');
  let changeBytes = main.prepare<[], { bytes: number }>('SELECT coalesce(sum(length(object)), 0) AS bytes FROM changes').get()?.bytes ?? 0;
  const after = 'SELECT seq, kind, op, name, object FROM changes WHERE seq > ?';
  const since = main.prepare<[number, number], ChangeRow>(`${after} ORDER BY seq LIMIT ?`);
  const ofKind = main.prepare<[number, string, number], ChangeRow>(`${after} AND kind = ? ORDER BY seq LIMIT ?`);
  const oldest = main.prepare<[], { seq: number | null }>('SELECT min(seq) AS seq FROM changes');
  const newest = main.prepare<[], { seq: number }>("SELECT seq FROM sqlite_sequence WHERE name = 'changes'");
  let pending: Change[] = [];
  let afterwards: (() => void)[] = [];

  const lastSeq = (): number => newest.get()?.seq ?? 0;
  const storesSince = (seq: number): boolean => {
    const last = lastSeq();
    return seq === last || (seq < last && seq + 1 >= (oldest.get()?.seq ?? last + 1));
  };

  const health = new StorageHealth();
  return {
    main,
    activity,
    setAside,
    health,
    write(work) {
      if (main.inTransaction) return work();
      [pending, afterwards] = [[], []];
      const result = health.watch('inventory', () => main.transaction(work).immediate());
      const [changes, committed] = [pending, afterwards];
      [pending, afterwards] = [[], []];
      for (const callback of committed) callback();
      if (changes.length > 0) for (const listener of listeners) listener(changes);
      return result;
    },
    rehearse(work) {
      [pending, afterwards] = [[], []];
      main.exec('BEGIN IMMEDIATE');
      try {
        return work();
      } finally {
        main.exec('ROLLBACK');
        [pending, afterwards] = [[], []];
      }
    },
    afterCommit(work) {
      if (main.inTransaction) afterwards.push(work);
      else work();
    },
    changed(kind, op, name, object) {
      const json = JSON.stringify(object);
      const seq = Number(insert.run(kind, op, name, json).lastInsertRowid);
      if (seq % 1000 === 0) forget.run(seq - KEPT_CHANGES);
      changeBytes += json.length;
      if (changeBytes > KEPT_CHANGE_BYTES) changeBytes = forgetBytes(main, seq);
      pending.push({ seq, kind, op, name, object } as Change);
    },
    onChanges(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    changesSince(seq, { limit = 500, kind } = {}) {
      if (!storesSince(seq)) return undefined;
      const changes: Change[] = [];
      let bytes = 0;
      for (const row of kind === undefined ? since.iterate(seq, limit) : ofKind.iterate(seq, kind, limit)) {
        bytes += row.object.length;
        if (changes.length > 0 && bytes > BATCH_BYTES) break;
        changes.push({ ...row, object: JSON.parse(row.object) as unknown } as Change);
      }
      return changes;
    },
    storesSince,
    lastSeq,
    close() {
      main.close();
      activity.close();
      lock.close();
    },
  };
}

interface ChangeRow {
  seq: number;
  kind: string;
  op: string;
  name: string;
  object: string;
}

/** Removes the oldest changes until three quarters of the limit are left, never the newest. Returns the bytes that are left. */
function forgetBytes(main: Database.Database, newest: number): number {
  let bytes = 0;
  for (const row of main
    .prepare<[], { seq: number; bytes: number }>('SELECT seq, length(object) AS bytes FROM changes ORDER BY seq DESC')
    .all()) {
    if (bytes + row.bytes > (KEPT_CHANGE_BYTES * 3) / 4 && row.seq !== newest) {
      main.prepare<[number]>('DELETE FROM changes WHERE seq <= ?').run(row.seq);
      return bytes;
    }
    bytes += row.bytes;
  }
  return bytes;
}
