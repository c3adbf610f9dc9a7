import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Lease } from '../../../contract/inventory.ts';
import { leaseRows } from '../../../db/leases.ts';
import { openDb } from '../../../db/open.ts';

const lease: Lease = { ip: '10.0.0.9', mac: '52:54:00:00:00:09', state: 'bound', hostname: 'a', startedAt: 1, expiresAt: 2 };

function opened() {
  const dataDir = mkdtempSync(join(tmpdir(), 'lease-rows-'));
  const db = openDb(dataDir);
  onTestFinished(() => {
    if (db.main.open) db.close();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { dataDir, db, rows: leaseRows(db) };
}

describe('lease rows', () => {
  it('come back as they were put, by address and by machine', () => {
    const { rows } = opened();
    rows.put(lease);
    rows.put({ ...lease, ip: '10.0.0.10', state: 'declined', startedAt: 5, hostname: undefined });
    expect(rows.byIp('10.0.0.9')).toEqual(lease);
    expect(rows.byMac(lease.mac).map(({ ip }) => ip)).toEqual(['10.0.0.10', '10.0.0.9']);
    expect(rows.list()).toHaveLength(2);
  });

  it('change together with their change rows', () => {
    const { rows, db } = opened();
    rows.put(lease);
    rows.put({ ...lease, state: 'released' });
    rows.remove(lease.ip);
    rows.remove(lease.ip);
    expect(db.changesSince(0)?.map(({ op, object }) => `${op} ${(object as Lease).state}`)).toEqual([
      'ADDED bound',
      'MODIFIED released',
      'DELETED released',
    ]);
    expect(rows.byIp(lease.ip)).toBeUndefined();
  });

  it('are told to subscribers once for a whole transaction', () => {
    const { rows, db } = opened();
    const batches: number[] = [];
    db.onChanges((changes) => batches.push(changes.length));
    db.write(() => {
      rows.put(lease);
      rows.put({ ...lease, ip: '10.0.0.11' });
    });
    expect(batches).toEqual([2]);
  });

  it('are there when the database is opened again', () => {
    const { rows, db, dataDir } = opened();
    rows.put(lease);
    db.close();
    const again = openDb(dataDir);
    expect(leaseRows(again).list()).toEqual([lease]);
    again.close();
  });

  it('know which interface reserves an address', () => {
    const { rows, db } = opened();
    db.main.exec(`INSERT INTO hosts (name, object) VALUES ('rack1', '{}')`);
    db.main.exec(`INSERT INTO interfaces (mac, host, ip) VALUES ('52:54:00:00:00:01', 'rack1', '10.0.0.20')`);
    expect(rows.reservedBy('10.0.0.20')).toBe('52:54:00:00:00:01');
    expect(rows.reservedBy('10.0.0.21')).toBeUndefined();
  });
});
