import type { Clock, Log } from '../../../contract/runtime.ts';
import type { Storing, TranscriptWriter, Transcripts } from '../transcript/transcript.ts';
import { RESUMED } from './sentences.ts';
import { Tail } from './tail.ts';
import type { TranscriptEnd } from './view.ts';

/** Bytes that may wait for the disk before the transport is held back; then until it has caught up. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
/** What is read again for `lastLines` after a restart of Bootbench. */
const TAIL_BYTES = 32 * 1024;

export interface RecordingDeps {
  readonly host: string;
  readonly transcripts: Transcripts;
  readonly clock: Clock;
  readonly log: Log;
  /** The image that a boot which starts now boots. */
  readonly image: () => string | undefined;
  readonly storing: Storing;
  /** The disk is too slow for the console, and when it has caught up. */
  readonly behind: (isBehind: boolean) => void;
}

/** Where a piece of output stands. */
export interface Recorded {
  readonly transcript: string;
  readonly offset: number;
  readonly at: number;
}

/** The transcript that one console is written to. */
export class Recording {
  readonly #deps: RecordingDeps;
  #tail = new Tail();
  #lastAt: number | undefined;
  #writer: TranscriptWriter | undefined;
  #isBehind = false;
  readonly #ready: Promise<void>;

  constructor(deps: RecordingDeps) {
    this.#deps = deps;
    this.#ready = this.#resume();
  }

  /** Nothing is appended before this resolves. Never rejects. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  get transcript(): string | undefined {
    return this.#writer?.id;
  }

  /** When the current transcript started. */
  get startedAt(): number | undefined {
    return this.#writer?.startedAt;
  }

  async end(): Promise<TranscriptEnd | undefined> {
    await this.#ready;
    return this.#writer && { transcript: this.#writer.id, size: this.#writer.size };
  }

  /** When something was printed last, also before a restart of Bootbench. */
  get lastAt(): number | undefined {
    return this.#lastAt;
  }

  /** Of the current transcript. */
  lastLines(count: number): string[] {
    return this.#tail.lines(count);
  }

  append(bytes: Uint8Array): Recorded {
    const at = this.#deps.clock.now();
    const writer = this.#current();
    const offset = writer.append(bytes, at);
    this.#tail.push(bytes);
    this.#lastAt = at;
    if (!this.#isBehind && writer.waiting > MAX_WAITING_BYTES) void this.#catchUp(writer);
    return { transcript: writer.id, offset, at };
  }

  notice(message: string): Recorded {
    const at = this.#deps.clock.now();
    const writer = this.#current();
    const offset = writer.size;
    writer.notice(message, at);
    return { transcript: writer.id, offset, at };
  }

  /** What follows is of another boot. */
  begin(): void {
    void this.#writer?.close();
    this.#tail = new Tail();
    this.#writer = this.#begin();
  }

  async close(): Promise<void> {
    await this.#ready;
    await this.#writer?.close();
  }

  #current(): TranscriptWriter {
    this.#writer ??= this.#begin();
    return this.#writer;
  }

  #begin(): TranscriptWriter {
    const { host, transcripts, image, storing } = this.#deps;
    return transcripts.begin(host, image(), storing);
  }

  async #resume(): Promise<void> {
    const { host, transcripts, storing, log } = this.#deps;
    try {
      const writer = await transcripts.resume(host, storing);
      this.#writer = writer;
      if (!writer) return;
      let wasClosed = true;
      for (const { data, at, notice } of await transcripts.read(host, writer.id, Math.max(0, writer.size - TAIL_BYTES), TAIL_BYTES)) {
        this.#tail.push(Buffer.from(data, 'base64'));
        if (data !== '') this.#lastAt = at;
        wasClosed = notice !== undefined;
      }
      if (!wasClosed) writer.notice(RESUMED, this.#deps.clock.now());
    } catch (error) {
      log.error({ error, host }, 'the last transcript cannot be continued');
    }
  }

  async #catchUp(writer: TranscriptWriter): Promise<void> {
    this.#isBehind = true;
    this.#deps.behind(true);
    await writer.flush();
    this.#isBehind = false;
    this.#deps.behind(false);
  }
}
