import type { ByteSource } from '../../iso/source/byte-source.ts';
import { describeForeign } from '../../iso/iso9660/foreign-formats.ts';

/** So much of an ISO tells whether it is one: the volume descriptors begin at 32 KiB. */
export const SIGNATURE_BYTES = 64 * 1024;

/** Refuses bytes that are no ISO before all of them have come. `head`: the first TELLING bytes, or all there are. E_IMAGE_INVALID. */
export async function refuseForeign(head: Uint8Array, size: number): Promise<void> {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  // ECMA-119 §8.1.2: the standard identifier, in byte 1 of sector 16.
  if (bytes.toString('latin1', 32769, 32774) === 'CD001') return;
  const source: ByteSource = {
    size,
    etag: '',
    read: (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length)),
    close: () => Promise.resolve(),
  };
  throw await describeForeign(source);
}
