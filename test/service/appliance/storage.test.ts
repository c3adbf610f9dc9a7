import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Appliance } from '../../../main-services/appliance/appliance.ts';
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
