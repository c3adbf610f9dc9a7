import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootFileOffer } from '../../contract/appliance.ts';
import { BootbenchError, errnoOf } from '../../contract/errors.ts';
import { BOOT_FILES, type BootFileEntry } from './catalogue.ts';
import { fetchPackages, usablePackageManager } from './packages.ts';
import { install, readFetched, removeTemporary, sha256Of, writeConfirmed } from './record.ts';
import * as sentences from './sentences.ts';
import { parseSource, readOffers, type OfferedFile } from './source.ts';
import { readSystem, type System } from './system.ts';

export interface FetchOptions {
  /** The folder that the files go into. */
  readonly dir: string;
  /** Folders that are searched, too: a file that one of them has is not missing. */
  readonly otherDirs?: readonly string[];
  /** Default: the catalogue of this program. */
  readonly files?: readonly BootFileEntry[];
  /** The files to get; empty: all that are missing. */
  readonly names?: readonly string[];
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** Default: this one. */
  readonly system?: System;
}

export interface SourceOptions extends FetchOptions {
  /** A folder or an address. */
  readonly from: string;
  /** Relative folders start here. */
  readonly cwd: string;
  readonly allowHttp?: boolean;
  readonly ca?: string | undefined;
}

/**
 * Of a file in the folder: it has the catalogue's hash (`right`), the hash that was recorded (`fetched`, `from-source`, `stale`), or is the
 * user's (`own`). `elsewhere`: another folder has it.
 */
export type FileState = 'missing' | 'elsewhere' | 'right' | 'fetched' | 'from-source' | 'stale' | 'own';

export interface FetchResult {
  readonly installed: readonly string[];
  /** A sentence for each file that could not be had. */
  readonly problems: readonly string[];
}

/**
 * Gets the missing files from this system's own distribution, whose signatures decide. E_BOOT_FILE_SOURCE on a system without such packages;
 * its next step names a source.
 */
export async function fetchFromDistribution(options: FetchOptions): Promise<FetchResult> {
  const { dir, report, signal } = options;
  const files = await statesOf(options);
  for (const { file, state } of files) if (state === 'own') report(sentences.ownFileStays(file.name));
  const wanted = files.filter(({ state }) => state === 'missing' || state === 'stale').map(({ file }) => file);
  if (wanted.length === 0) return { installed: [], problems: [] };
  const system = options.system ?? (await readSystem());
  const manager = await usablePackageManager(system);
  if (manager === undefined) throw withoutPackages(system, wanted);
  await prepare(dir);
  const installed: string[] = [];
  const { problems } = await fetchPackages(manager, wanted, { dir, system, report, signal });
  for (const file of wanted) if ((await stateOf(file, dir)) !== 'missing') installed.push(file.name);
  signal?.throwIfAborted();
  return { installed, problems };
}

function withoutPackages({ release }: System, wanted: readonly BootFileEntry[]): BootbenchError {
  const names = wanted.map(({ name }) => name);
  const message = sentences.noPackages(release.PRETTY_NAME ?? process.platform, names);
  return new BootbenchError('E_BOOT_FILE_SOURCE', message, { next: sentences.FETCH_FROM_SOURCE });
}

/** Reads what a source has for the files that are missing or came from a source before. Writes nothing. */
export async function offersOf(options: SourceOptions): Promise<BootFileOffer[]> {
  return (await offeredFiles(options)).offers.map(({ bytes: _bytes, ...offer }) => offer);
}

async function offeredFiles(options: SourceOptions): Promise<{ source: string; offers: OfferedFile[] }> {
  const { dir, names = [], report, allowHttp = false, signal, ca } = options;
  const http = { allowHttp, signal, ca };
  const source = await parseSource(options.from, options.cwd, http);
  const states = await statesOf(options);
  for (const { file, state } of states) if (state === 'own') report(sentences.ownFileStays(file.name));
  const isWanted = ({ file, state }: { file: BootFileEntry; state: FileState }): boolean =>
    state !== 'own' && (names.includes(file.name) || ['missing', 'stale', 'from-source'].includes(state));
  const files = states.filter(isWanted).map(({ file }) => file);
  return { source: source.name, offers: await readOffers({ source, dir, files, http, report }) };
}

/** The person, or the options, that confirm hashes: those to install, by name. Undefined: nothing. */
export type Confirm = (offers: readonly BootFileOffer[]) => Promise<Readonly<Record<string, string>> | undefined>;

/**
 * Gets files from a source that a person confirms. A file is installed only when `confirm` returned the hash of the bytes that were read, and
 * its hash is recorded. What was confirmed for the same source before needs no confirmation. Problems name each file that was not installed.
 */
export async function fetchFromSource(
  options: SourceOptions,
  confirm: Confirm,
): Promise<FetchResult & { readonly missing: readonly string[] }> {
  const { dir, report, signal } = options;
  const { source, offers } = await offeredFiles(options);
  const accepted = (await confirm(offers)) ?? {};
  signal?.throwIfAborted();
  const installed: string[] = [];
  const problems: string[] = [];
  for (const offer of offers) {
    const problem = problemOf(offer, accepted[offer.name]);
    if (problem !== undefined) problems.push(problem);
    else if (offer.bytes && offer.sha256 !== undefined) {
      if (installed.length === 0) await prepare(dir);
      await install(dir, offer.name, offer.bytes, { origin: 'source', from: offer.location ?? source });
      await writeConfirmed(dir, source, { [offer.name]: offer.sha256 });
      report(sentences.installed(offer.name, offer.location ?? source, offer.sha256));
      installed.push(offer.name);
    }
  }
  return { installed, problems, missing: offers.filter(({ state }) => state === 'missing').map(({ name }) => name) };
}

/** Why an offer is not installed; undefined when it is, or when the source does not have the file. */
function problemOf(
  { state, name, problem, sha256 = '', confirmedSha256 = '' }: OfferedFile,
  accepted: string | undefined,
): string | undefined {
  if (state === 'missing') return undefined;
  if (state === 'refused') return sentences.notInstalled(name, problem ?? '');
  if (accepted === sha256 || (accepted === undefined && state === 'confirmed')) return undefined;
  if (accepted !== undefined) return sentences.otherHash(name, sha256, accepted);
  return state === 'changed' ? sentences.changedHash(name, sha256, confirmedSha256) : sentences.notConfirmed(name, sha256);
}

async function statesOf(options: FetchOptions): Promise<{ file: BootFileEntry; state: FileState }[]> {
  const { dir, otherDirs = [], files = BOOT_FILES, names = [] } = options;
  for (const name of names)
    if (!files.some((file) => file.name === name))
      throw new BootbenchError(
        'E_NOT_FOUND',
        sentences.notInCatalogue(
          name,
          files.map((file) => file.name),
        ),
      );
  const chosen = names.length === 0 ? files : files.filter(({ name }) => names.includes(name));
  const state = async (file: BootFileEntry): Promise<FileState> => {
    const own = await stateOf(file, dir);
    return own === 'missing' && isInOneOf(otherDirs, file) ? 'elsewhere' : own;
  };
  return Promise.all(chosen.map(async (file) => ({ file, state: await state(file) })));
}

function isInOneOf(dirs: readonly string[], { name, aliases }: BootFileEntry): boolean {
  return dirs.some((dir) => [name, ...aliases].some((each) => existsSync(join(dir, each))));
}

/** Of the file in the folder under its own name. */
async function stateOf(file: BootFileEntry, dir: string): Promise<FileState> {
  const path = join(dir, file.name);
  const bytes = await readFile(path).catch((error: unknown) => {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw new BootbenchError('E_BOOT_FILE_FOLDER', sentences.cannotRead(path, errnoOf(error) ?? String(error)), { cause: error });
  });
  if (bytes === undefined) return 'missing';
  const sha256 = sha256Of(bytes);
  if (sha256 === file.sha256) return 'right';
  const record = (await readFetched(dir))[file.name];
  if (record?.sha256 !== sha256) return 'own';
  if (record.origin === 'source') return 'from-source';
  // A record without an origin is of Debian's file for an older catalogue.
  return record.from === '' || record.from.startsWith('Debian ') ? 'stale' : 'fetched';
}

async function prepare(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true }).catch((error: unknown) => {
    throw new BootbenchError('E_BOOT_FILE_FOLDER', sentences.cannotCreate(dir, errnoOf(error) ?? String(error)), { cause: error });
  });
  await removeTemporary(dir);
}
