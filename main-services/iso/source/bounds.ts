/**
 * How many bytes a read of `length` at `offset` gives: cut at the end, zero behind it.
 * A negative or fractional offset or length is a bug of the caller and throws RangeError.
 */
export function readable(size: number, offset: number, length: number): number {
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length) || offset < 0 || length < 0) {
    throw new RangeError(`cannot read ${length} bytes at ${offset}`);
  }
  return Math.max(0, Math.min(length, size - offset));
}
