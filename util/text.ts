/**
 * Foreign text (a name from the wire, a header, a URL) for a sentence, an event or a log: anything but printable ASCII becomes `?`, and a
 * text over `limit` characters is cut and ends in `...`.
 */
export function printable(text: string, limit = 128): string {
  const clean = text.slice(0, limit + 1).replaceAll(/[^\x20-\x7e]/g, '?');
  return clean.length > limit ? `${clean.slice(0, limit - 3)}...` : clean;
}

/** Control characters (C0, DEL, C1), which terminals and logs obey, those that change the direction of what follows (UAX 9), and halves of pairs. */
const ACTING = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/gu;

/**
 * Foreign text as it is stored: it stays readable in any script, and what acts on a terminal or ends a line is shown as an escape (`\x1b`, `\u202e`).
 * Called where the text enters, and for every event; a second time changes nothing.
 */
export function escaped(text: string): string {
  return text.replaceAll(ACTING, (character) => {
    const hex = character.charCodeAt(0).toString(16);
    return hex.length > 2 ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`;
  });
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

/** Without the characters at its end that are among `characters`. A pattern as `/ +$/` would take time quadratic in a run of them. */
export function withoutEnd(text: string, characters: string): string {
  let end = text.length;
  while (end > 0 && characters.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
