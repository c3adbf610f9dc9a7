import type { PageCache } from '../../iso/source/page-cache.ts';
import type { PieceSource } from '../byte-source.ts';
import { CHUNK_BYTES } from '../read-ahead.ts';

/** Buffers that wait to be used again. */
const MAX_SPARE = 16;

/** Buffers for chunks, for all transfers of a thread: memory that is allocated for each would keep the collector busy. */
export class ChunkPool {
  readonly #spare: Buffer[] = [];

  take(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES);
  }

  give(buffer: Buffer): void {
    if (this.#spare.length < MAX_SPARE) this.#spare.push(buffer);
  }
}

export interface FilePiecesOptions {
  readonly size: number;
  readonly file: number | undefined;
  readonly cache: PageCache | undefined;
  readonly pool: ChunkPool;
  /** Asks the service for bytes. */
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
}

/** The bytes of a transfer in the thread: from the page cache, else from the service, which may wait for a disk. */
export class FilePieces implements PieceSource {
  readonly size: number;
  readonly read: (offset: number, length: number) => Promise<Uint8Array>;
  readonly #options: FilePiecesOptions;
  /** The pool's buffers of the bytes that were read from the page cache. */
  readonly #pooled = new Map<Uint8Array, Buffer>();

  constructor(options: FilePiecesOptions) {
    this.#options = options;
    this.size = options.size;
    this.read = options.read;
  }

  readNow(offset: number, length: number): Uint8Array | undefined {
    const { file, cache, pool } = this.#options;
    if (file === undefined || !cache || length > CHUNK_BYTES) return undefined;
    const buffer = pool.take();
    const bytes = buffer.subarray(0, length);
    if (!cache.read(file, bytes, offset)) {
      pool.give(buffer);
      return undefined;
    }
    this.#pooled.set(bytes, buffer);
    return bytes;
  }

  release(bytes: Uint8Array): void {
    const buffer = this.#pooled.get(bytes);
    if (this.#pooled.delete(bytes) && buffer) this.#options.pool.give(buffer);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
