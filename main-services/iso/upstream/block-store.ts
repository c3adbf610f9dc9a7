import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * Blocks of one ISO on disk: a sparse file, and beside it a table with the CRC-32 of each block that is there. A block's
 * entry is written after the block, and is believed only if the block still has that sum when it is first read again: so
 * neither kill -9 nor a power cut, which may keep the table and lose the data, ever gives a wrong byte.
 */
export interface BlockStore {
  readonly blocks: number;
  /** Blocks that are there. */
  readonly stored: number;
  has(index: number): boolean;
  /** `length` bytes from `offset` inside the block; undefined when it is not there or was spoilt. */
  read(index: number, offset: number, length: number): Promise<Uint8Array | undefined>;
  /** The open file that has the block at its place, once its bytes were compared with their sum. Valid until the event loop has its turn. */
  descriptorOf(index: number): number | undefined;
  /** Throws what the file system throws. */
  write(index: number, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export const BLOCK = 512 * 1024;
export const DATA_FILE = 'blocks';
const TABLE_FILE = 'table';
/** The sum, and the sum with all bits turned: nothing else, and no half-written one, is an entry. */
const ENTRY = 8;

/** Opens the store in a folder that exists, or begins it. */
export async function openBlockStore(folder: string, size: number): Promise<BlockStore> {
  const data = await openOrMake(join(folder, DATA_FILE));
  try {
    if ((await data.stat()).size !== size) await data.truncate(size);
    const table = await openOrMake(join(folder, TABLE_FILE));
    return new FileStore(data, table, size, await readTable(table, Math.ceil(size / BLOCK)));
  } catch (error) {
    await data.close();
    throw error;
  }
}

class FileStore implements BlockStore {
  readonly blocks: number;
  stored = 0;
  #isClosed = false;
  readonly #data: FileHandle;
  readonly #table: FileHandle;
  readonly #size: number;
  /** Of each block that is there; `seen` once its bytes were compared, or were written by us. */
  readonly #sums = new Map<number, { readonly sum: number; seen: boolean }>();

  constructor(data: FileHandle, table: FileHandle, size: number, entries: Buffer) {
    this.#data = data;
    this.#table = table;
    this.#size = size;
    this.blocks = entries.length / ENTRY;
    for (let index = 0; index < this.blocks; index += 1) {
      const sum = entries.readUInt32LE(index * ENTRY);
      if (entries.readUInt32LE(index * ENTRY + 4) === ~sum >>> 0) this.#sums.set(index, { sum, seen: false });
    }
    this.stored = this.#sums.size;
  }

  has(index: number): boolean {
    return this.#sums.has(index);
  }

  async read(index: number, offset: number, length: number): Promise<Uint8Array | undefined> {
    const known = this.#sums.get(index);
    if (!known) return undefined;
    if (known.seen) return this.#bytes(index * BLOCK + offset, length);
    const whole = await this.#bytes(index * BLOCK, Math.min(BLOCK, this.#size - index * BLOCK));
    if (!whole || crc32(whole) !== known.sum) {
      this.#forget(index);
      return undefined;
    }
    known.seen = true;
    return whole.subarray(offset, offset + length);
  }

  descriptorOf(index: number): number | undefined {
    return !this.#isClosed && this.#sums.get(index)?.seen === true ? this.#data.fd : undefined;
  }

  async write(index: number, bytes: Uint8Array): Promise<void> {
    await writeAll(this.#data, bytes, index * BLOCK);
    const sum = crc32(bytes);
    const entry = Buffer.alloc(ENTRY);
    entry.writeUInt32LE(sum, 0);
    entry.writeUInt32LE(~sum >>> 0, 4);
    await writeAll(this.#table, entry, index * ENTRY);
    this.#sums.set(index, { sum, seen: true });
    this.stored = this.#sums.size;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled([this.#data.close(), this.#table.close()]);
  }

  /** undefined when the disk does not give them all. */
  async #bytes(position: number, length: number): Promise<Buffer | undefined> {
    const bytes = Buffer.allocUnsafe(length);
    for (let got = 0; got < length;) {
      const { bytesRead } = await this.#data.read(bytes, got, length - got, position + got).catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0) return undefined;
      got += bytesRead;
    }
    return bytes;
  }

  #forget(index: number): void {
    this.#sums.delete(index);
    this.stored = this.#sums.size;
  }
}

async function openOrMake(path: string): Promise<FileHandle> {
  return open(path, 'r+').catch(() => open(path, 'w+', 0o600));
}

async function readTable(table: FileHandle, blocks: number): Promise<Buffer> {
  const entries = Buffer.alloc(blocks * ENTRY);
  await table.read(entries, 0, entries.length, 0);
  return entries;
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
