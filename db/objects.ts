import type { ChangeKind } from '../contract/changes.ts';
import type { Db, ObjectOf } from './open.ts';

/** A repository of one aggregate whose rows are `key` and contract JSON. Every write leaves its change row. */
export interface Objects<T> {
  list(): T[];
  get(key: string): T | undefined;
  /** Inserts or replaces; says which in the change row. */
  put(key: string, object: T): void;
  remove(key: string): T | undefined;
}

const TABLES = {
  host: { table: 'hosts', key: 'name' },
  image: { table: 'images', key: 'name' },
  config: { table: 'configs', key: 'name' },
  discovered: { table: 'discovered', key: 'mac' },
  job: { table: 'jobs', key: 'id' },
} as const;

export function objects<K extends keyof typeof TABLES & ChangeKind>(db: Db, kind: K): Objects<ObjectOf<K>> {
  const { table, key } = TABLES[kind];
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
      db.write(() => {
        const op = one.get(name) ? 'MODIFIED' : 'ADDED';
        upsert.run(name, JSON.stringify(object));
        db.changed(kind, op, name, object);
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
