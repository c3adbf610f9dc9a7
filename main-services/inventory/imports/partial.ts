import { open, type FileHandle } from 'node:fs/promises';
import { TINKERBELL_PLACEHOLDER } from '../../iso/tinkerbell/placeholder.ts';
import { hasher, type Hasher } from './hashing.ts';

/** A partial that is being fed: every byte is hashed as it is written. One call at a time per partial. */
export interface PartialFile {
  readonly received: number;
  /** Resolves when it is written. */
  write(bytes: Uint8Array): Promise<void>;
  /** The first `length` bytes that are there. */
  head(length: number): Promise<Uint8Array>;
  /** Everything is on the disk, not only in its cache. */
  finish(): Promise<PassedBytes>;
  close(): Promise<void>;
}

/** Results of the single pass over an ISO's bytes. */
export interface PassedBytes {
  /** Hex. */
  readonly sha256: string;
  readonly placeholderOffsets: readonly number[];
}

/** Copying this much memory blocks the event loop for a tenth of a millisecond; larger chunks are not faster. Flushing in between was slower. */
const CHUNK = 1024 * 1024;

/** Opens the partial to continue at `from` (0 truncates it); the bytes before that are read once more for the hash. */
export async function openPartial(path: string, from: number, signal: AbortSignal): Promise<PartialFile> {
  const handle = await open(path, from === 0 ? 'w+' : 'r+', 0o600);
  const hash = hasher(TINKERBELL_PLACEHOLDER);
  try {
    await handle.truncate(from);
    for await (const chunk of chunksOf(handle, 0, from, signal)) await hash.update(chunk);
    return fedPartial(handle, hash, from);
  } catch (error) {
    hash.close();
    await handle.close().catch(() => undefined);
    throw error;
  }
}

function fedPartial(handle: FileHandle, hash: Hasher, from: number): PartialFile {
  let received = from;
  return {
    get received() {
      return received;
    },
    async write(bytes) {
      await Promise.all([writeAll(handle, bytes, received), hash.update(bytes)]);
      received += bytes.length;
    },
    async head(length) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    },
    async finish() {
      await handle.sync();
      return { sha256: await hash.digest(), placeholderOffsets: await hash.found() };
    },
    async close() {
      hash.close();
      await handle.close();
    },
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/**
 * The bytes from `start` to `end` of an open file, in order; ends early where the file ends. The next chunk is read while one
 * is used, and its memory is used again: be done with each before the next.
 */
export async function* chunksOf(handle: FileHandle, start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const read = async (into: Buffer, at: number): Promise<Buffer> => {
    if (at >= end) return into.subarray(0, 0);
    const { bytesRead } = await handle.read(into, 0, Math.min(CHUNK, end - at), at);
    return into.subarray(0, bytesRead);
  };
  let [one, other] = [Buffer.allocUnsafe(CHUNK), Buffer.allocUnsafe(CHUNK)];
  let next = read(one, start);
  for (let at = start; ;) {
    signal.throwIfAborted();
    const chunk = await next;
    if (chunk.length === 0) return;
    at += chunk.length;
    [one, other] = [other, one];
    next = read(one, at);
    // Not used when the reader stops here.
    next.catch(() => undefined);
    yield chunk;
  }
}
