import { isDeepStrictEqual } from 'node:util';
import type { ChangeKind } from '../contract/changes.ts';
import type { Db, ObjectOf } from './open.ts';

/**
 * A repository of one aggregate whose rows are `key` and contract JSON. Every write leaves its change row. One that would change nothing
 * but the `updatedAt` of a numbered object does not happen: it keeps its number and watchers hear nothing, as in Kubernetes.
 */
export interface Objects<T> {
  list(): T[];
  get(key: string): T | undefined;
  /** Inserts or replaces; says which in the change row. Returns the object as stored: hosts, images, configs and jobs with the change's `seq`. */
  put(key: string, object: T): T;
  remove(key: string): T | undefined;
}

const TABLES = {
  host: { table: 'hosts', key: 'name', numbered: true },
  image: { table: 'images', key: 'name', numbered: true },
  config: { table: 'configs', key: 'name', numbered: true },
  discovered: { table: 'discovered', key: 'mac', numbered: false },
  job: { table: 'jobs', key: 'id', numbered: true },
} as const;

export function objects<K extends keyof typeof TABLES & ChangeKind>(db: Db, kind: K): Objects<ObjectOf<K>> {
  const { table, key, numbered } = TABLES[kind];
  const parse = (row: { object: string }): ObjectOf<K> => JSON.parse(row.object) as ObjectOf<K>;
  const all = db.main.prepare<[], { object: string }>(`SELECT object FROM ${table} ORDER BY ${key}`);
  const one = db.main.prepare<[string], { object: string }>(`SELECT object FROM ${table} WHERE ${key} = ?`);
  const upsert = db.main.prepare<[string, string]>(
    `INSERT INTO ${table} (${key}, object) VALUES (?, ?) ON CONFLICT (${key}) DO UPDATE SET object = excluded.object`,
  );
  const drop = db.main.prepare<[string]>(`DELETE FROM ${table} WHERE ${key} = ?`);

  const get = (name: string): ObjectOf<K> | undefined => {
    const row = one.get(name);
    return row && parse(row);
  };

  return {
    list: () => all.all().map(parse),
    get,
    put(name, object) {
      return db.write(() => {
        const before = get(name);
        if (numbered && before !== undefined && isSame(before, object)) return before;
        const op = before === undefined ? 'ADDED' : 'MODIFIED';
        // The number that db.changed gives to this change: no one else writes in between.
        const stored = numbered ? withSeq(object, db.lastSeq() + 1) : object;
        upsert.run(name, JSON.stringify(stored));
        db.changed(kind, op, name, stored);
        return stored;
      });
    },
    remove(name) {
      return db.write(() => {
        const old = get(name);
        if (old === undefined) return undefined;
        drop.run(name);
        db.changed(kind, 'DELETED', name, old);
        return old;
      });
    },
  };
}

function withSeq<T extends object>(object: T, seq: number): T {
  return { ...object, seq };
}

/** Compared as JSON has them: without undefined members, in any order. */
function isSame(before: object, after: object): boolean {
  const compared = (object: object): unknown => JSON.parse(JSON.stringify({ ...object, seq: 0, updatedAt: 0 }));
  return isDeepStrictEqual(compared(before), compared(after));
}
