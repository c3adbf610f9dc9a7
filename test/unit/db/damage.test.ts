import Database from 'better-sqlite3';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BenchEvent } from '../../../contract/appliance.ts';
import { asBootbenchError } from '../../../contract/errors.ts';
import { eventRows } from '../../../db/events.ts';
import { objects } from '../../../db/objects.ts';
import { openDb } from '../../../db/open.ts';
import { restoreDatabase, restoreEmpty } from '../../../db/restore.ts';

const NOW = Date.UTC(2026, 10, 30, 6, 45);
let folder: string;
let main: string;
let activity: string;
let backup: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'damage-'));
  main = join(folder, 'bootbench.db');
  activity = join(folder, 'activity.db');
  fill();
  mkdirSync(join(folder, 'backups'));
  backup = join(folder, 'backups', 'bootbench-2026-11-30T050000Z.db');
  copyFileSync(main, backup);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Enough that a database has inner pages. */
function fill(): void {
  const db = openDb(folder);
  const configs = objects(db, 'config');
  for (let index = 0; index < 200; index++) configs.put(`c${index}`, config(`c${index}`));
  eventRows(db).append(Array.from({ length: 500 }, (_, index) => event(index + 1)));
  db.close();
}
const config = (name: string) => ({
  name,
  format: 'other' as const,
  files: { a: 'x'.repeat(500) },
  description: '',
  createdAt: 1,
  updatedAt: 1,
});
const event = (seq: number): BenchEvent => ({ seq, at: seq, type: 'service.up', message: `event ${seq} ${'x'.repeat(100)}`, data: {} });

/** Every page after the first, as a controller that lost its cache leaves them. */
function flipPages(path: string): void {
  const bytes = readFileSync(path);
  for (let at = 4096; at < bytes.length; at += 4096)
    for (let index = at; index < at + 200; index++) bytes[index] = 0xff - (bytes[index] ?? 0);
  writeFileSync(path, bytes);
}
function foreign(path: string): void {
  rmSync(path);
  const database = new Database(path);
  database.exec('CREATE TABLE other (a TEXT); PRAGMA user_version = 3');
  database.close();
}

const DAMAGE: readonly [string, (path: string) => void][] = [
  ['flipped pages', flipPages],
  ['a file cut in its middle', (path) => truncateSync(path, Math.floor(statSync(path).size / 2 / 4096) * 4096 + 100)],
  ['a file cut between two pages', (path) => truncateSync(path, 3 * 4096)],
  [
    'a text in its place',
    (path) => writeFileSync(path, 'garbage that is long enough to be read as the header of a database. '.repeat(100)),
  ],
  ['a garbage header', (path) => writeFileSync(path, Buffer.concat([Buffer.alloc(100, 7), readFileSync(path).subarray(100)]))],
  ['tables of another program', foreign],
];

const failure = () => {
  try {
    openDb(folder, NOW).close();
  } catch (error) {
    return asBootbenchError(error);
  }
  return undefined;
};

describe('b12: a damaged history', () => {
  it.each(DAMAGE)('is set aside and begun new: %s', (_, damage) => {
    damage(activity);
    const before = readFileSync(activity);
    const db = openDb(folder, NOW);
    const saved = `${activity}.damaged-2026-11-30T064500`;
    expect(db.setAside).toMatchObject({ saved, message: expect.stringContaining('activity.db.damaged-2026-11-30T064500') as string });
    expect(readFileSync(saved).equals(before)).toBe(true);
    expect(eventRows(db).find({ limit: 10 })).toEqual([]);
    expect(objects(db, 'config').list()).toHaveLength(200);
    eventRows(db).append([event(1)]);
    db.close();
    const again = openDb(folder, NOW);
    expect([again.setAside, eventRows(again).lastSeq()]).toEqual([undefined, 1]);
    again.close();
  });

  it('fills no disk: the three newest are saved', () => {
    for (let day = 1; day <= 5; day++) {
      writeFileSync(activity, 'garbage '.repeat(2000));
      openDb(folder, Date.UTC(2026, 10, day)).close();
    }
    const saved = readdirSync(folder).filter((name) => name.includes('damaged'));
    expect(saved.map((name) => name.slice(20, 30)).sort()).toEqual(['2026-11-03', '2026-11-04', '2026-11-05']);
  });

  it('b7: is saved also where the clock was ahead when others were', () => {
    for (let day = 5; day >= 1; day--) {
      writeFileSync(activity, 'garbage '.repeat(2000));
      const db = openDb(folder, Date.UTC(2026, 10, day));
      db.close();
      expect(existsSync(db.setAside?.saved ?? '')).toBe(true);
    }
  });

  it('of a newer version is not damaged', () => {
    const database = new Database(activity);
    database.pragma('user_version = 99');
    database.close();
    expect(failure()).toMatchObject({ code: 'E_DB', message: expect.stringContaining('newer Bootbench') as string });
    expect(existsSync(activity)).toBe(true);
  });

  it('that was emptied is begun new without a word about damage', () => {
    truncateSync(activity, 0);
    const db = openDb(folder, NOW);
    expect(db.setAside).toBeUndefined();
    expect(objects(db, 'config').list()).toHaveLength(200);
    db.close();
  });
});

describe('b12: a damaged inventory', () => {
  it.each(DAMAGE)('is not replaced, and the last backup is named: %s', (_, damage) => {
    damage(main);
    const before = readFileSync(main);
    expect(failure()).toMatchObject({ code: 'E_DB_DAMAGED', next: expect.stringContaining(`bootbench restore "${backup}"`) as string });
    expect(readFileSync(main).equals(before)).toBe(true);
    const { kept } = restoreDatabase(folder, backup, NOW);
    expect(readFileSync(kept ?? '').equals(before)).toBe(true);
    const db = openDb(folder, NOW);
    expect(objects(db, 'config').list()).toHaveLength(200);
    expect(eventRows(db).lastSeq()).toBe(500);
    db.close();
  });

  it('names the newest backup that is good', () => {
    flipPages(main);
    writeFileSync(join(folder, 'backups', 'bootbench-2026-11-30T060000Z-2.db'), 'not complete');
    expect(failure()?.message).toContain(backup);
    rmSync(backup);
    expect(failure()).toMatchObject({ message: expect.stringContaining('No good automatic backup') as string });
    expect(failure()?.next).toContain('--empty');
  });

  it('leaves the history as it is', () => {
    flipPages(main);
    writeFileSync(activity, 'garbage '.repeat(2000));
    failure();
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});

describe('b12: a missing inventory', () => {
  it.each([
    ['deleted', () => rmSync(main)],
    ['emptied', () => truncateSync(main, 0)],
  ])('next to events is asked about: %s', (_, lose) => {
    lose();
    expect(failure()).toMatchObject({ code: 'E_DB_MISSING', message: expect.stringContaining(backup) as string });
    expect(existsSync(main) && statSync(main).size > 0).toBe(false);
    restoreEmpty(folder, NOW);
    const db = openDb(folder, NOW);
    expect(objects(db, 'config').list()).toEqual([]);
    expect(eventRows(db).lastSeq()).toBe(500);
    db.close();
  });

  it('is asked about also where only backups or a set-aside database are left', () => {
    for (const path of [main, activity]) rmSync(path);
    expect(failure()?.code).toBe('E_DB_MISSING');
    rmSync(join(folder, 'backups'), { recursive: true });
    writeFileSync(`${main}.before-restore-2026-11-30T060000`, '');
    expect(failure()?.code).toBe('E_DB_MISSING');
  });

  it('of a data directory that was never used is made', () => {
    rmSync(folder, { recursive: true });
    expect(failure()).toBeUndefined();
    expect(failure()).toBeUndefined();
  });
});

it('a deleted write-ahead file costs what was in it, nothing else', () => {
  const db = openDb(folder);
  db.main.pragma('wal_autocheckpoint = 0');
  objects(db, 'config').put('late', config('late'));
  const copy = mkdtempSync(join(tmpdir(), 'damage-'));
  for (const name of ['bootbench.db', 'activity.db']) copyFileSync(join(folder, name), join(copy, name));
  db.close();
  const lost = openDb(copy);
  expect(objects(lost, 'config').list()).toHaveLength(200);
  lost.close();
  rmSync(copy, { recursive: true });
});

it('a lock file that is no database is made again', () => {
  writeFileSync(join(folder, 'lock.db'), 'garbage '.repeat(500));
  const db = openDb(folder);
  expect(failure()?.code).toBe('E_LOCKED');
  db.close();
});

describe('b12: a restore', () => {
  it('knows a backup of the history', () => {
    const copy = join(folder, 'backups', 'history.db');
    copyFileSync(activity, copy);
    flipPages(activity);
    expect(restoreDatabase(folder, copy, NOW)).toMatchObject({ database: 'history', kept: `${activity}.before-restore-2026-11-30T064500` });
    const db = openDb(folder);
    expect([db.setAside, eventRows(db).lastSeq(), objects(db, 'config').list().length]).toEqual([undefined, 500, 200]);
    db.close();
  });

  it('takes what is in the write-ahead file of the backup', () => {
    const source = mkdtempSync(join(tmpdir(), 'damage-'));
    const db = openDb(source);
    objects(db, 'config').put('in-wal', config('in-wal'));
    restoreDatabase(folder, join(source, 'bootbench.db'), NOW);
    db.close();
    const restored = openDb(folder);
    expect(
      objects(restored, 'config')
        .list()
        .map(({ name }) => name),
    ).toEqual(['in-wal']);
    restored.close();
    rmSync(source, { recursive: true });
  });

  const odd: readonly [string, string, () => string][] = [
    ['a folder', 'is a folder', () => join(folder, 'backups')],
    ['an empty file', 'is empty', () => made('')],
    ['a text', 'cannot be read', () => made('garbage '.repeat(500))],
    [
      'a database of another program',
      'is not a Bootbench database',
      () => (foreign((copyFileSync(main, made('')), join(folder, 'made'))), join(folder, 'made')),
    ],
    ['a database of a newer version', 'newer Bootbench', newerBackup],
    ['the database itself', 'of this data directory itself', () => main],
    [
      'the database by another name',
      'of this data directory itself',
      () => (symlinkSync(main, join(folder, 'link')), join(folder, 'link')),
    ],
  ];
  it.each(odd)('refuses %s', (_, words, make) => {
    const file = make();
    const before = readFileSync(main);
    expect(() => restoreDatabase(folder, file, NOW)).toThrow(
      expect.objectContaining({ code: 'E_DB', message: expect.stringContaining(words) as string }),
    );
    expect(readFileSync(main).equals(before)).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('restor'))).toEqual([]);
  });

  function made(text: string): string {
    writeFileSync(join(folder, 'made'), text);
    return join(folder, 'made');
  }
  function newerBackup(): string {
    const database = new Database(backup);
    database.pragma('user_version = 99');
    database.close();
    return backup;
  }

  it('refuses while an appliance runs', () => {
    const db = openDb(folder);
    expect(() => restoreDatabase(folder, backup, NOW)).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
    expect(() => restoreEmpty(folder, NOW)).toThrow(expect.objectContaining({ code: 'E_LOCKED' }));
    db.close();
  });
});

describe.skipIf(process.platform === 'win32')('file modes', () => {
  const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);

  it('are for this user alone, whatever the umask', () => {
    const umask = process.umask(0);
    const dataDir = join(folder, 'new');
    try {
      const db = openDb(dataDir);
      objects(db, 'config').put('a', config('a'));
      eventRows(db).append([event(1)]);
      const names = readdirSync(dataDir);
      expect(names).toEqual(
        expect.arrayContaining(['bootbench.db', 'bootbench.db-wal', 'bootbench.db-shm', 'activity.db', 'activity.db-wal', 'lock.db']),
      );
      expect(names.map((name) => [name, modeOf(join(dataDir, name))])).toEqual(names.map((name) => [name, '600']));
      expect(modeOf(dataDir)).toBe('700');
      db.close();
      restoreDatabase(dataDir, backup, NOW);
      expect(modeOf(join(dataDir, 'bootbench.db'))).toBe('600');
    } finally {
      process.umask(umask);
    }
  });

  it('of an older version are tightened at the start; ISOs are left alone', () => {
    for (const path of ['log/bootbench.log', 'consoles/host/1.log', 'isos/a.iso', 'backups/old.db']) {
      mkdirSync(join(folder, path, '..'), { recursive: true, mode: 0o755 });
      writeFileSync(join(folder, path), 'x', { mode: 0o644 });
    }
    for (const path of [folder, main, activity]) chmodSync(path, path === folder ? 0o755 : 0o644);
    openDb(folder).close();
    const modes = [
      '',
      'bootbench.db',
      'activity.db',
      'log',
      'log/bootbench.log',
      'consoles/host',
      'consoles/host/1.log',
      'backups/old.db',
      'isos/a.iso',
    ];
    expect(modes.map((path) => modeOf(join(folder, path)))).toEqual(['700', '600', '600', '700', '600', '700', '600', '600', '644']);
  });

  it('of a folder that many users share are left alone', () => {
    chmodSync(folder, 0o1777);
    openDb(folder).close();
    expect((statSync(folder).mode & 0o7777).toString(8)).toBe('1777');
  });
});

describe.skipIf(process.platform === 'win32')('without write permission', () => {
  const asPlainUser = <T>(work: () => T): T => {
    if (process.getuid?.() !== 0) return work();
    process.seteuid?.(65534);
    try {
      return work();
    } finally {
      process.seteuid?.(0);
    }
  };

  it('the data directory is named with its own error', () => {
    chmodSync(folder, 0o555);
    for (const name of readdirSync(folder)) if (name.endsWith('.db')) chmodSync(join(folder, name), 0o444);
    expect(asPlainUser(failure)).toMatchObject({ code: 'E_DATA_READ_ONLY', next: expect.stringContaining('write permission') as string });
    chmodSync(folder, 0o755);
  });

  it('a database is named with its own error, and is not set aside', () => {
    chmodSync(folder, 0o1777);
    for (const name of readdirSync(folder)) if (name.endsWith('.db')) chmodSync(join(folder, name), 0o666);
    chmodSync(activity, 0o000);
    if (process.getuid?.() === 0)
      expect(asPlainUser(failure)).toMatchObject({ code: 'E_DATA_READ_ONLY', message: expect.stringContaining('activity.db') as string });
    expect(readdirSync(folder).filter((name) => name.includes('damaged'))).toEqual([]);
  });
});
