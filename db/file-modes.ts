import { chmodSync, closeSync, lstatSync, mkdirSync, openSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders of a data directory whose files are tightened too. ISOs are not: another user may serve them. */
const PRIVATE_FOLDERS = new Set(['log', 'backups', 'consoles', 'tls']);
/** Set on folders that many users share, such as /tmp. */
const STICKY = 0o1000;

/**
 * Makes the data directory, and takes away the permissions that others have for it and for its databases, logs, transcripts and backups,
 * which older versions left to the umask. A file of another user stays as it is. Windows has no such modes.
 */
export function makePrivate(dataDir: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (process.platform === 'win32' || (lstatSync(dataDir).mode & STICKY) !== 0) return;
  tighten(dataDir);
  for (const entry of readdirSync(dataDir, { withFileTypes: true })) {
    const path = join(dataDir, entry.name);
    if (entry.isFile()) tighten(path);
    else if (entry.isDirectory() && PRIVATE_FOLDERS.has(entry.name)) tightenAll(path);
  }
}

/** Makes an empty file that only this user can read, if there is none: SQLite gives its write-ahead files the same mode. */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}

function tightenAll(folder: string): void {
  tighten(folder);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) tightenAll(path);
    else if (entry.isFile()) tighten(path);
  }
}

function tighten(path: string): void {
  try {
    const { mode } = lstatSync(path);
    if ((mode & 0o077) !== 0) chmodSync(path, mode & 0o700);
  } catch {
    // Another user's, or gone meanwhile. Whether it can be used is found out by those who use it.
  }
}
