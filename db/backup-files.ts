import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from './check.ts';

const NAME = /^bootbench-(\d{4}-\d\d-\d\d)T(\d{6})Z\.db$/;

/** An automatic backup of the inventory. `day` is that of UTC. */
export interface BackupFile {
  readonly path: string;
  readonly name: string;
  readonly day: string;
}

export function backupFolder(dataDir: string): string {
  return join(dataDir, 'backups');
}

/** The name of a backup made at `now`, which sorts by time. */
export function backupName(now: number): string {
  return `bootbench-${timeOf(now)}Z.db`;
}

/** `2026-11-30T064500`, in UTC, for names of files. */
export function timeOf(now: number): string {
  return new Date(now).toISOString().replaceAll(':', '').slice(0, 17);
}

/** The automatic backups of a data directory, newest first by their names. */
export function backupFiles(dataDir: string): BackupFile[] {
  const folder = backupFolder(dataDir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const day = NAME.exec(name)?.[1];
      return day === undefined ? [] : [{ name, day, path: join(folder, name) }];
    })
    .sort((a, b) => (a.name < b.name ? 1 : -1));
}

/** The newest automatic backup that can be restored. */
export function lastGoodBackup(dataDir: string): string | undefined {
  return backupFiles(dataDir).find(({ path }) => isGood(path))?.path;
}

function isGood(path: string): boolean {
  try {
    const found = examine(path);
    return found.kind === 'sound' && found.database === 'inventory';
  } catch {
    return false;
  }
}
