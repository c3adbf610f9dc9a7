import Database from 'better-sqlite3';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Host, Image, Config } from '../../../contract/inventory.ts';
import { Job } from '../../../contract/jobs.ts';
import { eventRows } from '../../../db/events.ts';
import { leaseRows } from '../../../db/leases.ts';
import { MAIN_MIGRATIONS } from '../../../db/migrations.ts';
import { openDb } from '../../../db/open.ts';
import { restoreDatabase } from '../../../db/restore.ts';
import { secretRows } from '../../../db/secrets.ts';
import { fileSeals } from '../../../headless/secrets.ts';
import { Appliance } from '../../lab/appliance.ts';
import { BUILD_TIMEOUT_MS, ensureBuilt } from '../packaging/built.ts';

/** Data directories of released schemas; make.ts made them, and they are never made again. */
const FIXTURES = join(import.meta.dirname, '../../fixtures/data-directories');
const versions = readdirSync(FIXTURES).filter((name) => name.startsWith('schema-'));

let dataDir: string;
beforeEach(() => void (dataDir = mkdtempSync(join(tmpdir(), 'data-directory-'))));
afterEach(() => rmSync(dataDir, { recursive: true }));

const put = (version: string): void => cpSync(join(FIXTURES, version), dataDir, { recursive: true });
const copies = (): string[] => readdirSync(dataDir).filter((name) => name.includes('-schema-'));

describe.each(versions)('a data directory of %s', (version) => {
  beforeEach(() => put(version));

  it('is opened with each of its objects as this version’s contract has them', () => {
    const db = openDb(dataDir);
    const all = (table: string): unknown[] =>
      db.main
        .prepare<[], { object: string }>(`SELECT object FROM ${table}`)
        .all()
        .map(({ object }) => JSON.parse(object) as unknown);
    for (const [table, schema, count] of [
      ['hosts', Host, 2],
      ['images', Image, 1],
      ['configs', Config, 1],
      ['jobs', Job, 1],
    ] as const) {
      const objects = all(table);
      expect(objects, table).toHaveLength(count);
      for (const object of objects) expect(schema.safeParse(object), table).toMatchObject({ success: true });
    }
    expect(
      leaseRows(db)
        .list()
        .map(({ ip }) => ip),
    ).toEqual(['192.168.77.101']);
    expect(eventRows(db).find({ limit: 100 }).length).toBeGreaterThan(10);
    db.close();
  });

  it('gives back its passwords', async () => {
    const db = openDb(dataDir);
    const names = db.main.prepare<[], { name: string }>('SELECT name FROM secrets').all();
    const { unseal } = fileSeals({ dataDir, passphrase: undefined });
    const secrets = await Promise.all(names.map(({ name }) => unseal(secretRows(db).get(name) ?? '')));
    db.close();
    expect(secrets.sort()).toEqual(['a password of the fixture', 'fixture-chap-1']);
  });

  it('is served by this version: hosts, assignments, jobs and events are there, and a change is stored', async () => {
    ensureBuilt();
    const ports = ['--api', '127.0.0.1:0', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];
    await using appliance = await Appliance.start(undefined, { dataDir, args: ['--nic', 'lo', '--dhcp', 'off', ...ports] });
    const cli = <T>(...words: string[]): Promise<T> => appliance.json<T>(...words, '--api', appliance.ready.api);
    const alpha = await cli<Host>('host', 'show', 'alpha');
    expect(alpha).toMatchObject({ name: 'alpha', vars: { role: 'bench' }, triggers: [{ name: 'login' }] });
    expect(JSON.stringify(alpha)).toContain('fixture.name={{ host.name }}');
    expect(await cli<Host[]>('host', 'list')).toHaveLength(2);
    expect(await cli<Job[]>('jobs')).toHaveLength(1);
    await cli('host', 'set', 'alpha', 'vars.rack=7');
    expect(await cli('host', 'show', 'alpha')).toMatchObject({ vars: { role: 'bench', rack: '7' } });
  }, 30_000);
});

describe('an older database', () => {
  const older = (schema: number): void => {
    const database = new Database(join(dataDir, 'bootbench.db'));
    for (const sql of MAIN_MIGRATIONS.slice(0, schema)) database.exec(sql);
    database.pragma(`user_version = ${schema}`);
    database.exec(`INSERT INTO configs VALUES ('kept', '{"name":"kept"}')`);
    database.close();
  };

  it(
    'is saved as it was before it is migrated, and the copy can be restored',
    () => {
      older(2);
      openDb(dataDir).close();
      expect(copies()).toEqual(['bootbench-schema-2.db']);
      const copy = new Database(join(dataDir, 'bootbench-schema-2.db'), { readonly: true });
      expect(copy.pragma('user_version', { simple: true })).toBe(2);
      expect(copy.prepare('SELECT name FROM configs').all()).toEqual([{ name: 'kept' }]);
      copy.close();
      restoreDatabase(dataDir, join(dataDir, 'bootbench-schema-2.db'), 0);
      openDb(dataDir).close();
    },
    BUILD_TIMEOUT_MS,
  );

  it('leaves one copy, of the last migration', () => {
    older(2);
    openDb(dataDir).close();
    for (const name of readdirSync(dataDir).filter((file) => file.startsWith('bootbench.db'))) rmSync(join(dataDir, name));
    older(4);
    openDb(dataDir).close();
    expect(copies()).toEqual(['bootbench-schema-4.db']);
  });

  it('is not copied when it is new or current', () => {
    openDb(dataDir).close();
    openDb(dataDir).close();
    expect(copies()).toEqual([]);
  });
});

it('a newer database is refused with a sentence, and stays as it is', () => {
  put(versions[0] ?? '');
  const path = join(dataDir, 'bootbench.db');
  const newer = new Database(path);
  newer.pragma(`user_version = ${MAIN_MIGRATIONS.length + 1}`);
  newer.close();
  const wanted = {
    code: 'E_DB',
    message: `${path} was written by a newer Bootbench (schema ${MAIN_MIGRATIONS.length + 1}; this version supports up to ${MAIN_MIGRATIONS.length}).`,
    next: 'Use the newer version of Bootbench, or another --data-dir.',
  };
  expect(() => openDb(dataDir)).toThrow(expect.objectContaining(wanted));
  expect(copies()).toEqual([]);
  const after = new Database(path, { readonly: true });
  expect(after.prepare('SELECT count(*) AS n FROM hosts').get()).toEqual({ n: 2 });
  after.close();
  expect(existsSync(join(dataDir, 'activity.db'))).toBe(true);
});
