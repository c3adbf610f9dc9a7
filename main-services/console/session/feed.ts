import type { ConsoleOutput, ConsoleViewer } from '../../../contract/console.ts';
import type { Clock, Log } from '../../../contract/runtime.ts';
import { mutex } from '../../../util/async.ts';
import { tooManyViews } from './sentences.ts';
import { View, type Listener, type ReadTranscript, type TranscriptEnd } from './view.ts';

/** Live output goes to viewers in pieces of up to this size, at most this long after it came. */
export const PIECE_BYTES = 64 * 1024;
export const PIECE_MS = 20;
/** Windows, tabs and scripts that view one console; each costs time whenever something is printed. */
export const MAX_VIEWS = 64;

export interface FeedDeps {
  readonly host: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly read: ReadTranscript;
  /** Viewers came or left. */
  readonly viewersChanged: () => void;
}

interface Pending {
  readonly transcript: string;
  readonly offset: number;
  readonly at: number;
  readonly chunks: Uint8Array[];
  bytes: number;
}

/** Gives the output of one console to its viewers. Nothing is collected or encoded while there are none. */
export class Feed {
  readonly #deps: FeedDeps;
  readonly #views = new Set<View>();
  /** One read at a time for all views: each holds what it read. */
  readonly #reading = mutex();
  #pending: Pending | undefined;
  #stopTimer: () => void = () => undefined;

  constructor(deps: FeedDeps) {
    this.#deps = deps;
  }

  /** Each viewer once, however many views it has. */
  viewers(): ConsoleViewer[] {
    return [...new Map([...this.#views].map(({ viewer }) => [viewer.id, viewer])).values()];
  }

  hasViewer(id: string): boolean {
    return [...this.#views].some(({ viewer }) => viewer.id === id);
  }

  /**
   * E_CONSOLE_BUSY where there are too many views. The listener gets what is recorded from `from` on (negative: before its end), then what `bytes` and `notice` are called with after this.
   * `current`: what is recorded now. Returns the function that ends the view.
   */
  add(viewer: ConsoleViewer, from: number, listener: Listener, current: Promise<TranscriptEnd | undefined>): () => void {
    const { log, read, viewersChanged } = this.#deps;
    if (this.#views.size >= MAX_VIEWS) throw tooManyViews(this.#deps.host, MAX_VIEWS);
    const view: View = new View(viewer, listener, (...part) => this.#reading(() => (view.isEnded ? Promise.resolve([]) : read(...part))));
    this.#views.add(view);
    viewersChanged();
    view.start(current, from).catch((error: unknown) => {
      log.error({ error }, 'recent output could not be read for a viewer');
    });
    return () => {
      view.end();
      if (this.#views.delete(view)) viewersChanged();
    };
  }

  /** `bytes` stand at `offset` of the transcript. */
  bytes(transcript: string, offset: number, at: number, bytes: Uint8Array): void {
    if (this.#views.size === 0) return;
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      this.#collect(transcript, offset + start, at, bytes.subarray(start, start + PIECE_BYTES));
    }
  }

  notice(transcript: string, offset: number, at: number, notice: string): void {
    this.flush();
    this.#emit({ transcript, offset, at, data: '', notice }, 0);
  }

  flush(): void {
    this.#stopTimer();
    const pending = this.#pending;
    this.#pending = undefined;
    if (!pending) return;
    const { transcript, offset, at, chunks, bytes } = pending;
    this.#emit({ transcript, offset, at, data: Buffer.concat(chunks, bytes).toString('base64') }, bytes);
  }

  /** Ends every view. */
  close(): void {
    this.flush();
    for (const view of this.#views) view.close();
    this.#views.clear();
  }

  #collect(transcript: string, offset: number, at: number, bytes: Uint8Array): void {
    const { clock } = this.#deps;
    if (this.#pending && (this.#pending.transcript !== transcript || this.#pending.bytes + bytes.length > PIECE_BYTES)) this.flush();
    if (!this.#pending) {
      this.#pending = { transcript, offset, at, chunks: [], bytes: 0 };
      this.#stopTimer = clock.after(PIECE_MS, () => this.flush());
    }
    this.#pending.chunks.push(bytes);
    this.#pending.bytes += bytes.length;
  }

  #emit(output: ConsoleOutput, bytes: number): void {
    for (const view of this.#views) view.live(output, bytes);
  }
}
