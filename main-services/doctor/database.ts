import { statSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { checkDatabases, isLocked, tryNewDatabase } from '../../db/probe.ts';
import { attempt, passed, failed, warned, wordsOf } from './check.ts';
import { inScratchFolder } from './data-directory.ts';
import * as sentences from './sentences.ts';

/** The check of a larger one would hold up the services that run in this thread. */
const MAX_BYTES_WHILE_RUNNING = 16 * 1024 * 1024;

/** Whether another Bootbench has the data directory. */
export function checkLock(dataDir: string): Promise<DoctorCheck> {
  return attempt('lock', () => {
    if (!isLocked(dataDir)) return passed('lock', sentences.NOT_LOCKED);
    return warned('lock', new BootbenchError('E_LOCKED', sentences.lockedByAnother(dataDir), { next: sentences.CHECK_IN_WINDOW }));
  });
}

/** Whether a database can be written in the data directory, and whether those that are there are sound. */
export function checkDatabase(dataDir: string, isRunning: boolean): Promise<DoctorCheck> {
  const id = 'database';
  const check = async (): Promise<DoctorCheck> => {
    await inScratchFolder(dataDir, tryNewDatabase);
    if (isRunning && sizeOf(dataDir) > MAX_BYTES_WHILE_RUNNING) {
      return passed(id, sentences.newDatabase(sentences.largeDatabases('bootbench.db, activity.db')));
    }
    const found = checkDatabases(dataDir);
    const damaged = found.find(({ problem }) => problem !== undefined);
    if (damaged) return failed(id, new BootbenchError('E_DB', sentences.damagedDatabase(damaged.path, wordsOf(damaged.problem ?? ''))));
    const names = found.map(({ path }) => basename(path)).join(', ');
    return passed(id, sentences.newDatabase(found.length === 0 ? sentences.NO_DATABASE : sentences.soundDatabases(names)));
  };
  return attempt(id, check, (error) => {
    const next = sentences.MAKE_WRITABLE;
    return new BootbenchError('E_DB', sentences.databaseFails(wordsOf(error)), { cause: error, next });
  });
}

function sizeOf(dataDir: string): number {
  const paths = ['bootbench.db', 'activity.db'].map((name) => join(dataDir, name));
  return paths.reduce((sum, path) => sum + (existsSync(path) ? statSync(path).size : 0), 0);
}
