import type { Clock } from '../../../contract/runtime.ts';
import type { TranscriptFiles } from './files.ts';
import type { Moment } from './moments.ts';
import { Packed } from './packed.ts';
import type { TranscriptWriter } from './transcript.ts';

/** Output is in memory no longer than this. */
const WRITE_AFTER_MS = 250;
/** Written output is on the disk itself after this: with the time before, within one second. */
const SYNC_AFTER_MS = 600;
/** Output within this time has one moment. */
const MOMENT_MS = 50;

export interface WriterOptions {
  readonly id: string;
  readonly startedAt: number;
  /** The offset to continue at; 0 for a new transcript. */
  readonly size: number;
  readonly files: TranscriptFiles;
  readonly clock: Clock;
  readonly closed: () => void;
}

/** Collects output and writes it in batches. */
export class Writer implements TranscriptWriter {
  readonly #options: WriterOptions;
  #size: number;
  readonly #pending = new Packed();
  #moments: Moment[] = [];
  /** Of the last moment without a notice; undefined where the next byte needs one of its own. */
  #momentAt: number | undefined;
  /** Bytes that are being written. */
  #writing = 0;
  #written: Promise<void> = Promise.resolve();
  #stopWrite: (() => void) | undefined;
  #stopSync: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#size = options.size;
    if (options.size === 0) this.#add({ at: options.startedAt, offset: 0 });
  }

  get id(): string {
    return this.#options.id;
  }

  get startedAt(): number {
    return this.#options.startedAt;
  }

  get size(): number {
    return this.#size;
  }

  get waiting(): number {
    return this.#pending.bytes + this.#writing;
  }

  append(bytes: Uint8Array, at: number): number {
    const offset = this.#size;
    if (this.#closing || bytes.length === 0) return offset;
    const isLater = this.#momentAt === undefined || at < this.#momentAt || at >= this.#momentAt + MOMENT_MS;
    if (isLater) {
      this.#add({ at, offset });
      this.#momentAt = at;
    }
    this.#pending.push(bytes);
    this.#size += bytes.length;
    this.#writeSoon();
    return offset;
  }

  notice(message: string, at: number): void {
    if (this.#closing) return;
    this.#add({ at, offset: this.#size, notice: message });
    this.#momentAt = undefined;
  }

  /** Resolves when what was appended is in the file, where everyone can read it. */
  written(): Promise<void> {
    this.#stopWrite?.();
    this.#stopWrite = undefined;
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  async flush(): Promise<void> {
    await this.written();
    await this.#options.files.sync();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.written();
    this.#stopSync?.();
    await this.#options.files.close(this.#size);
    this.#options.closed();
  }

  #add(moment: Moment): void {
    this.#moments.push(moment);
    this.#writeSoon();
  }

  #writeSoon(): void {
    this.#stopWrite ??= this.#options.clock.after(WRITE_AFTER_MS, () => void this.written());
  }

  async #write(): Promise<void> {
    if (this.#pending.bytes === 0 && this.#moments.length === 0) return;
    const bytes = this.#pending.take();
    const batch = { offset: this.#size - bytes.length, bytes, moments: this.#moments };
    this.#moments = [];
    this.#writing = bytes.length;
    await this.#options.files.store(batch);
    this.#writing = 0;
    if (!this.#closing) this.#syncSoon();
  }

  #syncSoon(): void {
    this.#stopSync ??= this.#options.clock.after(SYNC_AFTER_MS, () => {
      this.#stopSync = undefined;
      void this.#options.files.sync();
    });
  }
}
