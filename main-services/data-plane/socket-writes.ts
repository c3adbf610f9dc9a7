import type { Socket } from 'node:net';
import type { Place } from '../iso/source/byte-source.ts';
import type { PageCache } from '../iso/source/page-cache.ts';

/**
 * The file descriptor of a connected socket; undefined where the system has none. Bytes may be sent to it only while the socket itself has
 * nothing to write (`writableLength` 0), or they would overtake.
 */
export function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: unknown } | null };
  return typeof handle?.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

/** Writes, and resolves when the system has taken the bytes, so that their memory is free again. Rejects when the connection ends before. */
export function write(socket: Socket, ...parts: readonly Uint8Array[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // As one packet, where it fits.
    socket.cork();
    parts.forEach((part, index) => {
      if (index < parts.length - 1) socket.write(part);
      else socket.write(part, (error) => (error ? reject(error) : resolve()));
    });
    socket.uncork();
  });
}

/** Copies bytes that are in memory or in the page cache into `target`; false where one of them is not. */
export function copyNow(cache: PageCache, places: readonly Place[], target: Buffer): boolean {
  let at = 0;
  for (const place of places) {
    if ('bytes' in place) {
      target.set(place.bytes, at);
      at += place.bytes.length;
    } else {
      if (!cache.read(place.fd, target.subarray(at, at + place.length), place.offset)) return false;
      at += place.length;
    }
  }
  return true;
}
