import { createHash } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import * as sentences from './sentences.ts';
import { onceReleased } from '../../util/held-files.ts';

/** What Bootbench put into a folder, by name: such a file may be replaced; a file that the user put there may not. */
const FETCHED = '.fetched.json';
/** The hashes that a person confirmed, by source and name. */
const CONFIRMED = '.confirmed.json';

export const FetchedFile = z.object({
  sha256: z.string(),
  origin: z.enum(['package', 'source']),
  /** A phrase for a person: the package and its version, or the address. */
  from: z.string(),
});
export type FetchedFile = z.infer<typeof FetchedFile>;

/** Older versions stored the hash only, of Debian's files. */
const Fetched = z.record(
  z.string(),
  z.union([FetchedFile, z.string().transform((sha256) => ({ sha256, origin: 'package' as const, from: '' }))]),
);
const Confirmed = z.record(z.string(), z.record(z.string(), z.string()));

/** What was fetched into the folder; empty when nothing was, or the record is unreadable. */
export async function readFetched(dir: string): Promise<Record<string, FetchedFile>> {
  return Fetched.catch({}).parse(await readJson(join(dir, FETCHED)));
}

/** The confirmed hashes of one source, by name. */
export async function readConfirmed(dir: string, source: string): Promise<Record<string, string>> {
  return Confirmed.catch({}).parse(await readJson(join(dir, CONFIRMED)))[source] ?? {};
}

/** Remembers the hashes of a source; other names and sources stay. */
export async function writeConfirmed(dir: string, source: string, hashes: Readonly<Record<string, string>>): Promise<void> {
  const all = Confirmed.catch({}).parse(await readJson(join(dir, CONFIRMED)));
  await writeJson(dir, CONFIRMED, { ...all, [source]: { ...all[source], ...hashes } });
}

/** Puts a file into the folder and records where it comes from. E_BOOT_FILE_FOLDER when the folder cannot be written. */
export async function install(dir: string, name: string, bytes: Uint8Array, from: Omit<FetchedFile, 'sha256'>): Promise<void> {
  await writeFileAtOnce(dir, name, bytes);
  await writeJson(dir, FETCHED, { ...(await readFetched(dir)), [name]: { ...from, sha256: sha256Of(bytes) } });
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Removes what an interrupted run left behind. */
export async function removeTemporary(dir: string): Promise<void> {
  const names = await readdir(dir).catch(() => []);
  await Promise.all(names.filter((name) => /^\..+\.tmp$/.test(name)).map((name) => rm(join(dir, name), { force: true })));
}

async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

async function writeJson(dir: string, name: string, value: unknown): Promise<void> {
  await writeFileAtOnce(dir, name, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
}

/** By rename, so that a reader never sees half a file, and an interrupted run leaves the old one. */
async function writeFileAtOnce(dir: string, name: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dir, `.${name}.${process.pid}.tmp`);
  try {
    const handle = await open(temporary, 'w', 0o644);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await onceReleased(() => rename(temporary, join(dir, name)));
  } catch (error) {
    await rm(temporary, { force: true });
    throw new BootbenchError('E_BOOT_FILE_FOLDER', sentences.cannotWrite(join(dir, name), errnoOf(error) ?? String(error)), {
      cause: error,
    });
  }
}
