import type { ByteSource } from '../source/byte-source.ts';
import type { Extent } from '../source/overlay.ts';

/** Small enough that searching one chunk never holds the loop for long, large enough to read at disk speed. */
const CHUNK = 1024 * 1024;

export interface FindOptions {
  readonly signal?: AbortSignal;
  /** Called with the bytes looked at since the last call. */
  readonly onRead?: (bytes: number) => void;
  readonly chunk?: number;
}

/**
 * Every place of an ASCII text within a stretch of a source, ascending, wherever chunks end: each chunk begins with the last
 * `text.length - 1` bytes of the one before. Places may overlap nothing but chunks; the text itself must not overlap itself.
 */
export async function findText(source: ByteSource, text: string, within: Extent, options: FindOptions = {}): Promise<number[]> {
  const needle = Buffer.from(text, 'latin1');
  const end = Math.min(source.size, within.offset + within.length);
  const chunk = options.chunk ?? CHUNK;
  const found: number[] = [];
  let carried = Buffer.alloc(0);
  let next = readChunk(source, within.offset, end, chunk, options.signal);
  for (let at = within.offset; at < end; at += chunk) {
    const bytes = await next;
    // The disk works on the next chunk while this one is searched.
    next = readChunk(source, at + chunk, end, chunk, options.signal);
    next.catch(() => undefined);
    const joined = Buffer.concat([carried, bytes]);
    for (const place of placesOf(joined, needle)) found.push(at - carried.length + place);
    carried = joined.subarray(Math.max(0, joined.length - (needle.length - 1)));
    options.onRead?.(bytes.length);
  }
  return found;
}

async function readChunk(source: ByteSource, at: number, end: number, chunk: number, signal?: AbortSignal): Promise<Uint8Array> {
  return at >= end ? new Uint8Array(0) : source.read(at, Math.min(chunk, end - at), signal);
}

function* placesOf(bytes: Buffer, needle: Buffer): Generator<number> {
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) yield at;
}
