import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsoleHit, ConsoleOutput } from '../../../contract/console.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { cancelled, mutex } from '../../../util/async.ts';
import { exportAsciicast, exportText } from './export.ts';
import { TranscriptFiles, type PartLimits } from './files.ts';
import { momentsFrom } from './moments.ts';
import { byTime, fileName, folderOf, idOf, nextIdTime, parseFileName, parseId, type IdTime } from './names.ts';
import { piecesOf } from './pieces.ts';
import { searchIn } from './search.ts';
import { transcriptNotFound } from './sentences.ts';
import { describe, repairTimes, startOf, storedIn, type Part, type StoredTranscript } from './stored.ts';
import { Pruning, type StoredLimits } from './pruning.ts';
import type { Storing, Transcripts, TranscriptWriter } from './transcript.ts';
import { Writer } from './writer.ts';

export interface TranscriptLimits extends PartLimits, StoredLimits {}

const MIB = 1024 * 1024;
const LIMITS: TranscriptLimits = {
  partBytes: 8 * MIB,
  partTimesBytes: 2 * MIB,
  transcriptBytes: 64 * MIB,
  hostBytes: 512 * MIB,
  hostTranscripts: 20,
  totalBytes: 4096 * MIB,
};
/** Pieces that one read gives; output that trickles has more pieces than an answer can have. */
const MAX_PIECES = 4096;

export interface TranscriptsOptions {
  /** Has a folder for each host. Created with the first transcript. */
  readonly dir: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: TranscriptLimits;
}

/** Transcripts as files: in the folder of its host, `ID.log` has the bytes as they came, `ID.times` when they came. */
export function openTranscripts(options: TranscriptsOptions): Transcripts {
  return new TranscriptFolders(options);
}

class TranscriptFolders implements Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #limits: TranscriptLimits;
  /** Those that are not closed. */
  readonly #writers = new Map<string, Set<Writer>>();
  /** The newest transcript of a host that had a writer. */
  readonly #newest = new Map<string, IdTime>();
  readonly #syncing = mutex();
  readonly #pruning: Pruning;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
    this.#pruning = new Pruning({ ...options, limits: this.#limits, isWritten: (folder, id) => this.#isWritten(folder, id) });
  }

  begin(host: string, image: string | undefined, storing?: Storing): TranscriptWriter {
    const startedAt = this.#options.clock.now();
    const time = nextIdTime(startedAt, this.#newest.get(host) ?? this.#newestOnDisk(host));
    this.#newest.set(host, time);
    return this.#writer(host, { id: idOf(time, image), startedAt, size: 0 }, [], storing);
  }

  /** Nothing is removed meanwhile: what is continued has no writer yet. */
  resume: Transcripts['resume'] = (host, storing) => this.#pruning.without(() => this.#resume(host, storing));

  async #resume(host: string, storing: Storing | undefined): Promise<TranscriptWriter | undefined> {
    await Promise.all([...(this.#writers.get(host) ?? [])].map((writer) => writer.close()));
    const [newest] = await storedIn(this.#folder(host));
    const time = newest && parseId(newest.id);
    if (!newest || !time) return undefined;
    const timesSize = await repairTimes(newest);
    const startedAt = await startOf(newest);
    this.#newest.set(host, time);
    const parts = newest.parts.map((part, index) => (index === newest.parts.length - 1 ? { ...part, timesSize } : part));
    return this.#writer(host, { id: newest.id, startedAt, size: newest.size }, parts, storing);
  }

  list: Transcripts['list'] = async (host) => {
    const all = [];
    for (const stored of await this.#stored(host)) all.push(await describe(host, stored));
    return all;
  };

  read: Transcripts['read'] = async (host, id, offset, limit) => {
    const outputs: ConsoleOutput[] = [];
    for await (const piece of piecesOf(await this.#one(host, id), offset, limit)) {
      const { bytes, notice } = piece;
      const data = bytes.toString('base64');
      outputs.push({ transcript: id, offset: piece.offset, at: piece.at, data, ...(notice !== undefined && { notice }) });
      // After bytes, so that notices at this offset are given with the next ones.
      if (outputs.length >= MAX_PIECES && bytes.length > 0) break;
    }
    return outputs;
  };

  offsetAt: Transcripts['offsetAt'] = async (host, at) => {
    for (const stored of await this.#stored(host)) {
      if ((await startOf(stored)) <= at) return { transcript: stored.id, offset: await offsetIn(stored, at) };
    }
    return undefined;
  };

  search: Transcripts['search'] = async (host, text, { transcript, limit, signal }) => {
    const searched = transcript === undefined ? await this.#stored(host) : [await this.#one(host, transcript)];
    const hits: ConsoleHit[] = [];
    for (const stored of searched) {
      if (signal.aborted) throw cancelled(signal);
      if (hits.length >= limit) break;
      hits.push(...(await searchIn(stored, text, limit - hits.length, signal)));
    }
    return hits;
  };

  async *export(host: string, id: string, format: 'text' | 'asciicast', signal: AbortSignal): AsyncGenerator<string> {
    const stored = await this.#one(host, id);
    yield* format === 'text' ? exportText(stored, signal) : exportAsciicast(host, stored, signal);
  }

  async remove(host: string): Promise<void> {
    await this.#closeAll(host);
    this.#newest.delete(host);
    await this.#pruning.removeFolder(folderOf(host));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#writers.keys()].map((host) => this.#closeAll(host)));
    await this.#pruning.settled();
  }

  #folder(host: string): string {
    return join(this.#options.dir, folderOf(host));
  }

  #writer(
    host: string,
    start: { id: string; startedAt: number; size: number },
    parts: readonly Part[],
    storing: Storing = () => undefined,
  ): TranscriptWriter {
    const { clock, log } = this.#options;
    const grew = (): void => this.#pruning.grew(folderOf(host));
    const files = new TranscriptFiles(
      { folder: this.#folder(host), id: start.id, limits: this.#limits, clock, log, syncing: this.#syncing, grew, storing },
      parts,
    );
    const closed = (): void => void this.#writers.get(host)?.delete(writer);
    const writer = new Writer({ ...start, files, clock, closed });
    this.#writers.set(host, (this.#writers.get(host) ?? new Set()).add(writer));
    return writer;
  }

  #isWritten(folder: string, id: string): boolean {
    return [...this.#writers].some(([host, writers]) => folderOf(host) === folder && [...writers].some((writer) => writer.id === id));
  }

  async #closeAll(host: string): Promise<void> {
    await Promise.all([...(this.#writers.get(host) ?? [])].map((writer) => writer.close()));
  }

  /** Newest first, with what waits for the disk; only the one with that ID. */
  async #stored(host: string, only?: string): Promise<StoredTranscript[]> {
    await Promise.all([...(this.#writers.get(host) ?? [])].map((writer) => writer.written()));
    return storedIn(this.#folder(host), only);
  }

  async #one(host: string, id: string): Promise<StoredTranscript> {
    const [stored] = await this.#stored(host, id);
    if (!stored) throw transcriptNotFound(host, id);
    return stored;
  }

  /** Read synchronously, once: a session that did not resume must not write into an existing file. */
  #newestOnDisk(host: string): IdTime | undefined {
    try {
      const times = readdirSync(this.#folder(host)).flatMap((file) => parseId(parseFileName(file)?.id ?? '') ?? []);
      return times.sort(byTime).at(-1);
    } catch {
      return undefined;
    }
  }
}

/** The offset of the first byte that came then or later; the end where none did. */
async function offsetIn({ id, folder, parts, size }: StoredTranscript, at: number): Promise<number> {
  for (const { base } of parts) {
    for await (const block of momentsFrom(join(folder, fileName(id, base, 'times')), base)) {
      const later = block.find(({ moment }) => moment.at >= at && moment.offset <= size);
      if (later) return later.moment.offset;
    }
  }
  return size;
}
