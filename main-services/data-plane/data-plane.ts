import type { ByteSource } from '../iso/source/byte-source.ts';
import { pageCache, type PageCache } from '../iso/source/page-cache.ts';
import { directSend, type DirectSend } from './direct-send.ts';
import { Turns } from './turns.ts';

export type SentSource = Pick<ByteSource, 'read' | 'readInto' | 'placesNow'>;

/** A head and the bytes behind it: `length` bytes of the source from `first`. */
export interface Delivery {
  /** Latin-1. */
  readonly head: string;
  readonly source: SentSource;
  readonly first: number;
  readonly length: number;
  /** The first bytes were read and are about to be sent. */
  readonly began?: (() => void) | undefined;
  /** The system took these bytes for delivery. */
  readonly sent?: ((offset: number, length: number) => void) | undefined;
}

/** What this system has to send bytes with. */
export interface DataPlane {
  readonly direct: { readonly sends: DirectSend; readonly cache: PageCache } | undefined;
  readonly turns: Turns;
}

/**
 * How bytes are sent on this computer: directly from the files in the page cache (Linux), or by reads and writes (elsewhere, over TLS, and
 * where `isDirect` is false).
 */
export async function openDataPlane(isDirect = true): Promise<DataPlane> {
  const [sends, cache] = isDirect ? await Promise.all([directSend(), pageCache()]) : [];
  return { direct: sends && cache && { sends, cache }, turns: new Turns() };
}
