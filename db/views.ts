import type { Db } from './open.ts';

/** What a view was made from. */
export interface ViewRow {
  readonly token: string;
  readonly host: string;
  readonly mac: string;
  readonly image: string;
  /** JSON of the planner's inputs. */
  readonly inputs: string;
  /** Revision of the planner that made it. */
  readonly planner: number;
  /** The overlay's etag, which a view made again after a restart must have. */
  readonly hash: string;
  /** When it was last given out. */
  readonly createdAt: number;
  /** `armedAfter` of the assignment for which it was; null where that is unknown, or nothing was assigned. */
  readonly arming: number | null;
  /** Of every byte, hex; null until it was asked for. */
  readonly sha256: string | null;
}

export interface ViewRows {
  add(row: Omit<ViewRow, 'sha256'>): void;
  get(token: string): ViewRow | undefined;
  /** Newest first. */
  ofMac(mac: string): ViewRow[];
  /** Makes a view the one that was last given out. */
  giveAgain(token: string, at: number, arming: number | null): void;
  /** Deletes all but the newest `keep` views of each MAC and those that are still in use. Returns the tokens of the deleted ones. */
  prune(keep: number, inUse: readonly string[]): string[];
  setSha256(token: string, sha256: string): void;
}

const COLUMNS = 'token, host, mac, image, inputs, planner, hash, created_at AS createdAt, arming, sha256';

export function viewRows(db: Db): ViewRows {
  const insert = db.main.prepare<[string, string, string, string, string, number, string, number, number | null]>(
    'INSERT INTO views (token, host, mac, image, inputs, planner, hash, created_at, arming) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const one = db.main.prepare<[string], ViewRow>(`SELECT ${COLUMNS} FROM views WHERE token = ?`);
  const byMac = db.main.prepare<[string], ViewRow>(`SELECT ${COLUMNS} FROM views WHERE mac = ? ORDER BY created_at DESC, rowid DESC`);
  const forget = db.main.prepare<[number, string], { token: string }>(
    `DELETE FROM views WHERE token IN (
       SELECT token FROM (SELECT token, row_number() OVER (PARTITION BY mac ORDER BY created_at DESC, rowid DESC) AS place FROM views) WHERE place > ?)
     AND token NOT IN (SELECT value FROM json_each(?))
     RETURNING token`,
  );
  const again = db.main.prepare<[number, number | null, string]>('UPDATE views SET created_at = ?, arming = ? WHERE token = ?');
  const hashed = db.main.prepare<[string, string]>('UPDATE views SET sha256 = ? WHERE token = ?');
  return {
    add(row) {
      db.write(() => insert.run(row.token, row.host, row.mac, row.image, row.inputs, row.planner, row.hash, row.createdAt, row.arming));
    },
    get: (token) => one.get(token),
    ofMac: (mac) => byMac.all(mac),
    giveAgain(token, at, arming) {
      db.write(() => again.run(at, arming, token));
    },
    prune: (keep, inUse) => db.write(() => forget.all(keep, JSON.stringify(inUse))).map(({ token }) => token),
    setSha256(token, sha256) {
      db.write(() => hashed.run(sha256, token));
    },
  };
}
