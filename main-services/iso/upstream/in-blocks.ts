/** The same bytes in blocks of `size` bytes; the last may be shorter. A block is not touched again after it was given out. */
export async function* inBlocks(parts: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const part of parts) {
    for (let taken = 0; taken < part.length;) {
      const piece = part.subarray(taken, taken + size - filled);
      block.set(piece, filled);
      filled += piece.length;
      taken += piece.length;
      if (filled < size) continue;
      yield block;
      block = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
