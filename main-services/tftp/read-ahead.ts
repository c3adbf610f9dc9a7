import type { PieceSource } from './byte-source.ts';

/** Small enough to be read from the page cache in a moment (`ByteSource.readNow`), and for all transfers together. */
export const CHUNK_BYTES = 64 * 1024;

interface Chunk {
  bytes: Uint8Array | undefined;
  ready: Promise<void>;
}

/**
 * The part of a file that a transfer is reading, and the next one, so that a block is nearly always in memory when it is due. Holds the
 * chunks of the window, which may be repeated, and one more. With `first block only`, it reads just what is requested until `begin`, because nothing
 * is acknowledged yet.
 */
export class ReadAhead {
  readonly #source: PieceSource;
  readonly #abort = new AbortController();
  readonly #chunks = new Map<number, Chunk>();

  #hasBegun: boolean;
  #first: { readonly offset: number; readonly bytes: Uint8Array } | undefined;
  /** The chunks before this one were dropped. */
  #oldest = 0;

  constructor(source: PieceSource, start: 'immediately' | 'first block only' = 'immediately') {
    this.#hasBegun = start === 'immediately';
    this.#source = source;
  }

  begin(): void {
    this.#hasBegun = true;
    this.#first = undefined;
  }

  /** Copies the range where it is in memory; false: call `load` first. Starts to read the next part. */
  copy(offset: number, length: number, into: Buffer, at: number): boolean {
    if (!this.#hasBegun) return this.#copyFirst(offset, length, into, at);
    if (length === 0) return true;
    const end = offset + length;
    const last = Math.floor((end - 1) / CHUNK_BYTES);
    for (let index = Math.floor(offset / CHUNK_BYTES); index <= last; index++) {
      const bytes = this.#chunk(index)?.bytes;
      if (!bytes) return false;
      const start = index * CHUNK_BYTES;
      const from = Math.max(offset, start);
      into.set(bytes.subarray(from - start, Math.min(end - start, bytes.length)), at + from - offset);
    }
    this.#chunk(last + 1);
    return true;
  }

  /** Reads the range into memory. Throws what the source throws. */
  async load(offset: number, length: number): Promise<void> {
    if (!this.#hasBegun) {
      this.#first = { offset, bytes: await this.#source.read(offset, length, this.#abort.signal) };
      return;
    }
    const last = Math.floor((offset + length - 1) / CHUNK_BYTES);
    for (let index = Math.floor(offset / CHUNK_BYTES); index <= last; index++) await this.#chunk(index)?.ready;
  }

  /** No byte before this offset is needed any more. */
  forget(before: number): void {
    for (const first = Math.floor(before / CHUNK_BYTES); this.#oldest < first; this.#oldest++) this.#drop(this.#oldest);
  }

  /** Stops reading. The source stays open. */
  stop(): void {
    this.#abort.abort();
    for (const index of [...this.#chunks.keys()]) this.#drop(index);
  }

  #copyFirst(offset: number, length: number, into: Buffer, at: number): boolean {
    if (this.#first?.offset !== offset) return false;
    into.set(this.#first.bytes.subarray(0, length), at);
    return true;
  }

  #chunk(index: number): Chunk | undefined {
    const start = index * CHUNK_BYTES;
    if (start >= this.#source.size) return undefined;
    return this.#chunks.get(index) ?? this.#read(index, start);
  }

  #read(index: number, start: number): Chunk {
    const length = Math.min(CHUNK_BYTES, this.#source.size - start);
    const chunk: Chunk = { bytes: this.#source.readNow?.(start, length), ready: Promise.resolve() };
    this.#chunks.set(index, chunk);
    if (chunk.bytes) return chunk;
    chunk.ready = this.#source.read(start, length, this.#abort.signal).then((bytes) => {
      chunk.bytes = bytes;
    });
    // A failed read is forgotten, so that the next attempt reads again; `load` still rejects.
    chunk.ready.catch(() => {
      if (this.#chunks.get(index) === chunk) this.#chunks.delete(index);
    });
    return chunk;
  }

  #drop(index: number): void {
    const bytes = this.#chunks.get(index)?.bytes;
    this.#chunks.delete(index);
    if (bytes) this.#source.release?.(bytes);
  }
}
