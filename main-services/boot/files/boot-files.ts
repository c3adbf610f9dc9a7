import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BootFileFacts, BootFileStatus } from '../../../contract/appliance.ts';
import { asBootbenchError, errnoOf } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import { BOOT_FILES, type BootFileEntry } from '../../boot-files/catalogue.ts';
import { factsOf } from '../../boot-files/facts.ts';
import { FILE_LIMIT } from '../../boot-files/http-file.ts';
import { readFetched } from '../../boot-files/record.ts';
import type { ByteSource } from '../../iso/source/byte-source.ts';
import { openLocalFile } from '../../iso/source/local-file.ts';
import { printable } from '../../../util/text.ts';
import * as sentences from './sentences.ts';
import { SharedOpens } from './shared-opens.ts';

/** The boot files of one or two folders. Names are case-sensitive and are looked up, never joined to a path that a client wrote. */
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
  /** The program's folder. */
  readonly dir: string;
  /** The user's folder, whose files come first. */
  readonly userDir?: string;
  readonly log: Log;
  /** Default: resources/boot-files.json. */
  readonly files?: readonly BootFileEntry[];
}

/** Opens the catalogue over its folders, which need not exist yet: files may be dropped in while it is in use. */
export function openBootFileCatalogue(options: CatalogueOptions): BootFileCatalogue {
  const files = options.files ?? BOOT_FILES;
  const byName = new Map(files.flatMap((file) => [file.name, ...file.aliases].map((name) => [name, file] as const)));
  const finder = new Finder([...(options.userDir === undefined ? [] : [options.userDir]), options.dir], options.log);
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
  const { source } = file;
  const from = sentences.packageOf(source.suite, source.package, source.version, source.path);
  const known = { name: file.name, arch: file.architecture, cost: file.cost };
  const found = await finder.find(file);
  if (!found) return { ...known, present: false, origin: 'missing', from };
  const { path, size, sha256, facts, root } = found;
  const present = { ...known, present: true, size, sha256, path, ...(facts && { facts }) };
  if (sha256 === file.sha256) return { ...present, origin: 'verified', from };
  const record = (await readFetched(root))[file.name];
  if (record?.sha256 === sha256) return { ...present, origin: record.origin, from: record.from === '' ? from : record.from };
  return { ...present, origin: 'other', from: sentences.fromAnotherSource(from) };
}

interface Read {
  readonly size: number;
  readonly sha256: string;
  /** Absent for files that are too large to be boot files. */
  readonly facts?: BootFileFacts;
}

interface Found extends Read {
  readonly path: string;
  /** The folder of the search order that it is in. */
  readonly root: string;
}

type Target = { kind: 'file'; path: string; root: string } | { kind: 'outside' } | { kind: 'none' };

/** Finds the catalogue's files in the folders and remembers their hashes and facts. */
class Finder {
  readonly #dirs: readonly string[];
  readonly #log: Log;
  /** By path: what was read, and the size and time it was read at. */
  readonly #read = new Map<string, { key: string; read: Promise<Read> }>();
  readonly #opens = new SharedOpens();
  /** The last warning about each file, so that the log has it once. */
  readonly #warned = new Map<string, string>();

  constructor(dirs: readonly string[], log: Log) {
    this.#dirs = dirs.map((dir) => resolve(dir));
    this.#log = log;
  }

  async find(file: BootFileEntry): Promise<Found | undefined> {
    const target = await this.#locate(file);
    if (target === undefined) return undefined;
    try {
      return { ...target, ...(await this.#readOnce(target.path)) };
    } catch (error) {
      this.#warnOnce(target.path, sentences.unreadable(file.name, asBootbenchError(error).message));
      return undefined;
    }
  }

  open(file: BootFileEntry): Promise<ByteSource | undefined> {
    return this.#opens.open(file.name, () => this.#open(file));
  }

  async #open(file: BootFileEntry): Promise<ByteSource | undefined> {
    const target = await this.#locate(file);
    if (target === undefined) return undefined;
    try {
      const source = await openLocalFile(target.path);
      void this.#warnWhenDifferent(file);
      return source;
    } catch (error) {
      this.#warnOnce(target.path, sentences.unreadable(file.name, asBootbenchError(error).message));
      return undefined;
    }
  }

  /** In the first folder that has the file, the first of its names that exists; a link is followed as long as it stays inside the folder. */
  async #locate(file: BootFileEntry): Promise<{ path: string; root: string } | undefined> {
    for (const dir of this.#dirs) {
      for (const name of [file.name, ...file.aliases]) {
        const path = join(dir, name);
        const target = await this.#target(path);
        if (target.kind === 'file') return { path: target.path, root: target.root };
        if (target.kind === 'outside') this.#warnOnce(path, sentences.linkLeavesFolder(name, dir));
      }
    }
    return undefined;
  }

  async #target(path: string): Promise<Target> {
    try {
      const [root, target] = await Promise.all([realpath(dirname(path)), realpath(path)]);
      const below = relative(root, target);
      if (below === '' || below === '..' || below.startsWith(`..${sep}`) || resolve(root, below) !== target) return { kind: 'outside' };
      return (await stat(target)).isFile() ? { kind: 'file', path: target, root } : { kind: 'none' };
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') this.#warnOnce(path, sentences.unreadable(path, asBootbenchError(error).message));
      return { kind: 'none' };
    }
  }

  async #readOnce(path: string): Promise<Read> {
    const { size, mtimeMs } = await stat(path);
    const key = `${size} ${mtimeMs}`;
    let entry = this.#read.get(path);
    if (entry?.key !== key) {
      entry = { key, read: readFacts(path, size) };
      entry.read.catch(() => this.#read.delete(path));
      this.#read.set(path, entry);
    }
    return entry.read;
  }

  async #warnWhenDifferent(file: BootFileEntry): Promise<void> {
    const status = await statusOf(file, this);
    if (status.origin === 'other')
      this.#warnOnce(status.path ?? file.name, sentences.servedAlthoughDifferent(file.name, status.sha256 ?? ''));
  }

  #warnOnce(path: string, message: string): void {
    if (this.#warned.get(path) === message) return;
    this.#warned.set(path, message);
    this.#log.warn({ path }, message);
  }
}

async function readFacts(path: string, size: number): Promise<Read> {
  const hash = createHash('sha256');
  if (size > FILE_LIMIT) {
    await pipeline(createReadStream(path), hash);
    return { size, sha256: hash.digest('hex') };
  }
  const bytes = await readFile(path);
  return { size, sha256: hash.update(bytes).digest('hex'), facts: factsOf(bytes) };
}
