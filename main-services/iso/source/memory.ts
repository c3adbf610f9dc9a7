import { createHash } from 'node:crypto';
import { readable } from './bounds.ts';
import type { ByteSource } from './byte-source.ts';

/** Bytes that are in memory anyway (a generated text, a test fixture) as a source. The etag is their hash unless given. */
export function memorySource(bytes: Uint8Array, etag?: string): ByteSource {
  return {
    size: bytes.length,
    etag: etag ?? createHash('sha256').update(bytes).digest('hex').slice(0, 32),
    read: (offset, length, signal) => {
      signal?.throwIfAborted();
      return Promise.resolve(bytes.subarray(offset, offset + readable(bytes.length, offset, length)));
    },
    placesNow: (offset, length) =>
      offset >= 0 && offset + length <= bytes.length ? [{ bytes: bytes.subarray(offset, offset + length) }] : undefined,
    close: () => Promise.resolve(),
  };
}
