import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BootFileStatus } from '../../../contract/appliance.ts';
import { asBootbenchError, errnoOf } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import catalogue from '../../../resources/boot-files.json' with { type: 'json' };
import type { ByteSource } from '../../iso/source/byte-source.ts';
import { openLocalFile } from '../../iso/source/local-file.ts';
import { printable } from '../../../util/text.ts';
import * as sentences from './sentences.ts';

/** One boot file as resources/boot-files.json names it. */
export interface BootFileEntry {
  readonly name: string;
  /** Other names it is served under; in the folder it may have one of them, too. */
  readonly aliases: readonly string[];
  readonly architecture: string;
  readonly source: {
    readonly suite: string;
    readonly package: string;
    readonly packageArchitecture: string;
    readonly version: string;
    readonly path: string;
  };
  readonly sha256: string;
  /** One sentence: what does not work without it. */
  readonly cost: string;
}

/** The boot files in one folder. Names are case-sensitive and are looked up, never joined to a path that a client wrote. */
export interface BootFileCatalogue {
  /** Every name that is served: the files' own names first, then their aliases. */
  names(): string[];
  /** Which files are present, where they come from and what a missing one costs. Hashes are cached until size or time change. */
  status(): Promise<BootFileStatus[]>;
  /** The file's own name for one of its names; undefined for a name the catalogue does not have. */
  resolve(name: string): string | undefined;
  /** The file's bytes; undefined when the name is unknown or the file is missing (see `missing`). Close the source after use. */
  open(name: string): Promise<ByteSource | undefined>;
  /** A sentence for a person at a boot screen: which file is missing and what it costs. */
  missing(name: string): string;
}

export interface CatalogueOptions {
  readonly dir: string;
  readonly log: Log;
  /** Default: resources/boot-files.json. */
  readonly files?: readonly BootFileEntry[];
}

/** Opens the catalogue over `dir`, which need not exist yet: files may be dropped in while it is in use. */
export function openBootFileCatalogue(options: CatalogueOptions): BootFileCatalogue {
  const files = options.files ?? catalogue.files;
  const byName = new Map(files.flatMap((file) => [file.name, ...file.aliases].map((name) => [name, file] as const)));
  const finder = new Finder(options.dir, options.log);
  return {
    names: () => [...files.map((file) => file.name), ...files.flatMap((file) => file.aliases)],
    status: () => Promise.all(files.map((file) => statusOf(file, finder))),
    resolve: (name) => byName.get(name)?.name,
    async open(name) {
      const file = byName.get(name);
      return file && (await finder.open(file));
    },
    missing(name) {
      const file = byName.get(name);
      if (!file) return sentences.unknownBootFile(printable(name));
      return sentences.missingBootFile(file.name, file.cost);
    },
  };
}

async function statusOf(file: BootFileEntry, finder: Finder): Promise<BootFileStatus> {
  const { suite, package: name, version, path } = file.source;
  const from = sentences.packageOf(suite, name, version, path);
  const known = { name: file.name, arch: file.architecture, cost: file.cost };
  const found = await finder.find(file);
  if (!found) return { ...known, present: false, origin: 'missing', from };
  const { size, sha256 } = found;
  if (sha256 === file.sha256) return { ...known, present: true, size, sha256, origin: 'verified', from };
  return { ...known, present: true, size, sha256, origin: 'other', from: sentences.fromAnotherSource(from) };
}

interface Found {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

type Target = { kind: 'file'; path: string } | { kind: 'outside' } | { kind: 'none' };

/** Finds the catalogue's files in the folder and remembers their hashes. */
class Finder {
  readonly #dir: string;
  readonly #log: Log;
  /** By path: the hash, and the size and time it was taken at. */
  readonly #hashes = new Map<string, { key: string; sha256: Promise<string> }>();
  /** The last warning about each file, so that the log has it once. */
  readonly #warned = new Map<string, string>();

  constructor(dir: string, log: Log) {
    this.#dir = resolve(dir);
    this.#log = log;
  }

  async find(file: BootFileEntry): Promise<Found | undefined> {
    const path = await this.#locate(file);
    if (path === undefined) return undefined;
    try {
      return { path, ...(await this.#hashed(path)) };
    } catch (error) {
      this.#warnOnce(path, sentences.unreadable(file.name, asBootbenchError(error).message));
      return undefined;
    }
  }

  async open(file: BootFileEntry): Promise<ByteSource | undefined> {
    const path = await this.#locate(file);
    if (path === undefined) return undefined;
    try {
      const source = await openLocalFile(path);
      void this.#warnWhenDifferent(file);
      return source;
    } catch (error) {
      this.#warnOnce(path, sentences.unreadable(file.name, asBootbenchError(error).message));
      return undefined;
    }
  }

  /** The first of the file's names that exists; a link is followed as long as it stays inside the folder. */
  async #locate(file: BootFileEntry): Promise<string | undefined> {
    for (const name of [file.name, ...file.aliases]) {
      const path = join(this.#dir, name);
      const target = await this.#target(path);
      if (target.kind === 'file') return target.path;
      if (target.kind === 'outside') this.#warnOnce(path, sentences.linkLeavesFolder(name, this.#dir));
    }
    return undefined;
  }

  async #target(path: string): Promise<Target> {
    try {
      const [root, target] = await Promise.all([realpath(this.#dir), realpath(path)]);
      const below = relative(root, target);
      if (below === '' || below === '..' || below.startsWith(`..${sep}`) || resolve(root, below) !== target) return { kind: 'outside' };
      return (await stat(target)).isFile() ? { kind: 'file', path: target } : { kind: 'none' };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#warnOnce(path, sentences.unreadable(path, asBootbenchError(error).message));
      return { kind: 'none' };
    }
  }

  async #hashed(path: string): Promise<{ size: number; sha256: string }> {
    const { size, mtimeMs } = await stat(path);
    const key = `${size} ${mtimeMs}`;
    let entry = this.#hashes.get(path);
    if (entry?.key !== key) {
      entry = { key, sha256: sha256Of(path) };
      entry.sha256.catch(() => this.#hashes.delete(path));
      this.#hashes.set(path, entry);
    }
    return { size, sha256: await entry.sha256 };
  }

  async #warnWhenDifferent(file: BootFileEntry): Promise<void> {
    const found = await this.find(file);
    if (found && found.sha256 !== file.sha256) this.#warnOnce(found.path, sentences.servedAlthoughDifferent(file.name, found.sha256));
  }

  #warnOnce(path: string, message: string): void {
    if (this.#warned.get(path) === message) return;
    this.#warned.set(path, message);
    this.#log.warn({ path }, message);
  }
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
