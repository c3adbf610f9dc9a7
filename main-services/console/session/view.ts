import type { ConsoleOutput, ConsoleViewer } from '../../../contract/console.ts';

export interface Listener {
  output(output: ConsoleOutput): void;
  /** Nothing follows: the console was removed, or Bootbench stops. Not called after the view's own end. */
  ended(): void;
}

/** As `Transcripts.read`, of one host. */
export type ReadTranscript = (transcript: string, offset: number, limit: number) => Promise<ConsoleOutput[]>;
/** A transcript and the offset after its last byte. */
export interface TranscriptEnd {
  readonly transcript: string;
  readonly size: number;
}

/** Recent output that one view gets; older output is read from the transcript. Four of these fit into what may wait for a client. */
export const MAX_RECENT_BYTES = 4 * 1024 * 1024;
const READ_BYTES = 512 * 1024;
/** Live pieces that wait while recent output is read; then it is read from the transcript again. */
const MAX_HELD = 256;
/** Recorded output that trickled is joined to pieces of this size or time, which is exact enough for times beside lines. */
const JOINED_BYTES = 128;
const JOINED_MS = 1000;
const MAX_PIECE_BYTES = 64 * 1024;

interface Held {
  readonly output: ConsoleOutput;
  readonly bytes: number;
}

/** One open view: first recent output from the transcript, then live output, without a gap and without repetition. */
export class View {
  readonly viewer: ConsoleViewer;
  readonly #listener: Listener;
  readonly #read: ReadTranscript;
  /** Live output that came while recent output is being read; undefined when the view is live. */
  #held: Held[] | undefined = [];
  /** The transcript of the newest output that was not held. */
  #overflowed: string | undefined;
  #ended = false;
  /** What was given from the transcript: the offset of the next byte, and the notices. */
  #transcript: string | undefined;
  #position = 0;
  readonly #notices = new Set<string>();

  constructor(viewer: ConsoleViewer, listener: Listener, read: ReadTranscript) {
    this.viewer = viewer;
    this.#listener = listener;
    this.#read = read;
  }

  get isEnded(): boolean {
    return this.#ended;
  }

  /** `current`: what is recorded now. Live even where that cannot be read: then it rejects. */
  async start(current: Promise<TranscriptEnd | undefined>, from: number): Promise<void> {
    try {
      const end = await current;
      if (end) await this.#recent(end, from);
    } finally {
      this.#goLive();
    }
  }

  live(output: ConsoleOutput, bytes: number): void {
    if (this.#ended) return;
    if (this.#held === undefined) this.#giveMissing(output, bytes);
    else if (this.#held.length < MAX_HELD) this.#held.push({ output, bytes });
    else this.#overflowed = output.transcript;
  }

  end(): void {
    this.#ended = true;
    this.#held = undefined;
  }

  /** The console ended. What was held is given before. */
  close(): void {
    if (this.#ended) return;
    this.#goLive();
    this.end();
    this.#listener.ended();
  }

  async #recent({ transcript, size }: TranscriptEnd, from: number): Promise<void> {
    this.#transcript = transcript;
    this.#position = Math.max(0, size - MAX_RECENT_BYTES, from < 0 ? size + from : Math.min(from, size));
    await this.#readUntil(size);
    while (this.#overflowed !== undefined && !this.#ended) {
      const latest = this.#overflowed;
      this.#held = [];
      this.#overflowed = undefined;
      await this.#readUntil(Number.POSITIVE_INFINITY);
      if (latest === this.#transcript) continue;
      this.#transcript = latest;
      this.#position = 0;
      await this.#readUntil(Number.POSITIVE_INFINITY);
    }
    this.#goLive();
  }

  /** Gives what is recorded up to `size`, or to the end, from the position on. */
  async #readUntil(size: number): Promise<void> {
    let before = Number.NEGATIVE_INFINITY;
    const isAtEnd = (): boolean => before >= 0 && this.#position >= size;
    while (this.#transcript !== undefined && !this.#ended && this.#position > before && !isAtEnd()) {
      before = this.#position;
      for (const output of joined(await this.#read(this.#transcript, this.#position, READ_BYTES))) this.#give(output);
    }
  }

  #give(output: ConsoleOutput): void {
    if (this.#ended) return;
    if (output.notice !== undefined) {
      const key = noticeKey(output);
      if (this.#notices.has(key)) return;
      this.#notices.add(key);
    }
    this.#position = Math.max(this.#position, output.offset + Buffer.byteLength(output.data, 'base64'));
    this.#listener.output(output);
  }

  #goLive(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const { output, bytes } of held) this.#giveMissing(output, bytes);
    this.#notices.clear();
  }

  /** Live output starts before the end of what was read: it was collected meanwhile. */
  #giveMissing(output: ConsoleOutput, bytes: number): void {
    const rest = this.#missing(output, bytes);
    if (rest !== undefined && !this.#ended) this.#listener.output(rest);
  }

  /** What of a live piece was not given from the transcript. */
  #missing(output: ConsoleOutput, bytes: number): ConsoleOutput | undefined {
    if (output.transcript !== this.#transcript) return output;
    if (output.notice !== undefined) return this.#notices.has(noticeKey(output)) ? undefined : output;
    const skip = this.#position - output.offset;
    if (skip <= 0) return output;
    if (skip >= bytes) return undefined;
    const data = Buffer.from(output.data, 'base64').subarray(skip).toString('base64');
    return { ...output, offset: this.#position, data };
  }
}

/** Output that trickled has a piece for each character. A joined piece has its first time; notices stay where they are. */
function* joined(outputs: readonly ConsoleOutput[]): Generator<ConsoleOutput> {
  let first: ConsoleOutput | undefined;
  let chunks: Buffer[] = [];
  let bytes = 0;
  const flush = function* (): Generator<ConsoleOutput> {
    if (first) yield { ...first, data: Buffer.concat(chunks).toString('base64') };
    first = undefined;
    chunks = [];
    bytes = 0;
  };
  for (const output of outputs) {
    if (output.notice !== undefined || (first && !continues(first, bytes, output))) yield* flush();
    if (output.notice !== undefined) {
      yield output;
      continue;
    }
    const data = Buffer.from(output.data, 'base64');
    first ??= output;
    chunks.push(data);
    bytes += data.length;
  }
  yield* flush();
}

function continues(first: ConsoleOutput, bytes: number, { offset, at }: ConsoleOutput): boolean {
  return offset === first.offset + bytes && bytes < MAX_PIECE_BYTES && (bytes < JOINED_BYTES || at - first.at < JOINED_MS);
}

function noticeKey({ offset, at, notice }: ConsoleOutput): string {
  return `${offset} ${at} ${notice}`;
}
