import type { ByteSource } from '../../iso/source/byte-source.ts';
import { describeForeign } from '../../iso/iso9660/foreign-formats.ts';

/** Enough of a file to recognise an ISO: the volume descriptors start at 32 KiB. */
export const SIGNATURE_BYTES = 64 * 1024;

/** Refuses a file that is not an ISO early. `head`: the first SIGNATURE_BYTES, or the complete file. E_IMAGE_INVALID. */
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
