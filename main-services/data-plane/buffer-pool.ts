import { CHUNK_BYTES, SMALL_CHUNK_BYTES } from './send-budget.ts';

/** Bytes of unused buffers that are kept for later. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * Buffers for reads, used again and again: new memory outside of the heap for each read makes V8 collect the whole heap, which was 36 % of the
 * CPU time of large reads.
 */
export class BufferPool {
  readonly #free = new Map<number, Buffer[]>([
    [CHUNK_BYTES, []],
    [SMALL_CHUNK_BYTES, []],
  ]);
  #bytes = 0;

  /** A buffer of CHUNK_BYTES or SMALL_CHUNK_BYTES, with anything in it. */
  take(bytes: number): Buffer {
    const buffer = this.#free.get(bytes)?.pop();
    if (!buffer) return Buffer.allocUnsafeSlow(bytes);
    this.#bytes -= bytes;
    return buffer;
  }

  /** Takes back a buffer that is no longer read or written. */
  give(buffer: Buffer): void {
    if (this.#bytes + buffer.length > KEPT_BYTES) return;
    this.#free.get(buffer.length)?.push(buffer);
    this.#bytes += buffer.length;
  }
}
