import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DoctorCheck } from '../../contract/doctor.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { attempt, passed, failed, warned, wordsOf } from './check.ts';
import * as sentences from './sentences.ts';

/** Below this the database itself is in danger. */
const LEAST_FREE_BYTES = 200 * 1024 * 1024;
/** Below this many ISOs do not fit. */
const LITTLE_FREE_BYTES = 5 * 1024 * 1024 * 1024;

/** The data directory, or the folder above it in which it would be made. */
export function existingFolder(dataDir: string): string {
  let folder = dataDir;
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** Makes a folder for `work` where the data directory is, and removes it. Throws where that cannot be written. */
export async function inScratchFolder<T>(dataDir: string, work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(existingFolder(dataDir), '.bootbench-doctor-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whether the data directory can be written, and how much space its disk has. `freeBytes` is for tests. */
export function checkDataDirectory(dataDir: string, freeBytes = freeBytesOf): Promise<DoctorCheck> {
  const id = 'data-directory';
  const check = async (): Promise<DoctorCheck> => {
    const folder = existingFolder(dataDir);
    if (!statSync(folder).isDirectory()) throw new Error(`${folder} is not a folder`);
    await inScratchFolder(dataDir, () => undefined);
    const free = await freeBytes(folder);
    const text = sentences.size(free);
    if (free < LEAST_FREE_BYTES) return failed(id, new BootbenchError('E_DISK_FULL', sentences.littleSpace(dataDir, text)));
    if (free < LITTLE_FREE_BYTES) {
      const next = sentences.FREE_SPACE_FOR_ISO;
      return warned(id, new BootbenchError('E_DISK_FULL', sentences.littleSpace(dataDir, text), { next }));
    }
    return passed(id, existsSync(dataDir) ? sentences.writable(dataDir, text) : sentences.willBeMade(dataDir, text));
  };
  return attempt(id, check, (error) => {
    const next = sentences.MAKE_WRITABLE;
    return new BootbenchError('E_DB', sentences.notWritable(dataDir, wordsOf(error)), { cause: error, next });
  });
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
