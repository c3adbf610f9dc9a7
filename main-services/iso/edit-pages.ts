import { readable } from './bounds.ts';
import type { ByteSource } from './byte-source.ts';
import { SECTOR } from './iso-records.ts';
import type { Segment } from './overlay.ts';

/** The image while it is edited: sectors are copied when written, whatever is longer than the source is new. */
export interface Pages {
  /** Bytes as they are now; a copy of the caller's own. Behind the source lie zeros. */
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /** The image so far as sorted segments that give `size` bytes. */
  freeze(size: number): Segment[];
}

/** Folders lie side by side in an ISO: reading this much at once asks the disk or the upstream a few times, not thousands. */
const BLOCK = 64 * 1024;
const MAX_BLOCKS = 128;
/** The end of every edited image: one copy for all hosts. */
const ZEROS = new Uint8Array(2 * BLOCK);

export function openPages(source: ByteSource, signal?: AbortSignal): Pages {
  const pages = new Map<number, Buffer>();
  const readBase = blockReader(source, signal);

  const pageOf = async (number: number): Promise<Buffer> => {
    const known = pages.get(number);
    if (known) return known;
    const fresh = Buffer.alloc(SECTOR);
    fresh.set(await readBase(number * SECTOR, SECTOR));
    pages.set(number, fresh);
    return fresh;
  };

  return {
    async read(offset, length) {
      signal?.throwIfAborted();
      const result = Buffer.alloc(length);
      result.set(await readBase(offset, length));
      for (const number of pageNumbers(offset, length)) {
        const page = pages.get(number);
        if (page) paint(result, offset, page, number * SECTOR);
      }
      return result;
    },
    async write(offset, bytes) {
      for (const number of pageNumbers(offset, bytes.length)) paint(await pageOf(number), number * SECTOR, bytes, offset);
    },
    freeze: (size) => freeze(pages, source.size, size),
  };
}

function* pageNumbers(offset: number, length: number): Generator<number> {
  if (length === 0) return;
  const last = Math.floor((offset + length - 1) / SECTOR);
  for (let number = Math.floor(offset / SECTOR); number <= last; number += 1) yield number;
}

/** Copies what `from` (at `fromAt` of the image) has for `to` (at `toAt`). */
function paint(to: Uint8Array, toAt: number, from: Uint8Array, fromAt: number): void {
  const begin = Math.max(toAt, fromAt);
  const end = Math.min(toAt + to.length, fromAt + from.length);
  if (begin < end) to.set(from.subarray(begin - fromAt, end - fromAt), begin - toAt);
}

function blockReader(source: ByteSource, signal?: AbortSignal): (offset: number, length: number) => Promise<Uint8Array> {
  const blocks = new Map<number, Promise<Uint8Array>>();
  const blockAt = (number: number) => {
    const known = blocks.get(number);
    if (known) return known;
    if (blocks.size >= MAX_BLOCKS) blocks.clear();
    const fresh = source.read(number * BLOCK, BLOCK, signal);
    blocks.set(number, fresh);
    return fresh;
  };
  return async (offset, length) => {
    const wanted = readable(source.size, offset, length);
    if (wanted > BLOCK) return source.read(offset, wanted, signal);
    const result = new Uint8Array(wanted);
    for (let number = Math.floor(offset / BLOCK); number * BLOCK < offset + wanted; number += 1) {
      paint(result, offset, await blockAt(number), number * BLOCK);
    }
    return result;
  };
}

/** Neighbours are collected and joined once: joining them one by one took minutes for 30 MB. */
function freeze(pages: ReadonlyMap<number, Buffer>, sourceSize: number, size: number): Segment[] {
  const segments: Segment[] = [];
  let run: Buffer[] = [];
  let at = 0;
  const flush = () => {
    if (run.length > 0) segments.push({ bytes: Buffer.concat(run) });
    run = [];
  };
  const fillTo = (end: number) => {
    if (end <= at) return;
    flush();
    const fromBase = Math.max(0, Math.min(end, sourceSize) - at);
    if (fromBase > 0) segments.push({ offset: at, length: fromBase });
    if (end > at + fromBase) segments.push({ bytes: zeros(end - at - fromBase) });
    at = end;
  };
  for (const [number, page] of [...pages].sort(([a], [b]) => a - b)) {
    const begin = number * SECTOR;
    if (begin >= size) break;
    fillTo(begin);
    run.push(page.subarray(0, Math.min(SECTOR, size - begin)));
    at = Math.min(size, begin + SECTOR);
  }
  fillTo(size);
  flush();
  return segments;
}

function zeros(length: number): Uint8Array {
  return length <= ZEROS.length ? ZEROS.subarray(0, length) : new Uint8Array(length);
}
