import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import { mutex } from '../../../util/async.ts';
import { removeParts, storedIn, type StoredTranscript } from './stored.ts';

/** The oldest transcripts are removed. */
export interface StoredLimits {
  /** What is stored of one host. */
  readonly hostBytes: number;
  readonly hostTranscripts: number;
  /** What is stored of all hosts; a part that is written counts when the next one starts. */
  readonly totalBytes: number;
}

export interface PruningOptions {
  /** Has a folder for each host. */
  readonly dir: string;
  readonly limits: StoredLimits;
  /** Such a transcript stays. */
  readonly isWritten: (folder: string, id: string) => boolean;
  readonly log: Log;
}

/** Removes transcripts that are too many or too large. One task at a time. */
export class Pruning {
  readonly #options: PruningOptions;
  readonly #oneByOne = mutex();
  /** Bytes of each folder when it was last read; undefined before the first one is. */
  #bytes: Map<string, number> | undefined;

  constructor(options: PruningOptions) {
    this.#options = options;
  }

  /** A file was created in the folder of a host. */
  grew(folder: string): void {
    void this.#oneByOne(() => this.#prune(folder));
  }

  /** Nothing is removed while the task runs. */
  without<T>(task: () => Promise<T>): Promise<T> {
    return this.#oneByOne(task);
  }

  async settled(): Promise<void> {
    await this.#oneByOne(() => Promise.resolve());
  }

  /** All of a host. Never rejects. */
  async removeFolder(folder: string): Promise<void> {
    const { dir, log } = this.#options;
    try {
      await this.#oneByOne(() => rm(join(dir, folder), { recursive: true, force: true }));
      this.#bytes?.delete(folder);
    } catch (error) {
      log.error({ error, folder }, 'transcripts cannot be removed');
    }
  }

  async #prune(folder: string): Promise<void> {
    try {
      const bytes = (this.#bytes ??= await this.#readAll());
      bytes.set(folder, await this.#pruneHost(folder));
      await this.#pruneAll(bytes);
    } catch (error) {
      this.#options.log.error({ error, folder }, 'old transcripts cannot be removed');
    }
  }

  /** What is left. */
  async #pruneHost(folder: string): Promise<number> {
    const { hostBytes, hostTranscripts } = this.#options.limits;
    let [seen, left] = [0, 0];
    for (const [index, stored] of (await this.#stored(folder)).entries()) {
      seen += bytesOf(stored);
      const isTooMuch = index >= hostTranscripts || seen > hostBytes;
      if (isTooMuch && this.#isRemovable(folder, stored)) await this.#remove(folder, stored, 'of this host');
      else left += bytesOf(stored);
    }
    return left;
  }

  /** From the host with the most bytes first. */
  async #pruneAll(bytes: Map<string, number>): Promise<void> {
    const full = new Set<string>();
    while (sum(bytes.values()) > this.#options.limits.totalBytes) {
      const [largest] = [...bytes.entries()].filter(([folder]) => !full.has(folder)).sort(([, a], [, b]) => b - a);
      if (!largest) return;
      const [folder] = largest;
      const stored = await this.#stored(folder);
      const oldest = stored.findLast((each) => this.#isRemovable(folder, each));
      if (oldest) await this.#remove(folder, oldest, 'of all hosts');
      else full.add(folder);
      bytes.set(folder, sum(stored.map((each) => (each === oldest ? 0 : bytesOf(each)))));
    }
  }

  #isRemovable(folder: string, { id }: StoredTranscript): boolean {
    return !this.#options.isWritten(folder, id);
  }

  async #remove(folder: string, stored: StoredTranscript, whose: 'of this host' | 'of all hosts'): Promise<void> {
    await removeParts(
      stored,
      stored.parts.map(({ base }) => base),
    );
    this.#options.log.info(
      { folder, transcript: stored.id, bytes: bytesOf(stored) },
      `removed the oldest transcript: those ${whose} are too large`,
    );
  }

  async #readAll(): Promise<Map<string, number>> {
    const bytes = new Map<string, number>();
    for (const folder of await this.#folders()) bytes.set(folder, sum((await this.#stored(folder)).map(bytesOf)));
    return bytes;
  }

  async #folders(): Promise<string[]> {
    try {
      const entries = await readdir(this.#options.dir, { withFileTypes: true });
      return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  #stored(folder: string): Promise<StoredTranscript[]> {
    return storedIn(join(this.#options.dir, folder));
  }
}

function bytesOf({ parts }: StoredTranscript): number {
  return sum(parts.map(({ size, timesSize }) => size + timesSize));
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}
