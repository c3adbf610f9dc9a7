import type Database from 'better-sqlite3';
import { readdirSync, rmSync } from 'node:fs';
import { join, parse } from 'node:path';
import { makePrivateFile } from './file-modes.ts';

/**
 * Saves an older database next to it, `bootbench-schema-8.db`, before it is migrated to schema `newest`. `bootbench restore` accepts the copy. It
 * replaces that of an earlier migration, or of an attempt that failed and may be incomplete. Throws what SQLite throws, such as a full disk.
 */
export function saveBeforeMigration(database: Database.Database, path: string, newest: number): void {
  const schema = database.pragma('user_version', { simple: true }) as number;
  if (schema === 0 || schema >= newest) return;
  const { dir, name, ext } = parse(path);
  const isCopy = (file: string): boolean => file.startsWith(`${name}-schema-`) && file.endsWith(ext);
  for (const file of readdirSync(dir).filter(isCopy)) rmSync(join(dir, file));
  const copy = join(dir, `${name}-schema-${schema}${ext}`);
  // SQLite writes into an empty file; made before, it is this user's alone from its first byte.
  makePrivateFile(copy);
  database.prepare('VACUUM INTO ?').run(copy);
}
