import type { Db } from './open.ts';

/** Encrypted secrets by name. */
export interface SecretRows {
  get(name: string): string | undefined;
  put(name: string, sealed: string, now: number): void;
  remove(name: string): void;
}

export function secretRows(db: Db): SecretRows {
  const one = db.main.prepare<[string], { sealed: string }>('SELECT sealed FROM secrets WHERE name = ?');
  const upsert = db.main.prepare<[string, string, number]>(
    'INSERT INTO secrets (name, sealed, updated_at) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at',
  );
  const drop = db.main.prepare<[string]>('DELETE FROM secrets WHERE name = ?');
  return {
    get: (name) => one.get(name)?.sealed,
    put(name, sealed, now) {
      db.write(() => upsert.run(name, sealed, now));
    },
    remove(name) {
      db.write(() => drop.run(name));
    },
  };
}
