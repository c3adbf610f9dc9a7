import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { examine } from './check.ts';

/** Older versions wrote no number. */
const NAME = /^bootbench-(\d{4}-\d\d-\d\d)T\d{6}Z(?:-(\d+))?\.db$/;

/** An automatic backup of the inventory. `day` is that of UTC. */
export interface BackupFile {
  readonly path: string;
  readonly name: string;
  readonly day: string;
  /** Counts up with each backup: which one is newer, whatever the clock was. */
  readonly number: number;
}

export function backupFolder(dataDir: string): string {
  return join(dataDir, 'backups');
}

/** The name of the next backup of a data directory, made at `now`. */
export function nextBackupName(dataDir: string, now: number): string {
  return `bootbench-${timeOf(now)}Z-${(backupFiles(dataDir)[0]?.number ?? 0) + 1}.db`;
}

/** `2026-11-30T064500`, in UTC, for names of files. */
export function timeOf(now: number): string {
  return new Date(now).toISOString().replaceAll(':', '').slice(0, 17);
}

/** The automatic backups of a data directory, newest first: by their numbers, because the clock may have been wrong. */
export function backupFiles(dataDir: string): BackupFile[] {
  const folder = backupFolder(dataDir);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((name) => {
      const [, day, number = '0'] = NAME.exec(name) ?? [];
      return day === undefined ? [] : [{ name, day, number: Number(number), path: join(folder, name) }];
    })
    .sort((a, b) => b.number - a.number || (a.name < b.name ? 1 : -1));
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
