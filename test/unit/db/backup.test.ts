import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp, backUpAutomatically, outdated } from '../../../db/backup.ts';
import { lastGoodBackup } from '../../../db/backup-files.ts';
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
