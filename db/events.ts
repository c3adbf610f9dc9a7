import type { BenchEvent } from '../contract/appliance.ts';
import type { Db } from './open.ts';

/** How many events are stored; at about 300 bytes each this bounds activity.db near 60 MB. */
const KEPT_EVENTS = 200_000;

export interface EventQuery {
  readonly host?: string;
  readonly mac?: string;
  /** Only numbers below this one. */
  readonly before?: number;
  /** Only numbers above this one. */
  readonly since?: number;
  /** Only of these types. */
  readonly types?: readonly string[] | undefined;
  readonly limit: number;
  /** Oldest first, instead of newest first. */
  readonly oldestFirst?: boolean;
}

export interface EventRows {
  lastSeq(): number;
  append(eventRows: readonly BenchEvent[]): void;
  /** Newest first, unless the query says otherwise. */
  find(query: EventQuery): BenchEvent[];
}

type Row = Omit<BenchEvent, 'data' | 'host' | 'mac' | 'ip'> & { data: string; host: string | null; mac: string | null; ip: string | null };

export function eventRows(db: Pick<Db, 'activity'>): EventRows {
  const newest = db.activity.prepare<[], { seq: number | null }>('SELECT max(seq) AS seq FROM events');
  const insert = db.activity.prepare<[number, number, string, string | null, string | null, string | null, string, string]>(
    'INSERT INTO events (seq, at, type, host, mac, ip, message, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  );
  const forget = db.activity.prepare<[number]>('DELETE FROM events WHERE seq <= ?');

  return {
    lastSeq: () => newest.get()?.seq ?? 0,
    append(batch) {
      db.activity.transaction(() => {
        for (const event of batch) {
          insert.run(
            event.seq,
            event.at,
            event.type,
            event.host ?? null,
            event.mac ?? null,
            event.ip ?? null,
            event.message,
            JSON.stringify(event.data),
          );
        }
        const last = batch.at(-1);
        if (last && last.seq % 1000 < batch.length) forget.run(last.seq - KEPT_EVENTS);
      })();
    },
    find(query) {
      const where: string[] = [];
      const values: (string | number)[] = [];
      const and = (clause: string, value: string | number | undefined): void => {
        if (value === undefined) return;
        where.push(clause);
        values.push(value);
      };
      and('host = ?', query.host);
      and('mac = ?', query.mac);
      and('seq < ?', query.before);
      and('seq > ?', query.since);
      if (query.types) {
        where.push(`type IN (${query.types.map(() => '?').join(', ')})`);
        values.push(...query.types);
      }
      const filter = where.length > 0 ? `WHERE ${where.join(' AND ')}` : '';
      return db.activity
        .prepare<(string | number)[], Row>(
          `SELECT * FROM events ${filter} ORDER BY seq ${query.oldestFirst === true ? 'ASC' : 'DESC'} LIMIT ?`,
        )
        .all(...values, query.limit)
        .map(fromRow);
    },
  };
}

function fromRow(row: Row): BenchEvent {
  return {
    ...row,
    host: row.host ?? undefined,
    mac: row.mac ?? undefined,
    ip: row.ip ?? undefined,
    data: JSON.parse(row.data) as BenchEvent['data'],
  };
}
