import Database from 'better-sqlite3';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Change } from '../../../contract/changes.ts';
import { ACTIVITY_MIGRATIONS, MAIN_MIGRATIONS, migrate } from '../../../db/migrations.ts';
import { leaseRows } from '../../../db/leases.ts';
import { objects } from '../../../db/objects.ts';
import { openDb } from '../../../db/open.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'db-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const config = (name: string) => ({ name, format: 'other' as const, files: { a: 'x' }, description: '', createdAt: 1, updatedAt: 1 });

it('b16: changes are bounded by bytes, not only by their number', () => {
  const db = openDb(folder);
  const configs = objects(db, 'config');
  for (let count = 0; count < 100; count++) configs.put('big', { ...config('big'), files: { a: `${count}${'x'.repeat(1024 * 1024)}` } });
  const { bytes } = db.main.prepare<[], { bytes: number }>('SELECT sum(length(object)) AS bytes FROM changes').get()!;
  expect(bytes).toBeLessThan(65 * 1024 * 1024);
  expect(db.changesSince(db.lastSeq() - 1)).toHaveLength(1);
  db.close();
});

describe('the data directory', () => {
  it('refuses a second appliance, and lets it in when the first is gone', () => {
    const first = openDb(folder);
    expect(() => openDb(folder)).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
    first.close();
    openDb(folder).close();
  });

  it('says that a file is no database', () => {
    writeFileSync(join(folder, 'bootbench.db'), 'this is a text, long enough to be looked at as a database header, surely');
    expect(() => openDb(folder)).toThrow(expect.objectContaining({ code: 'E_DB_DAMAGED' }));
    // The lock is free again.
    rmSync(join(folder, 'bootbench.db'));
    openDb(folder).close();
  });

  it('refuses a database of a newer Bootbench', () => {
    openDb(folder).close();
    const database = new Database(join(folder, 'bootbench.db'));
    database.pragma('user_version = 99');
    database.close();
    expect(() => openDb(folder)).toThrow(/newer Bootbench/);
  });
});

describe('changes', () => {
  it('are written with their rows, in order, and told after the commit', () => {
    const db = openDb(folder);
    const heard: Change[][] = [];
    db.onChanges((changes) => heard.push(changes));
    const configs = objects(db, 'config');
    db.write(() => {
      configs.put('a', config('a'));
      configs.put('a', { ...config('a'), description: 'changed' });
      expect(heard).toEqual([]);
    });
    configs.remove('a');
    expect(heard.map((batch) => batch.map(({ seq, op }) => [seq, op]))).toEqual([
      [
        [1, 'ADDED'],
        [2, 'MODIFIED'],
      ],
      [[3, 'DELETED']],
    ]);
    expect(db.changesSince(1)?.map(({ seq }) => seq)).toEqual([2, 3]);
    db.close();
  });

  it('stored objects have the number of the change that made them so', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    expect(configs.put('a', config('a'))).toMatchObject({ seq: 1 });
    db.write(() => {
      configs.put('b', config('b'));
      configs.put('a', { ...config('a'), description: 'changed' });
    });
    expect(configs.list().map(({ seq }) => seq)).toEqual([3, 2]);
    expect(db.changesSince(0)?.map(({ seq, object }) => [seq, (object as { seq?: number }).seq])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    db.close();
  });

  it('a write that changes nothing but the time is no change', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    const stored = configs.put('a', config('a'));
    expect(configs.put('a', { ...config('a'), updatedAt: 99, defaultFile: undefined })).toEqual(stored);
    expect([configs.get('a'), db.lastSeq()]).toEqual([stored, 1]);
    db.close();
  });

  it('a rehearsal stores nothing, tells no one, and uses up no number', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    const told: unknown[] = [];
    db.onChanges((changes) => told.push(changes));
    const result = db.rehearse(() => {
      db.afterCommit(() => told.push('after'));
      return configs.put('a', config('a'));
    });
    expect(result).toMatchObject({ name: 'a', seq: 1 });
    expect(() =>
      db.rehearse(() => {
        throw new Error('refused');
      }),
    ).toThrow('refused');
    expect([configs.list(), told, db.lastSeq()]).toEqual([[], [], 0]);
    db.write(() => {
      db.afterCommit(() => told.push('after'));
      configs.put('a', config('a'));
      expect(told).toEqual([]);
    });
    expect(told).toEqual(['after', [expect.objectContaining({ seq: 1 })]]);
    db.close();
  });

  it('are read in batches that large objects end early', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    for (const name of ['a', 'b', 'c']) configs.put(name, { ...config(name), files: { a: 'x'.repeat(3_000_000) } });
    expect(db.changesSince(0)?.map(({ seq }) => seq)).toEqual([1]);
    expect(db.changesSince(2)?.map(({ seq }) => seq)).toEqual([3]);
    db.close();
  });

  it('vanish with their rows when the transaction fails', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    expect(() =>
      db.write(() => {
        configs.put('a', config('a'));
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(configs.list()).toEqual([]);
    expect(db.changesSince(0)).toEqual([]);
    configs.put('b', config('b'));
    expect(db.changesSince(0)?.map(({ name }) => name)).toEqual(['b']);
    db.close();
  });

  it('tell a reader who is too far behind to take a snapshot', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    configs.put('a', config('a'));
    configs.put('b', config('b'));
    db.main.exec('DELETE FROM changes WHERE seq = 1');
    expect(db.changesSince(0)).toBeUndefined();
    expect(db.changesSince(1)?.length).toBe(1);
    db.main.exec('DELETE FROM changes');
    expect(db.changesSince(0)).toBeUndefined();
    expect(db.changesSince(2)).toEqual([]);
    expect(db.changesSince(3)).toBeUndefined();
    expect([0, 1, 2, 3].map((seq) => db.storesSince(seq))).toEqual([false, false, true, false]);
    db.close();
  });

  it('of one kind are read alone', () => {
    const db = openDb(folder);
    const configs = objects(db, 'config');
    for (const name of ['a', 'b', 'c']) {
      configs.put(name, config(name));
      leaseRows(db).put({ ip: '10.0.0.1', mac: '52:54:00:00:00:01', state: 'bound', startedAt: 0, expiresAt: 1 });
    }
    expect(db.changesSince(1, { kind: 'config', limit: 1 })?.map(({ seq, name }) => [seq, name])).toEqual([[3, 'b']]);
    expect(db.changesSince(0, { kind: 'config' })?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(db.changesSince(5, { kind: 'config' })).toEqual([]);
    db.close();
  });

  it('never use a number twice, also after all were forgotten', () => {
    const first = openDb(folder);
    objects(first, 'config').put('a', config('a'));
    first.main.exec('DELETE FROM changes');
    first.close();
    const second = openDb(folder);
    objects(second, 'config').put('b', config('b'));
    expect(second.lastSeq()).toBe(2);
    second.close();
  });
});

describe('migrations', () => {
  const upTo = (count: number, migrations: readonly string[] = MAIN_MIGRATIONS) => {
    const database = new Database(':memory:');
    migrate(database, migrations.slice(0, count));
    return database;
  };
  const tables = (database: Database.Database) =>
    database
      .prepare<[], { name: string; strict: number }>(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite_%'",
      )
      .all();

  it('0001 makes the inventory, strict', () => {
    const database = upTo(1);
    expect(
      tables(database)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['changes', 'configs', 'discovered', 'hosts', 'images', 'interfaces']);
    expect(tables(database).every(({ strict }) => strict === 1)).toBe(true);
    expect(() => database.exec("INSERT INTO hosts VALUES ('a', 'not json')")).toThrow(/CHECK/);
    expect(() => database.exec("INSERT INTO changes (kind, op, name, object) VALUES ('host', 'WRONG', 'a', '{}')")).toThrow(/CHECK/);
  });

  it('0002 adds leases to a database that has hosts, and keeps them', () => {
    const database = upTo(1);
    database.exec(`INSERT INTO hosts VALUES ('a', '{"name":"a"}')`);
    migrate(database, MAIN_MIGRATIONS.slice(0, 2));
    expect(database.prepare('SELECT count(*) AS n FROM hosts').get()).toEqual({ n: 1 });
    expect(() => database.exec("INSERT INTO leases VALUES ('10.0.0.1', 'm', 'lost', NULL, NULL, 1, 2)")).toThrow(/CHECK/);
    database.exec("INSERT INTO leases VALUES ('10.0.0.1', 'm', 'bound', NULL, NULL, 1, 2)");
  });

  it('0003 adds views and settings', () => {
    const database = upTo(2);
    migrate(database, MAIN_MIGRATIONS.slice(0, 3));
    database.exec("INSERT INTO settings VALUES ('nic', 'eth0')");
    database.exec("INSERT INTO views VALUES ('t', 'h', 'm', 'i', '{}', 1, 'x', 1)");
    expect(() => database.exec("INSERT INTO views VALUES ('t2', 'h', 'm', 'i', '{}', 'one', 'x', 1)")).toThrow(/INTEGER/);
  });

  it('0004 gives views room for their sha256, and keeps them', () => {
    const database = upTo(3);
    database.exec("INSERT INTO views VALUES ('t', 'h', 'm', 'i', '{}', 1, 'x', 1)");
    migrate(database, MAIN_MIGRATIONS.slice(0, 4));
    expect(database.prepare('SELECT token, sha256 FROM views').get()).toEqual({ token: 't', sha256: null });
  });

  it('0005 adds secrets and pins, one of a name', () => {
    const database = upTo(4);
    migrate(database, MAIN_MIGRATIONS.slice(0, 5));
    database.exec("INSERT INTO secrets VALUES ('bmc:a', 'sealed', 1)");
    database.exec("INSERT INTO pins VALUES ('10.0.0.5:443', 'AA:BB', 1)");
    expect(() => database.exec("INSERT INTO pins VALUES ('10.0.0.5:443', 'CC', 1)")).toThrow(/UNIQUE/);
    expect(() => database.exec("INSERT INTO secrets VALUES ('bmc:b', 'sealed', 'now')")).toThrow(/INTEGER/);
  });

  it('0006 adds jobs', () => {
    const database = upTo(5);
    migrate(database, MAIN_MIGRATIONS);
    database.exec("INSERT INTO jobs VALUES ('j1', '{}')");
    expect(() => database.exec("INSERT INTO jobs VALUES ('j2', 'no json')")).toThrow(/CHECK/);
  });

  it('0008 uses the words message and reason in stored objects, and leaves text alone', () => {
    const database = upTo(7);
    const put = (table: string, object: unknown) => database.prepare(`INSERT INTO ${table} VALUES ('a', ?)`).run(JSON.stringify(object));
    const vars = { sentence: 'a user’s own', message: 'another' };
    put('hosts', { note: 'a "sentence": in a text', vars, bmc: { selfTest: { trials: [{ outcome: 'read', sentence: 'It was read.' }] } } });
    put('jobs', { steps: [{ error: { details: { comparison: { sentence: 'Same.', rows: [{ why: 'same' }] } } } }] });
    put('images', { index: { unread: [{ path: '/a', why: 'large' }], coverage: [{ reach: 'all', why: 'Added.' }] } });
    migrate(database, MAIN_MIGRATIONS.slice(0, 8));
    const get = (table: string) =>
      JSON.parse((database.prepare(`SELECT object FROM ${table}`).get() as { object: string }).object) as unknown;
    expect(get('hosts')).toEqual({
      note: 'a "sentence": in a text',
      vars,
      bmc: { selfTest: { trials: [{ outcome: 'read', message: 'It was read.' }] } },
    });
    expect(get('jobs')).toEqual({ steps: [{ error: { details: { comparison: { message: 'Same.', rows: [{ reason: 'same' }] } } } }] });
    expect(get('images')).toEqual({ index: { unread: [{ path: '/a', cause: 'large' }], coverage: [{ reach: 'all', reason: 'Added.' }] } });
  });

  it('0009 gives stored objects the number of their last change, and 1 where it is no longer stored', () => {
    const database = upTo(8);
    for (const name of ['a', 'b']) database.prepare('INSERT INTO hosts VALUES (?, ?)').run(name, JSON.stringify({ name }));
    database.exec("INSERT INTO configs VALUES ('a', '{}')");
    const change = database.prepare("INSERT INTO changes (seq, kind, op, name, object) VALUES (?, ?, 'MODIFIED', 'a', '{}')");
    for (const [seq, kind] of [
      [3, 'host'],
      [7, 'host'],
      [8, 'config'],
    ] as const)
      change.run(seq, kind);
    migrate(database, MAIN_MIGRATIONS);
    const seqs = (table: string) => database.prepare(`SELECT json_extract(object, '$.seq') AS seq FROM ${table}`).all();
    expect(seqs('hosts')).toEqual([{ seq: 7 }, { seq: 1 }]);
    expect(seqs('configs')).toEqual([{ seq: 8 }]);
  });

  it('activity 0002 renames the text of an event, and keeps it', () => {
    const database = upTo(1, ACTIVITY_MIGRATIONS);
    database.exec("INSERT INTO events VALUES (1, 1, 'dhcp.ack', NULL, NULL, NULL, 'Leased.', '{}')");
    migrate(database, ACTIVITY_MIGRATIONS);
    expect(database.prepare('SELECT message FROM events').get()).toEqual({ message: 'Leased.' });
  });

  it('activity 0001 makes the events', () => {
    const database = upTo(1, ACTIVITY_MIGRATIONS);
    expect(tables(database)).toEqual([{ name: 'events', strict: 1 }]);
  });

  it('run once', () => {
    const database = upTo(MAIN_MIGRATIONS.length);
    migrate(database, MAIN_MIGRATIONS);
    expect(database.pragma('user_version', { simple: true })).toBe(MAIN_MIGRATIONS.length);
  });
});
