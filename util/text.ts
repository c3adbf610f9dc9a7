/**
 * Foreign text (a name from the wire, a header, a URL) for a sentence, an event or a log: anything but printable ASCII becomes `?`, and a
 * text over `limit` characters is cut and ends in `...`.
 */
export function printable(text: string, limit = 128): string {
  const clean = text.slice(0, limit + 1).replaceAll(/[^\x20-\x7e]/g, '?');
  return clean.length > limit ? `${clean.slice(0, limit - 3)}...` : clean;
}

/** A message of a library as a sentence: with a capital letter and one full stop. */
export function asSentence(text: string): string {
  return withFullStop(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
}

/** A text that another sentence can follow. */
export function withFullStop(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/** A Buffer over the same memory: nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The object without the properties whose value is undefined, so that a merge does not overwrite with them. */
export function withoutUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(
    Object.entries<unknown>(object as Record<string, unknown>).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}
