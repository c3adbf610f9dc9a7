import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { silentLog } from '../../../contract/runtime.ts';
import { backUpAutomatically } from '../../../db/backup.ts';
import { automaticBackups } from '../../../main-services/storage/automatic-backups.ts';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { hostInput, openData, TestClock } from '../../fixtures/data-fixture.ts';
import { startOnLoopback } from '../../fixtures/appliance.ts';

let folder: string;
let appliance: Appliance | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'storage-'));
});
afterEach(async () => {
  await appliance?.stop();
  appliance = undefined;
  rmSync(folder, { recursive: true, force: true });
});

it('starts with a damaged history, and says so in the new one, with numbers that were never used', async () => {
  const first = await startOnLoopback(folder);
  const { seq } = first.rooms.activity.record({ type: 'service.up', message: 'up' });
  await first.stop();
  writeFileSync(join(folder, 'activity.db'), 'garbage '.repeat(4000));
  appliance = await startOnLoopback(folder);
  const [oldest] = appliance.rooms.activity.history({ limit: 100 }).reverse();
  expect(oldest).toMatchObject({ type: 'storage.damaged', message: expect.stringContaining('activity.db.damaged-') as string });
  expect(oldest?.seq).toBeGreaterThan(seq);
});

it('a database that cannot be written is a problem of the status and an event, until it can be written again', async () => {
  const { rooms } = (appliance = await startOnLoopback(folder));
  const statuses: (string[] | undefined)[] = [];
  rooms.control.onStatus(({ problems }) => statuses.push(problems?.map(({ code }) => code)));
  expect(rooms.control.status().problems).toBeUndefined();
  rooms.db.main.pragma('query_only = ON');
  expect(() => rooms.inventory.addHost(hostInput('late'))).toThrow();
  expect(rooms.control.status().problems).toMatchObject([
    { id: 'storage-inventory', code: 'E_DATA_READ_ONLY', message: expect.stringContaining('hosts, images, configs and leases') as string },
  ]);
  rooms.db.main.pragma('query_only = OFF');
  // Nothing is written by anyone, and it is noticed.
  await expect.poll(() => rooms.control.status().problems, { timeout: 8000 }).toBeUndefined();
  expect(statuses).toEqual([['E_DATA_READ_ONLY'], undefined]);
  const events = rooms.activity.history({ limit: 10, types: ['storage.failing', 'storage.recovered'] });
  expect(events.map(({ type, data }) => [type, data.database])).toEqual([
    ['storage.recovered', 'inventory'],
    ['storage.failing', 'inventory'],
  ]);
});

it('b7: is backed up after a start, though the newest backup is of a time that is still to come', async () => {
  const first = openData();
  first.inventory.addHost(hostInput('one'));
  const { file } = await backUpAutomatically(first.db, first.dataDir, first.clock.now());
  const { db, dataDir, activity, clock, dispose } = first.reopen();
  const ahead = new Date(clock.now() + 365 * 86_400_000);
  utimesSync(file, ahead, ahead);
  const backups = automaticBackups({ db, dataDir, activity, clock, log: silentLog });
  for (let minute = 0; minute < 62; minute++) {
    clock.advance(60_000);
    await pause(2);
  }
  await expect.poll(() => readdirSync(join(dataDir, 'backups')).length).toBe(2);
  await backups.stop();
  dispose();
});

it('is backed up hourly while it changes, and a failure is a problem of the status until a backup succeeds', async () => {
  const clock = new TestClock();
  const data = openData(undefined, clock);
  const backups = automaticBackups({ ...data, log: silentLog });
  const names = (): string[] => (existsSync(join(data.dataDir, 'backups')) ? readdirSync(join(data.dataDir, 'backups')) : []);
  const minutes = async (count: number): Promise<void> => {
    for (let minute = 0; minute < count; minute++) {
      clock.advance(60_000);
      await pause(2);
    }
  };
  data.inventory.addHost(hostInput('one'));
  await minutes(1);
  await expect.poll(() => names().length).toBe(1);
  await minutes(65);
  expect(names()).toHaveLength(1);
  data.inventory.removeHost('one');
  rmSync(join(data.dataDir, 'backups'), { recursive: true });
  writeFileSync(join(data.dataDir, 'backups'), 'a file where the folder should be');
  await minutes(2);
  await expect.poll(() => backups.problems()).toMatchObject([{ id: 'storage-backup' }]);
  rmSync(join(data.dataDir, 'backups'));
  await minutes(12);
  await expect.poll(() => backups.problems()).toEqual([]);
  expect(names()).toHaveLength(1);
  expect(data.activity.history({ limit: 100, types: ['storage.backup-failed'] })).toHaveLength(1);
  await backups.stop();
  data.dispose();
});
