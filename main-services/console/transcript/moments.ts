import { open, type FileHandle } from 'node:fs/promises';
import { errnoOf } from '../../../contract/errors.ts';

/** When the byte at an offset came, or what happened to the connection there: one line of a `.times` file, in the order of offsets. */
export interface Moment {
  readonly at: number;
  readonly offset: number;
  readonly notice?: string;
}

/** Bytes of a `.times` file that are read at a time. */
const BLOCK_BYTES = 64 * 1024;
/** Where a search in the file ends and reading starts. */
const SEEK_BYTES = 16 * 1024;
/** Longer than two lines. */
const PROBE_BYTES = 4096;

export function momentLine(moment: Moment): string {
  return `${JSON.stringify(moment)}\n`;
}

/** Undefined for a line that is not one: the last may be torn, and a power failure leaves zeros. */
export function parseMoment(line: string): Moment | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const { at, offset, notice } = JSON.parse(line) as Record<string, unknown>;
    if (!isCount(at) || !isCount(offset)) return undefined;
    return { at, offset, ...(typeof notice === 'string' && { notice }) };
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** A moment, and the position in the file after its line. */
export interface Stored {
  readonly moment: Moment;
  readonly end: number;
}

/**
 * The moments of a file in blocks, from one with an offset below `from` on, where there is one. Nothing where the file is missing. Reads about
 * log2 of the file's blocks to find the first, and holds one block.
 */
export async function* momentsFrom(path: string, from: number): AsyncGenerator<Stored[]> {
  const file = await openIfThere(path);
  if (!file) return;
  try {
    yield* blocksFrom(file, await seek(file, from));
  } finally {
    await file.close();
  }
}

async function* blocksFrom(file: FileHandle, start: number): AsyncGenerator<Stored[]> {
  let rest: Buffer = Buffer.alloc(0);
  for (let position = start; ;) {
    const bytes = await readAt(file, position, BLOCK_BYTES);
    if (bytes.length === 0) return;
    const block = Buffer.concat([rest, bytes]);
    const blockAt = position - rest.length;
    position += bytes.length;
    const stored: Stored[] = [];
    let line = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, line)) {
      const moment = parseMoment(block.toString('utf8', line, end));
      if (moment) stored.push({ moment, end: blockAt + end + 1 });
      line = end + 1;
    }
    // A line this long is not one of ours.
    rest = block.length - line > BLOCK_BYTES ? Buffer.alloc(0) : block.subarray(line);
    yield stored;
  }
}

/** The start of a line at most `SEEK_BYTES` and a line before the first moment whose offset is not below `from`; 0 near the start. */
async function seek(file: FileHandle, from: number): Promise<number> {
  let low = 0;
  let high = (await file.stat()).size;
  while (high - low > SEEK_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const probe = await readAt(file, middle, PROBE_BYTES);
    const [start, end] = [probe.indexOf(10), probe.indexOf(10, probe.indexOf(10) + 1)];
    const moment = start >= 0 && end >= 0 ? parseMoment(probe.toString('utf8', start + 1, end)) : undefined;
    if (moment && moment.offset < from) low = middle + start + 1;
    else high = middle;
  }
  return low;
}

/** Empty at the end. */
export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  return bytes.subarray(0, bytesRead);
}

/** Undefined where it was removed. */
export async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Reads moments in the order of offsets, as the bytes are read. */
export class MomentCursor {
  readonly #blocks: AsyncGenerator<Stored[]>;
  #next: Stored[] = [];
  #index = 0;

  constructor(path: string, from: number) {
    this.#blocks = momentsFrom(path, from);
  }

  /** Those that were not given yet with an offset below `offset`. */
  async before(offset: number): Promise<Moment[]> {
    const moments: Moment[] = [];
    for (;;) {
      for (; this.#index < this.#next.length; this.#index++) {
        const moment = this.#next[this.#index]?.moment;
        if (moment && moment.offset >= offset) return moments;
        if (moment) moments.push(moment);
      }
      const block = await this.#blocks.next();
      if (block.done === true) return moments;
      this.#next = block.value;
      this.#index = 0;
    }
  }

  async close(): Promise<void> {
    await this.#blocks.return(undefined);
  }
}
