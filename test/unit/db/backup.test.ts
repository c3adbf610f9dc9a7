import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, backUpAutomatically, outdated } from '../../../db/backup.ts';
import { lastGoodBackup, nextBackupName } from '../../../db/backup-files.ts';
import { objects } from '../../../db/objects.ts';
import { openDb, type Db } from '../../../db/open.ts';
import { restoreDatabase } from '../../../db/restore.ts';

let folder: string;
let db: Db;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'backup-'));
  db = openDb(folder);
  put('a');
});
afterEach(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const put = (name: string) =>
  objects(db, 'config').put(name, { name, format: 'other', files: { a: 'x' }, description: '', createdAt: 1, updatedAt: 1 });

describe('a backup', () => {
  it.each(['inventory', 'history'] as const)('of the %s is one private file that can be restored', async (database) => {
    const file = join(folder, 'copy');
    expect(await backUp(db, database, file)).toEqual({ file, bytes: statSync(file).size });
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual(['copy']);
    if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
    put('later');
    db.close();
    expect(restoreDatabase(folder, file, 0).database).toBe(database);
    db = openDb(folder);
    const names = objects(db, 'config')
      .list()
      .map(({ name }) => name);
    expect(names).toEqual(database === 'inventory' ? ['a'] : ['a', 'later']);
  });

  it.each(['bootbench.db', 'activity.db', 'other', 'folder'])('never replaces %s', async (name) => {
    writeFileSync(join(folder, 'other'), 'precious');
    mkdirSync(join(folder, 'folder'));
    const before = statSync(join(folder, name)).size;
    await expect(backUp(db, 'inventory', join(folder, name))).rejects.toMatchObject({ code: 'E_EXISTS' });
    expect(statSync(join(folder, name)).size).toBe(before);
  });

  it('that cannot be written leaves nothing', async () => {
    await expect(backUp(db, 'inventory', join(folder, 'nothere', 'copy'))).rejects.toMatchObject({ code: 'E_DB' });
    expect(existsSync(join(folder, 'nothere'))).toBe(false);
  });
});

it('automatic backups are found again, the newest first', async () => {
  await backUpAutomatically(db, folder, Date.UTC(2026, 10, 30, 5));
  const { file } = await backUpAutomatically(db, folder, Date.UTC(2026, 10, 30, 6));
  expect(lastGoodBackup(folder)).toBe(file);
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(2);
});

describe('b7: automatic backups, where the clock was set', () => {
  const HOUR = 3_600_000;
  const YEAR = 365 * 24 * HOUR;
  const NOW = Date.UTC(2026, 10, 30, 6);
  const names = () => readdirSync(join(folder, 'backups'));

  it('the newest is the one made last, a year before the others', async () => {
    for (const now of [NOW, NOW + HOUR]) await backUpAutomatically(db, folder, now + YEAR);
    const { file } = await backUpAutomatically(db, folder, NOW + 2 * HOUR);
    expect(lastGoodBackup(folder)).toBe(file);
    expect(names()).toHaveLength(3);
  });

  it('many of a year that is still to come do not remove the ones made since', async () => {
    const { file } = await backUpAutomatically(db, folder, NOW + YEAR);
    for (let number = 2; number <= 60; number++)
      copyFileSync(file, join(folder, 'backups', nextBackupName(folder, NOW + YEAR + number * 8 * HOUR)));
    const made = [await backUpAutomatically(db, folder, NOW), await backUpAutomatically(db, folder, NOW + HOUR)];
    for (const each of made) expect(existsSync(each.file)).toBe(true);
    expect(lastGoodBackup(folder)).toBe(made[1]?.file);
  });

  it('two of one second are both saved', async () => {
    await backUpAutomatically(db, folder, NOW);
    await backUpAutomatically(db, folder, NOW);
    expect(names()).toHaveLength(2);
  });

  it('one of an older version, without a number, is older', async () => {
    const { file } = await backUpAutomatically(db, folder, NOW);
    copyFileSync(file, join(folder, 'backups', 'bootbench-2027-11-30T050000Z.db'));
    expect(lastGoodBackup(folder)).toBe(file);
    rmSync(file);
    expect(lastGoodBackup(folder)).toMatch(/2027-11-30T050000Z\.db$/);
  });
});

describe('automatic backups', () => {
  const hourly = (count: number, bytes: number) =>
    Array.from({ length: count }, (_, hour) => ({
      day: new Date(Date.UTC(2026, 10, 30) - hour * 3_600_000).toISOString().slice(0, 10),
      bytes,
      hour,
    }));

  it('are the 24 newest and one of each of 14 earlier days', () => {
    const all = hourly(24 * 30, 1);
    const kept = all.filter((each) => !outdated(all).includes(each));
    expect(kept.slice(0, 24).map(({ hour }) => hour)).toEqual(Array.from({ length: 24 }, (_, hour) => hour));
    expect(new Set(kept.slice(24).map(({ day }) => day)).size).toBe(14);
    expect(kept).toHaveLength(38);
  });

  it('are bounded in bytes, and one is always left', () => {
    const gib = 1024 ** 3;
    expect(outdated(hourly(10, gib))).toHaveLength(8);
    expect(outdated(hourly(10, 5 * gib))).toHaveLength(9);
  });
});
