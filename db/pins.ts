import type { Db } from './open.ts';

/** Fingerprints of the certificates and keys that endpoints showed first. */
export interface PinRows {
  get(endpoint: string): string | undefined;
  put(endpoint: string, fingerprint: string, now: number): void;
  remove(endpoint: string): void;
}

export function pinRows(db: Db): PinRows {
  const one = db.main.prepare<[string], { fingerprint: string }>('SELECT fingerprint FROM pins WHERE endpoint = ?');
  const upsert = db.main.prepare<[string, string, number]>(
    'INSERT INTO pins (endpoint, fingerprint, pinned_at) VALUES (?, ?, ?) ON CONFLICT (endpoint) DO UPDATE SET fingerprint = excluded.fingerprint, pinned_at = excluded.pinned_at',
  );
  const drop = db.main.prepare<[string]>('DELETE FROM pins WHERE endpoint = ?');
  return {
    get: (endpoint) => one.get(endpoint)?.fingerprint,
    put(endpoint, fingerprint, now) {
      db.write(() => upsert.run(endpoint, fingerprint, now));
    },
    remove(endpoint) {
      db.write(() => drop.run(endpoint));
    },
  };
}
