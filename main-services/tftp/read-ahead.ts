import type { ByteSource } from './byte-source.ts';

const MIN_CHUNK_BYTES = 128 * 1024;

interface Chunk {
  bytes: Uint8Array | undefined;
  ready: Promise<void>;
}

/**
 * The part of a file that a transfer is reading, and the next one, so that a block is nearly always in memory when it is
 * due. Holds at most four chunks: the one before (a window may be repeated), this one, the next, and one being dropped. With `first block
 * only`, it reads just what is requested until `begin`: nobody has acknowledged anything yet.
 */
export class ReadAhead {
  readonly #source: ByteSource;
  readonly #chunkBytes: number;
  readonly #abort = new AbortController();
  readonly #chunks = new Map<number, Chunk>();

  #hasBegun: boolean;
  #first: { readonly offset: number; readonly bytes: Uint8Array } | undefined;

  /** `windowBytes`: how far back a repeated window may go. */
  constructor(source: ByteSource, windowBytes: number, start: 'immediately' | 'first block only' = 'immediately') {
    this.#hasBegun = start === 'immediately';
    this.#source = source;
    this.#chunkBytes = Math.max(MIN_CHUNK_BYTES, windowBytes);
  }

  begin(): void {
    this.#hasBegun = true;
    this.#first = undefined;
  }

  /** The range in one or more pieces when it is in memory; undefined: call `load` first. Starts to read the next part. */
  peek(offset: number, length: number): Uint8Array[] | undefined {
    if (!this.#hasBegun) return this.#first?.offset === offset ? [this.#first.bytes.subarray(0, length)] : undefined;
    const { first, last } = this.#span(offset, length);
    this.#drop(first - 1);
    const pieces: Uint8Array[] = [];
    for (let index = first; index <= last; index++) {
      const bytes = this.#chunks.get(index)?.bytes;
      if (!bytes) return undefined;
      const start = index * this.#chunkBytes;
      pieces.push(bytes.subarray(Math.max(0, offset - start), Math.min(bytes.length, offset + length - start)));
    }
    if (length > 0) this.#chunk(last + 1);
    return pieces;
  }

  /** Reads the range into memory. Throws what the source throws. */
  async load(offset: number, length: number): Promise<void> {
    if (!this.#hasBegun) {
      this.#first = { offset, bytes: await this.#source.read(offset, length, this.#abort.signal) };
      return;
    }
    const { first, last } = this.#span(offset, length);
    for (let index = first; index <= last; index++) await this.#chunk(index)?.ready;
  }

  /** Stops reading. The source stays open. */
  stop(): void {
    this.#abort.abort();
    this.#chunks.clear();
  }

  #span(offset: number, length: number): { first: number; last: number } {
    const first = Math.floor(offset / this.#chunkBytes);
    return { first, last: length === 0 ? first - 1 : Math.floor((offset + length - 1) / this.#chunkBytes) };
  }

  #chunk(index: number): Chunk | undefined {
    const start = index * this.#chunkBytes;
    if (start >= this.#source.size) return undefined;
    return this.#chunks.get(index) ?? this.#read(index, start);
  }

  #read(index: number, start: number): Chunk {
    const chunk: Chunk = { bytes: undefined, ready: Promise.resolve() };
    chunk.ready = this.#source.read(start, Math.min(this.#chunkBytes, this.#source.size - start), this.#abort.signal).then((bytes) => {
      chunk.bytes = bytes;
    });
    // A failed read is forgotten, so that the next attempt reads again; `load` still rejects.
    chunk.ready.catch(() => {
      if (this.#chunks.get(index) === chunk) this.#chunks.delete(index);
    });
    this.#chunks.set(index, chunk);
    return chunk;
  }

  #drop(before: number): void {
    for (const index of this.#chunks.keys()) if (index < before) this.#chunks.delete(index);
  }
}
