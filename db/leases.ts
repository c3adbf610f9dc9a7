import { Lease } from '../contract/inventory.ts';
import type { Db } from './open.ts';

/** Leases as rows. Which machine may have which address is decided in dhcp/; this file only stores and finds them. */
export interface LeaseRows {
  list(): Lease[];
  byIp(ip: string): Lease | undefined;
  /** Newest first. A machine has one lease, and may have declined others. */
  byMac(mac: string): Lease[];
  /** The MAC whose interface reserves this address. */
  reservedBy(ip: string): string | undefined;
  /** Writes the row and its change row; call inside `db.write` to commit several at once. */
  put(lease: Lease): void;
  remove(ip: string): void;
}

interface LeaseRow {
  ip: string;
  mac: string;
  state: string;
  hostname: string | null;
  vendor_class: string | null;
  relay: string | null;
  started_at: number;
  expires_at: number;
}

export function leaseRows(db: Db): LeaseRows {
  const { main } = db;
  const columns = 'ip, mac, state, hostname, vendor_class, relay, started_at, expires_at';
  const all = main.prepare<[], LeaseRow>(`SELECT ${columns} FROM leases ORDER BY ip`);
  const one = main.prepare<[string], LeaseRow>(`SELECT ${columns} FROM leases WHERE ip = ?`);
  const ofMac = main.prepare<[string], LeaseRow>(`SELECT ${columns} FROM leases WHERE mac = ? ORDER BY started_at DESC`);
  const reservation = main.prepare<[string], { mac: string }>('SELECT mac FROM interfaces WHERE ip = ?');
  const remove = main.prepare<[string]>('DELETE FROM leases WHERE ip = ?');
  const upsert = main.prepare<LeaseRow>(
    `INSERT INTO leases (${columns}) VALUES (@ip, @mac, @state, @hostname, @vendor_class, @relay, @started_at, @expires_at)
     ON CONFLICT (ip) DO UPDATE SET mac = @mac, state = @state, hostname = @hostname, vendor_class = @vendor_class, relay = @relay,
       started_at = @started_at, expires_at = @expires_at`,
  );
  const find = (ip: string): Lease | undefined => {
    const row = one.get(ip);
    return row && toLease(row);
  };

  return {
    list: () => all.all().map(toLease),
    byIp: find,
    byMac: (mac) => ofMac.all(mac).map(toLease),
    reservedBy: (ip) => reservation.get(ip)?.mac,
    put(lease) {
      db.write(() => {
        const op = find(lease.ip) ? 'MODIFIED' : 'ADDED';
        upsert.run(toRow(lease));
        db.changed('lease', op, lease.ip, lease);
      });
    },
    remove(ip) {
      db.write(() => {
        const lease = find(ip);
        if (!lease) return;
        remove.run(ip);
        db.changed('lease', 'DELETED', ip, lease);
      });
    },
  };
}

function toLease(row: LeaseRow): Lease {
  return Lease.parse({
    ip: row.ip,
    mac: row.mac,
    state: row.state,
    hostname: row.hostname ?? undefined,
    vendorClass: row.vendor_class ?? undefined,
    relay: row.relay ?? undefined,
    startedAt: row.started_at,
    expiresAt: row.expires_at,
  });
}

function toRow(lease: Lease): LeaseRow {
  return {
    ip: lease.ip,
    mac: lease.mac,
    state: lease.state,
    hostname: lease.hostname ?? null,
    vendor_class: lease.vendorClass ?? null,
    relay: lease.relay ?? null,
    started_at: lease.startedAt,
    expires_at: lease.expiresAt,
  };
}
