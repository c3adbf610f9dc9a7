/**
 * How much bytes look like console output: 0 (noise) to 1. At a wrong speed a UART reads the levels of one character as parts of others: a
 * receiver that is too fast gets bytes of long runs of equal bits (00, 80, F8, FE), one that is too slow a mix of several characters. With IGNPAR,
 * as serialport sets it, Linux drops characters with framing errors and reads a break as 00.
 */
export function textScore(bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  let points = 0;
  for (let at = 0; at < bytes.length;) {
    const length = utf8Length(bytes, at);
    points += length > 1 ? length : (POINTS[bytes[at] ?? 0] ?? 0);
    at += length;
  }
  return Math.max(0, points / bytes.length);
}

/**
 * Points of each byte: 1 for what texts are made of, less for what is rare in them, below 0 for what they never contain. Letters, digits and spaces
 * are over three quarters of any log, but only a quarter of the byte values.
 */
const POINTS: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  if (/[A-Za-z0-9 .,:;\-_/[\]()=\r\n\t]/.test(String.fromCharCode(byte))) return 1;
  if (byte >= 0x21 && byte <= 0x7e) return 0.7;
  // BEL, backspace, escape; NUL as padding is rare.
  if (byte === 0x07 || byte === 0x08 || byte === 0x1b) return 0.8;
  // CP437's boxes and shades, which legacy setup screens draw.
  if (byte >= 0xb0 && byte <= 0xdf) return 0.3;
  return -0.5;
});

/** Bytes of the UTF-8 character that starts here; 1 for ASCII and for what is not UTF-8. A character that the end of the bytes cuts is not one. */
function utf8Length(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length = first >= 0xc2 && first <= 0xdf ? 2 : first >= 0xe0 && first <= 0xef ? 3 : first >= 0xf0 && first <= 0xf4 ? 4 : 1;
  for (let next = 1; next < length; next++) {
    if (((bytes[at + next] ?? 0) & 0xc0) !== 0x80) return 1;
  }
  return length;
}

/** Words that firmware, boot loaders, kernels and installers print. Wrong speeds do not spell them. */
const WORDS =
  /login|password|linux|kernel|boot|bios|uefi|press|enter|starting|loading|version|memory|error|\[ *\d+\.\d{6}\]|\x1b\[[\d;]*[A-Za-z]|console|system|copyright/gi;

/** How many known words the bytes contain, up to `limit`. */
export function knownWords(bytes: Uint8Array, limit = 8): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let count = 0;
  for (const _ of text.matchAll(WORDS)) if (++count === limit) break;
  return count;
}
