import { constants } from 'node:fs';
import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { momentLine, type Moment } from './moments.ts';
import { fileName } from './names.ts';
import { cannotStore, notStored } from './sentences.ts';
import { removeParts } from './stored.ts';
import type { Storing } from './transcript.ts';

/** A part ends before one of these is exceeded. */
export interface PartLimits {
  readonly partBytes: number;
  readonly partTimesBytes: number;
  /** Of all parts of a transcript; the oldest part is removed. */
  readonly transcriptBytes: number;
}

export interface FilesOptions {
  readonly folder: string;
  readonly id: string;
  readonly limits: PartLimits;
  readonly clock: Clock;
  readonly log: Log;
  /** Runs one task at a time for all transcripts: a slow disk must not take every thread of file operations. */
  readonly syncing: (task: () => Promise<void>) => Promise<void>;
  /** A file was created. */
  readonly grew: () => void;
  readonly storing: Storing;
}

/** Bytes in order and the moments between them; those of a notice after the last byte have its end as their offset. */
export interface Batch {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly moments: readonly Moment[];
}

interface OpenPart {
  readonly base: number;
  readonly log: FileHandle;
  readonly times: FileHandle;
  size: number;
  timesSize: number;
  isDirty: boolean;
  synced: Promise<void>;
}

/** Between two tries to write to a disk that failed. */
const RETRY_AFTER_MS = 1000;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/** The files of a transcript that is written. Calls are made one after the other, except `sync`; none rejects. */
export class TranscriptFiles {
  readonly #options: FilesOptions;
  /** Those before the open one too. */
  #parts: { base: number; size: number }[];
  #part: OpenPart | undefined;
  /** The offset after the last byte on the disk. */
  #end: number;
  /** The last part of an earlier run is continued with its first bytes. */
  #continued: { base: number; size: number; timesSize: number } | undefined;
  #failure: { readonly reason: string; readonly retryAt: number } | undefined;

  constructor(options: FilesOptions, parts: readonly { base: number; size: number; timesSize: number }[]) {
    this.#options = options;
    this.#parts = parts.map(({ base, size }) => ({ base, size }));
    this.#continued = parts.at(-1);
    this.#end = this.#continued ? this.#continued.base + this.#continued.size : 0;
  }

  /** Output that cannot be written is dropped, so that memory stays free; the next that can be written starts with a notice. */
  async store(batch: Batch): Promise<void> {
    const { clock, log, id, storing } = this.#options;
    if (this.#failure && clock.monotonic() < this.#failure.retryAt) return;
    const end = this.#end;
    try {
      await this.#append(batch);
      this.#ended(batch.offset - end);
    } catch (error) {
      const isRetry = this.#failure !== undefined;
      if (!isRetry) {
        log.error({ error, transcript: id }, 'console output cannot be stored');
        storing({ failed: cannotStore(asBootbenchError(error)) });
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.#failure = { reason: this.#failure?.reason ?? reason, retryAt: clock.monotonic() + RETRY_AFTER_MS };
      await this.#abandon(isRetry ? end : undefined);
    }
  }

  /** Resolves when what was stored is on the disk itself. */
  sync(): Promise<void> {
    const part = this.#part;
    if (!part) return Promise.resolve();
    if (part.isDirty) {
      part.isDirty = false;
      part.synced = part.synced.then(() => this.#options.syncing(() => this.#syncPart(part)));
    }
    return part.synced;
  }

  /** `end`: the offset after the last byte. Where the last ones were not stored, the notice that says so is tried once more. */
  async close(end: number): Promise<void> {
    if (this.#failure && end > this.#end) {
      const lost = end - this.#end;
      this.#failure = { ...this.#failure, retryAt: this.#options.clock.monotonic() };
      await this.store({ offset: end, bytes: Buffer.alloc(0), moments: [] });
      this.#ended(lost);
    }
    await this.#closePart();
  }

  /** The end of a failure, if there is one. */
  #ended(lost: number): void {
    const { id, log, storing } = this.#options;
    if (!this.#failure) return;
    log.info({ transcript: id, lost }, 'some console output was not stored');
    this.#failure = undefined;
    storing({ lost });
  }

  async #closePart(): Promise<void> {
    const part = this.#part;
    await this.sync();
    this.#part = undefined;
    if (part) await closeFiles(part);
  }

  async #append(batch: Batch): Promise<void> {
    const lost = batch.offset - this.#end;
    const notice = lost > 0 ? [this.#lossNotice(batch, lost)] : [];
    const lines = [...notice, ...batch.moments].map(momentLine).join('');
    const part = await this.#partFor(batch, lines.length);
    await part.log.appendFile(batch.bytes);
    part.size += batch.bytes.length;
    this.#end = batch.offset + batch.bytes.length;
    await part.times.appendFile(lines);
    part.timesSize += Buffer.byteLength(lines);
    part.isDirty = true;
  }

  #lossNotice({ offset, moments }: Batch, lost: number): Moment {
    const at = moments[0]?.at ?? this.#options.clock.now();
    return { at, offset, notice: notStored(lost, this.#failure?.reason ?? '') };
  }

  /** The open part, or the next one where that is full or bytes before these are missing. */
  async #partFor({ offset, bytes }: Batch, linesSize: number): Promise<OpenPart> {
    const { limits, grew } = this.#options;
    const continued = this.#continued;
    this.#continued = undefined;
    const part = this.#part ?? continued;
    const fits =
      part &&
      offset === part.base + part.size &&
      (part.size + bytes.length <= limits.partBytes || part.size === 0) &&
      (part.timesSize + linesSize <= limits.partTimesBytes || part.timesSize === 0);
    if (fits && this.#part) return this.#part;
    if (!fits) await this.#finish();
    const opened = await this.#open(fits ? part : { base: offset, size: 0, timesSize: 0 });
    this.#part = opened;
    if (!fits) await this.#removeOld(limits, bytes.length);
    grew();
    return opened;
  }

  async #open({ base, size, timesSize }: { base: number; size: number; timesSize: number }): Promise<OpenPart> {
    const { folder, id } = this.#options;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    let log: FileHandle | undefined;
    try {
      log = await open(join(folder, fileName(id, base, 'log')), APPEND, 0o600);
      const times = await open(join(folder, fileName(id, base, 'times')), APPEND, 0o600);
      return { base, log, times, size, timesSize, isDirty: false, synced: Promise.resolve() };
    } catch (error) {
      await log?.close();
      if (size === 0) await removeParts({ folder, id }, [base]).catch(() => undefined);
      throw error;
    }
  }

  /** Closes a full part. */
  async #finish(): Promise<void> {
    const part = this.#part;
    if (!part) return;
    await this.#closePart();
    this.#parts = [...this.#parts.filter(({ base }) => base !== part.base), { base: part.base, size: part.size }];
  }

  async #removeOld({ transcriptBytes, partBytes }: PartLimits, coming: number): Promise<void> {
    const room = transcriptBytes - Math.max(partBytes, coming);
    let stored = this.#parts.reduce((sum, { size }) => sum + size, 0);
    while (this.#parts.length > 0 && stored > room) {
      const [oldest, ...others] = this.#parts;
      if (!oldest) return;
      await removeParts(this.#options, [oldest.base]);
      this.#parts = others;
      stored -= oldest.size;
    }
  }

  /** What the first failed write left of its bytes stays; what a retry left is removed, and the disk's content ends at `end` as before. */
  async #abandon(end: number | undefined): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    this.#end = end ?? this.#end;
    if (!part) return;
    const size = await part.log.stat().then(
      (stats) => stats.size,
      () => part.size,
    );
    await part.synced;
    await closeFiles(part);
    if (end === undefined) this.#end = part.base + size;
    if (size > 0 && end === undefined) this.#parts = [...this.#parts.filter(({ base }) => base !== part.base), { base: part.base, size }];
    else await removeParts(this.#options, [part.base]).catch(() => undefined);
  }

  async #syncPart({ log, times }: OpenPart): Promise<void> {
    try {
      await log.datasync();
      await times.datasync();
    } catch (error) {
      this.#options.log.error({ error, transcript: this.#options.id }, 'console output may not be on the disk');
    }
  }
}

async function closeFiles({ log, times }: OpenPart): Promise<void> {
  await Promise.allSettled([log.close(), times.close()]);
}
