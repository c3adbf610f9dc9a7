import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A second start sends Chromium's message to the first: its folder, its complete command line and the data of
 * requestSingleInstanceLock. Chromium's reader takes 32 KiB (kMaxMessageLength in process_singleton_posix.cc). It does not answer a longer
 * one, and the second start then takes the first for a hung one and kills it: Electron 22 on Linux, 250 paths of 62 bytes.
 */
const CHROMIUM_MAX_BYTES = 32 * 1024;
/** What a message may have here. The rest is for what Electron adds to the command line. */
export const MAX_MESSAGE_BYTES = CHROMIUM_MAX_BYTES - 4 * 1024;

/** The data of a second start. */
export interface HandOver {
  readonly files: readonly string[];
  /** The name of a list with more files. */
  readonly list?: string | undefined;
}

/** The flag by which a start with a short command line gets the list that the start before it has saved. */
export const LIST_FLAG = 'files-from';
const LIST_NAME = /^files-[\w-]{36}\.json$/;

/**
 * The data as requestSingleInstanceLock takes them. One string in Base64: Electron 22 loses all data where one string of them is in two
 * bytes per character in V8, as of a name in Greek, or of a URL's decoded umlaut.
 */
export function packed(handOver: HandOver): { readonly packed: string } {
  return { packed: Buffer.from(JSON.stringify(handOver)).toString('base64') };
}

/** What another start handed over; another version of Bootbench may hand over anything. */
export function unpacked(data: unknown): HandOver {
  if (typeof data !== 'object' || data === null || !('packed' in data) || typeof data.packed !== 'string') return { files: [] };
  try {
    return handOverOf(JSON.parse(Buffer.from(data.packed, 'base64').toString()));
  } catch {
    return { files: [] };
  }
}

function handOverOf(value: unknown): HandOver {
  if (typeof value !== 'object' || value === null) return { files: [] };
  const files = 'files' in value && Array.isArray(value.files) ? value.files.filter((file: unknown) => typeof file === 'string') : [];
  return { files, list: 'list' in value && typeof value.list === 'string' ? value.list : undefined };
}

/** The size of the message of a start. */
export function messageBytes(argv: readonly string[], cwd: string, handOver: HandOver): number {
  const words = [cwd, ...argv].reduce((sum, word) => sum + Buffer.byteLength(word) + 1, 0);
  return words + packed(handOver).packed.length;
}

/** Saves a list of files in `folder` and returns its name. Throws as node:fs does. */
export function saveList(folder: string, files: readonly string[]): string {
  const name = `files-${randomUUID()}.json`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, name), JSON.stringify(files), { mode: 0o600, flag: 'wx' });
  return name;
}

/** The files of a saved list, which is deleted. Undefined where it is not a list, and for a name that saveList does not give. */
export function takeList(folder: string, name: string): string[] | undefined {
  if (!LIST_NAME.test(name)) return undefined;
  const path = join(folder, name);
  try {
    const list: unknown = JSON.parse(readFileSync(path, 'utf8'));
    rmSync(path);
    return Array.isArray(list) ? list.filter((file: unknown) => typeof file === 'string') : undefined;
  } catch {
    return undefined;
  }
}
