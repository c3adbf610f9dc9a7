import { readable } from './bounds.ts';
import type { ByteSource } from './byte-source.ts';
import type { Extent, Segment } from './overlay.ts';

/** The image while it is edited: sectors are copied when written, whatever is longer than the source is new. */
export interface Pages {
  /** Bytes as they are now; a copy of the caller's own. Behind the source lie zeros, where nothing was put. */
  read(offset: number, length: number): Promise<Buffer>;
  write(offset: number, bytes: Uint8Array): Promise<void>;
  /**
   * Puts bytes of the source behind it, at `offset`, without reading them; what was written there before comes along. Later
   * offsets must be behind earlier ones.
   */
  refer(offset: number, from: Extent): Promise<void>;
  /** The stretches written so far, in order of writing. */
  readonly written: readonly Extent[];
  /** The image so far as sorted segments that give `size` bytes. */
  freeze(size: number): Segment[];
}

/** A stretch of the image that shows one of the source. */
interface Mapping {
  readonly at: number;
  readonly from: Extent;
}

/** A page is as long as a sector of an ISO. */
const PAGE = 2048;
/** Folders lie side by side in an ISO: reading this much at once asks the disk or the upstream a few times, not thousands. */
const BLOCK = 64 * 1024;
const MAX_BLOCKS = 128;
/** The end of every edited image: one copy for all hosts. */
const ZEROS = new Uint8Array(2 * BLOCK);

export function copyOnWrite(source: ByteSource, signal?: AbortSignal): Pages {
  const pages = new Map<number, Buffer>();
  const written: Extent[] = [];
  const shown: Mapping[] = [{ at: 0, from: { offset: 0, length: source.size } }];
  const readBase = blockReader(source, signal);

  /** As the image is without pages. */
  const readShown = async (offset: number, length: number): Promise<Buffer> => {
    const result = Buffer.alloc(length);
    for (const { at, from } of within(shown, offset, length)) result.set(await readBase(from.offset, from.length), at - offset);
    return result;
  };
  const pageOf = async (number: number): Promise<Buffer> => {
    const known = pages.get(number);
    if (known) return known;
    const fresh = await readShown(number * PAGE, PAGE);
    pages.set(number, fresh);
    return fresh;
  };
  const write = async (offset: number, bytes: Uint8Array): Promise<void> => {
    for (const number of pageNumbers(offset, bytes.length)) paint(await pageOf(number), number * PAGE, bytes, offset);
  };

  return {
    written,
    async read(offset, length) {
      signal?.throwIfAborted();
      const result = await readShown(offset, length);
      for (const number of pageNumbers(offset, length)) {
        const page = pages.get(number);
        if (page) paint(result, offset, page, number * PAGE);
      }
      return result;
    },
    async write(offset, bytes) {
      written.push({ offset, length: bytes.length });
      await write(offset, bytes);
    },
    async refer(offset, from) {
      shown.push({ at: offset, from });
      for (const [number, page] of [...pages]) {
        const begin = Math.max(number * PAGE, from.offset);
        const end = Math.min((number + 1) * PAGE, from.offset + from.length);
        if (begin < end) await write(offset + begin - from.offset, page.subarray(begin - number * PAGE, end - number * PAGE));
      }
    },
    freeze: (size) => freeze(pages, shown, size),
  };
}

/** The parts of `shown` that lie in a stretch of the image. */
function within(shown: readonly Mapping[], offset: number, length: number): Mapping[] {
  return shown.flatMap(({ at, from }) => {
    const begin = Math.max(offset, at);
    const end = Math.min(offset + length, at + from.length);
    return begin < end ? [{ at: begin, from: { offset: from.offset + begin - at, length: end - begin } }] : [];
  });
}

function* pageNumbers(offset: number, length: number): Generator<number> {
  if (length === 0) return;
  const last = Math.floor((offset + length - 1) / PAGE);
  for (let number = Math.floor(offset / PAGE); number <= last; number += 1) yield number;
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
function freeze(pages: ReadonlyMap<number, Buffer>, shown: readonly Mapping[], size: number): Segment[] {
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
    for (const part of within(shown, at, end - at)) {
      segments.push(...zeros(part.at - at), part.from);
      at = part.at + part.from.length;
    }
    segments.push(...zeros(end - at));
    at = end;
  };
  for (const [number, page] of [...pages].sort(([a], [b]) => a - b)) {
    const begin = number * PAGE;
    if (begin >= size) break;
    fillTo(begin);
    run.push(page.subarray(0, Math.min(PAGE, size - begin)));
    at = Math.min(size, begin + PAGE);
  }
  fillTo(size);
  flush();
  return segments;
}

/** So many zeros, all of them the same few. */
function zeros(length: number): Segment[] {
  const whole = Array.from({ length: Math.floor(length / ZEROS.length) }, () => ({ bytes: ZEROS }));
  const rest = length % ZEROS.length;
  return rest > 0 ? [...whole, { bytes: ZEROS.subarray(0, rest) }] : whole;
}
