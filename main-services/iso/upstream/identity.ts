import type { Dispatcher } from 'undici';
import { header } from './answer.ts';

/** Bytes of an ISO that are known, to be compared with what a server sends. */
export interface Witness {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** same: what was compared is equal. other: it is not. unknown: there was nothing to compare. */
export type Sameness = 'same' | 'other' | 'unknown';

/** What an answer says of its bytes' identity: a strong ETag, else a date, else a weak ETag. Undefined: nothing. */
export function identityOf(answer: Dispatcher.ResponseData): string | undefined {
  const etag = header(answer, 'etag');
  return etag?.startsWith('"') === true ? etag : (header(answer, 'last-modified') ?? etag);
}

/**
 * Compares witnesses with what is read now, one after the other. The nodes of a CDN name the same file by different ETags and dates, so a
 * name that changed is a question and the bytes are the answer. `fetch` resolves to undefined where it cannot tell. Throws what it throws.
 */
export async function compare(
  witnesses: readonly Witness[],
  fetch: (offset: number, length: number) => Promise<Uint8Array | undefined>,
): Promise<Sameness> {
  let compared = 0;
  for (const { offset, bytes } of witnesses) {
    const now = await fetch(offset, bytes.length);
    if (now === undefined) continue;
    if (Buffer.compare(now, bytes) !== 0) return 'other';
    compared += 1;
  }
  return compared === 0 ? 'unknown' : 'same';
}
