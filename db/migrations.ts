import type Database from 'better-sqlite3';
import inventory from './migrations/0001-inventory.sql?raw';
import leases from './migrations/0002-leases.sql?raw';
import views from './migrations/0003-views.sql?raw';
import viewSha256 from './migrations/0004-view-sha256.sql?raw';
import secrets from './migrations/0005-secrets.sql?raw';
import jobs from './migrations/0006-jobs.sql?raw';
import clients from './migrations/0007-askers.sql?raw';
import messageAndReason from './migrations/0008-message-and-reason.sql?raw';
import seqOfObjects from './migrations/0009-seq-of-objects.sql?raw';
import armingOfViews from './migrations/0010-arming-of-views.sql?raw';
import events from './activity-migrations/0001-events.sql?raw';
import eventMessage from './activity-migrations/0002-message.sql?raw';
import { BootbenchError } from '../contract/errors.ts';
import { aboutFile, newer, USE_NEWER } from './sentences.ts';

export const MAIN_MIGRATIONS: readonly string[] = [
  inventory,
  leases,
  views,
  viewSha256,
  secrets,
  jobs,
  clients,
  messageAndReason,
  seqOfObjects,
  armingOfViews,
];
export const ACTIVITY_MIGRATIONS: readonly string[] = [events, eventMessage];

/** Brings a database to the newest schema, each step in its own transaction; `user_version` counts the steps done. */
export function migrate(database: Database.Database, migrations: readonly string[]): void {
  const done = database.pragma('user_version', { simple: true }) as number;
  if (done > migrations.length) {
    throw new BootbenchError('E_DB', aboutFile(database.name, newer(done, migrations.length)), { next: USE_NEWER });
  }
  for (const [index, sql] of migrations.entries()) {
    if (index < done) continue;
    database.transaction(() => {
      database.exec(sql);
      database.pragma(`user_version = ${index + 1}`);
    })();
  }
}
