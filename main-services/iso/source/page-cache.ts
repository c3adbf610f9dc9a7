import { constants } from 'node:os';

/** What the system's page cache has of files, without waiting for a disk. */
export interface PageCache {
  /** Fills `bytes` from `offset` of the file; false where any of them would have to be waited for, or the file system cannot tell. */
  read(fd: number, bytes: Uint8Array, offset: number): boolean;
}

const RWF_NOWAIT = 0x08;

let loading: Promise<PageCache | undefined> | undefined;

/** Linux only (preadv2(2) with RWF_NOWAIT); undefined elsewhere, and where the C library does not have it. */
export function pageCache(): Promise<PageCache | undefined> {
  loading ??= process.platform === 'linux' ? load().catch(() => undefined) : Promise.resolve(undefined);
  return loading;
}

async function load(): Promise<PageCache> {
  const { default: koffi } = await import('koffi');
  const iovec = koffi.struct({ base: 'void *', length: 'size_t' });
  const library = koffi.load(null);
  const preadv2 = library.func('preadv2', 'int64_t', ['int', koffi.pointer(iovec), 'int', 'int64_t', 'int']) as (
    ...values: unknown[]
  ) => number;
  let isKnown = true;
  return {
    read(fd, bytes, offset) {
      if (!isKnown) return false;
      const got = preadv2(fd, { base: bytes, length: bytes.length }, 1, offset, RWF_NOWAIT);
      // An old kernel. A file system that does not have it says so of its own files only.
      if (got < 0 && koffi.errno() === constants.errno.ENOSYS) isKnown = false;
      return got === bytes.length;
    },
  };
}
