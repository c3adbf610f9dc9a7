/** Smaller pieces are copied together. */
const SMALL_BYTES = 1024;
const BLOCK_BYTES = 16 * 1024;

/** Bytes that wait. Pieces of a few bytes would each take a hundred times their size, so what is counted in bytes is also held in about as many. */
export class Packed {
  #pieces: Uint8Array[] = [];
  /** Where small pieces are copied to, and how far it is filled. */
  #block: Buffer | undefined;
  #filled = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  push(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    if (bytes.length < SMALL_BYTES) {
      this.#copy(bytes);
      return;
    }
    this.#endBlock();
    this.#pieces.push(bytes);
  }

  /** All of them, in order; none wait after that. */
  take(): Buffer {
    this.#endBlock();
    const all = Buffer.concat(this.#pieces, this.#bytes);
    this.#pieces = [];
    this.#bytes = 0;
    return all;
  }

  #copy(bytes: Uint8Array): void {
    if (this.#block && this.#filled + bytes.length > this.#block.length) this.#endBlock();
    this.#block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.#block.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  #endBlock(): void {
    if (!this.#block) return;
    // The rest of the block stays usable for what follows a larger piece.
    this.#pieces.push(this.#block.subarray(0, this.#filled));
    const rest = this.#block.subarray(this.#filled);
    this.#block = rest.length < SMALL_BYTES ? undefined : rest;
    this.#filled = 0;
  }
}
