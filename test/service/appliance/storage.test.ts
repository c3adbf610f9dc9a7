import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
import { hostInput } from '../../fixtures/data-fixture.ts';
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
