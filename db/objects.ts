import { isDeepStrictEqual } from 'node:util';
import type { ChangeKind } from '../contract/changes.ts';
import type { Db, ObjectOf } from './open.ts';

/** Objects that are kept parsed, of one kind. DHCP alone looks hosts up several times for each packet. */
const MAX_PARSED = 4096;

/**
 * A repository of one aggregate whose rows are `key` and contract JSON. Every write leaves its change row. One that would change nothing
 * but the `updatedAt` of a numbered object does not happen: it keeps its number and watchers hear nothing, as in Kubernetes.
 */
export interface Objects<T> {
  /** Frozen, as what `get` returns: the next caller gets the same objects. */
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
  const parsed = new Parsed<ObjectOf<K>>();
  const all = db.main.prepare<[], Row>(`SELECT ${key} AS name, object FROM ${table} ORDER BY ${key}`);
  const one = db.main.prepare<[string], Row>(`SELECT ${key} AS name, object FROM ${table} WHERE ${key} = ?`);
  const upsert = db.main.prepare<[string, string]>(
    `INSERT INTO ${table} (${key}, object) VALUES (?, ?) ON CONFLICT (${key}) DO UPDATE SET object = excluded.object`,
  );
  const drop = db.main.prepare<[string]>(`DELETE FROM ${table} WHERE ${key} = ?`);

  const get = (name: string): ObjectOf<K> | undefined => {
    const row = one.get(name);
    return row && parsed.of(row);
  };

  return {
    list: () => all.all().map((row) => parsed.of(row)),
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

interface Row {
  readonly name: string;
  readonly object: string;
}

/** Objects by name, with the text that they were parsed from: a row that has another text by now is parsed again. */
class Parsed<T extends object> {
  readonly #known = new Map<string, { readonly text: string; readonly object: T }>();

  of({ name, object: text }: Row): T {
    const known = this.#known.get(name);
    if (known?.text === text) return known.object;
    const object = frozen(JSON.parse(text) as T);
    if (!known && this.#known.size >= MAX_PARSED) this.#known.clear();
    this.#known.set(name, { text, object });
    return object;
  }
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

function withSeq<T extends object>(object: T, seq: number): T {
  return { ...object, seq };
}

/** Compared as JSON has them: without undefined members, in any order. */
function isSame(before: object, after: object): boolean {
  const compared = (object: object): unknown => JSON.parse(JSON.stringify({ ...object, seq: 0, updatedAt: 0 }));
  return isDeepStrictEqual(compared(before), compared(after));
}
