import { createHash } from 'node:crypto';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { BootbenchError, errnoOf } from '../../../contract/errors.ts';
import { readable } from './bounds.ts';
import type { ByteSource, Place } from './byte-source.ts';
import { pageCache, type PageCache } from './page-cache.ts';

export interface LocalFileOptions {
  /** Milliseconds between two looks at the file's identity. */
  readonly checkEvery?: number;
  /** Monotonic milliseconds. */
  readonly now?: () => number;
}

/**
 * A file on disk as a source. The handle stays open. The etag is made of size, mtime (ns) and the volume descriptors, but not
 * of the inode: FAT and exFAT, which USB sticks carry, number their files anew at each mount. While the file is open its inode
 * counts too.
 * Errors: E_IMAGE_GONE (unplugged, deleted, unreadable), E_IMAGE_CHANGED (rewritten, replaced, cut), E_IMAGE_INVALID (a folder).
 */
export async function openLocalFile(path: string, options: LocalFileOptions = {}): Promise<ByteSource> {
  const wrap = (error: unknown): never => {
    throw error instanceof BootbenchError ? error : gone(path, error);
  };
  // Looked at before it is opened: opening a named pipe would wait for ever.
  const named = await stat(path).catch(wrap);
  if (!named.isFile())
    throw new BootbenchError('E_IMAGE_INVALID', `${path} is ${named.isDirectory() ? 'a folder' : 'a device or pipe'}, not a file.`, {
      next: 'Name the ISO file itself.',
    });
  const handle = await open(path, 'r').catch(wrap);
  try {
    const first = await handle.stat({ bigint: true });
    const head = Buffer.alloc(DESCRIPTORS.length);
    await handle.read(head, 0, head.length, DESCRIPTORS.offset);
    return new LocalFile(path, handle, { first, head, cache: await pageCache() }, options);
  } catch (error) {
    await handle.close().catch(() => undefined);
    return wrap(error);
  }
}

/** Nanoseconds that file systems keep times in: exFAT, HFS+ and old ext3, FAT. */
const GRAINS = [10_000_000n, 1_000_000_000n, 2_000_000_000n];

/**
 * Whether two etags of `openLocalFile` are of the same file: equal, but for a time that a file system rounded when it was
 * mounted again.
 */
export function sameFile(one: string, other: string): boolean {
  if (one === other) return true;
  const [a, b] = [partsOf(one), partsOf(other)];
  if (!a || !b) return false;
  if (a.size !== b.size || a.content !== b.content) return false;
  const apart = a.time > b.time ? a.time - b.time : b.time - a.time;
  return GRAINS.some((grain) => apart < grain && (a.time % grain === 0n || b.time % grain === 0n));
}

function partsOf(etag: string): { size: string; time: bigint; content: string } | undefined {
  const [, size, time, content] = /^([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)$/.exec(etag) ?? [];
  return size !== undefined && time !== undefined && content !== undefined ? { size, time: BigInt(`0x${time}`), content } : undefined;
}

/** Where ISO9660 has its volume descriptors: dates to the hundredth, names and sizes. */
const DESCRIPTORS = { offset: 16 * 2048, length: 16 * 2048 };

/** Bytes that are copied without leaving the event loop: a few microseconds. */
const NOW_BYTES = 65_536;

interface Opened {
  readonly first: BigIntStats;
  /** The volume descriptors. */
  readonly head: Uint8Array;
  readonly cache: PageCache | undefined;
}

class LocalFile implements ByteSource {
  readonly size: number;
  readonly etag: string;
  readonly #path: string;
  readonly #handle: FileHandle;
  readonly #fd: number;
  readonly #checkEvery: number;
  readonly #now: () => number;
  readonly #identity: string;
  #cache: PageCache | undefined;
  #checkedAt: number;
  #closing: Promise<void> | undefined;

  constructor(path: string, handle: FileHandle, { first, head, cache }: Opened, options: LocalFileOptions) {
    this.size = Number(first.size);
    const content = createHash('sha256').update(head).digest('hex').slice(0, 16);
    this.etag = `${first.size.toString(16)}-${first.mtimeNs.toString(16)}-${content}`;
    this.#identity = identity(first);
    this.#path = path;
    this.#handle = handle;
    this.#fd = handle.fd;
    this.#cache = cache;
    this.#checkEvery = options.checkEvery ?? 1000;
    this.#now = options.now ?? (() => performance.now());
    this.#checkedAt = this.#now();
  }

  get descriptor(): number | undefined {
    return this.#closing ? undefined : this.#fd;
  }

  async read(offset: number, length: number, signal?: AbortSignal): Promise<Uint8Array> {
    const bytes = Buffer.allocUnsafe(readable(this.size, offset, length));
    await this.readInto(bytes, offset, signal);
    return bytes;
  }

  async readInto(target: Uint8Array, offset: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const got = await this.#fill(target, offset);
    // After the read, so that bytes of a changed file are thrown away rather than handed out.
    if (got < target.length || this.#isCheckDue()) await this.#check();
    if (got < target.length) throw changed(this.#path, `it ends at byte ${offset + got} instead of ${this.size}`);
  }

  /** Where the file's identity is to be looked at again, `read` does it. */
  readNow(offset: number, length: number): Uint8Array | undefined {
    if (!this.#cache || length > NOW_BYTES || !this.#isSure(offset, length)) return undefined;
    const bytes = Buffer.allocUnsafe(length);
    return this.#cache.read(this.#fd, bytes, offset) ? bytes : undefined;
  }

  placesNow(offset: number, length: number): readonly Place[] | undefined {
    return this.#isSure(offset, length) ? [{ fd: this.#fd, offset, length }] : undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#handle.close();
    return this.#closing;
  }

  #isSure(offset: number, length: number): boolean {
    return !this.#closing && !this.#isCheckDue() && offset >= 0 && offset + length <= this.size;
  }

  #isCheckDue(): boolean {
    return this.#now() - this.#checkedAt >= this.#checkEvery;
  }

  async #fill(bytes: Uint8Array, offset: number): Promise<number> {
    let got = 0;
    while (got < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, got, bytes.length - got, offset + got).catch((error: unknown) => {
        throw gone(this.#path, error);
      });
      if (bytesRead === 0) break;
      got += bytesRead;
    }
    return got;
  }

  /** The handle and the path must both still be the file that was opened. A failed look is repeated at the next read. */
  async #check(): Promise<void> {
    this.#checkedAt = Number.NEGATIVE_INFINITY;
    const [held, named] = await Promise.all([this.#handle.stat({ bigint: true }), stat(this.#path, { bigint: true })]).catch(
      (error: unknown) => {
        throw gone(this.#path, error);
      },
    );
    if (identity(held) !== this.#identity) throw changed(this.#path, 'its size or time stamp is another');
    if (identity(named) !== this.#identity) throw changed(this.#path, 'another file took its place');
    this.#checkedAt = this.#now();
  }
}

function identity(stats: BigIntStats): string {
  return [stats.size, stats.mtimeNs, stats.ino].map((part) => part.toString(16)).join('-');
}

const GONE: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'its folder does not exist',
  EACCES: 'this user may not read it',
  EPERM: 'this user may not read it',
  EBUSY: 'another program has locked it',
  EIO: 'the disk reports read errors',
  ENODEV: 'its disk was unplugged',
  ENXIO: 'its disk was unplugged',
  ESTALE: 'its network share was lost',
  ENOTCONN: 'its network share was lost',
  EISDIR: 'it is a folder',
};

const NEXT: Record<string, string> = {
  ENOENT: 'Check the path, plug the disk in again, or add the image from where it is now.',
  ENOTDIR: 'Check the path, plug the disk in again, or add the image from where it is now.',
  EBUSY: 'Close the program that uses it, then try again.',
};

/** E_IMAGE_GONE for what the system said when the file was opened or read. */
export function gone(path: string, cause: unknown): BootbenchError {
  const code = errnoOf(cause) ?? 'unknown error';
  const next = NEXT[code];
  return new BootbenchError('E_IMAGE_GONE', `${path} cannot be read: ${GONE[code] ?? code}.`, {
    cause,
    ...(next !== undefined && { next }),
  });
}

function changed(path: string, how: string): BootbenchError {
  return new BootbenchError('E_IMAGE_CHANGED', `${path} changed after it was opened: ${how}.`, { next: restoreOrAccept(path) });
}

/** The next step for a file whose contents changed. */
export function restoreOrAccept(path: string): string {
  return `Restore the file, or accept its current contents: bootbench image set NAME --source ${path}.`;
}
