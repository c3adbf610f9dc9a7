import type { ByteSource } from './byte-source.ts';

/** Only texts are requested in netascii (tftp-hpa's default mode), and the translation is in memory. */
export const MAX_NETASCII_BYTES = 1024 * 1024;

const CR = 13;
const LF = 10;
const NUL = 0;

/** NVT line ends (RFC 764, RFC 1350 §1): LF becomes CR LF and CR becomes CR NUL, so the client gets the original bytes. */
export function toNetascii(bytes: Uint8Array): Uint8Array {
  const extra = bytes.reduce((count, byte) => (byte === CR || byte === LF ? count + 1 : count), 0);
  const out = new Uint8Array(bytes.length + extra);
  let at = 0;
  for (const byte of bytes) {
    if (byte === LF) out[at++] = CR;
    out[at++] = byte;
    if (byte === CR) out[at++] = NUL;
  }
  return out;
}

/** The source translated as a whole; it is closed. Undefined when it is too large. */
export async function netasciiSource(source: ByteSource): Promise<ByteSource | undefined> {
  try {
    if (source.size > MAX_NETASCII_BYTES) return undefined;
    const bytes = toNetascii(await source.read(0, source.size));
    return {
      size: bytes.length,
      etag: `${source.etag}-netascii`,
      read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
      close: () => Promise.resolve(),
    };
  } finally {
    await source.close();
  }
}
