import { constants } from 'node:os';

/** What the system's page cache has of files, without waiting for a disk. */
export interface PageCache {
  /** Fills `bytes` from `offset` of the file; false where any of them would have to be waited for, or the file system cannot tell. */
  read(fd: number, bytes: Buffer, offset: number): boolean;
  /** Whether it has a stretch of the file; where the kernel does not tell (before 6.5), whether it has its first and last byte. */
  has(fd: number, offset: number, length: number): boolean;
}

const RWF_NOWAIT = 0x08;
/** Number of cachestat(2) on every architecture. */
const SYS_CACHESTAT = 451;

let loading: Promise<PageCache | undefined> | undefined;

/** Linux only (preadv2(2) with RWF_NOWAIT, cachestat(2)); undefined elsewhere, and where the C library does not have them. */
export function pageCache(): Promise<PageCache | undefined> {
  loading ??= process.platform === 'linux' ? load().catch(() => undefined) : Promise.resolve(undefined);
  return loading;
}

type Call = (...values: unknown[]) => number;

async function load(): Promise<PageCache> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load(null);
  const preadv2 = library.func('preadv2', 'int64_t', ['int', 'void *', 'int', 'int64_t', 'int']) as Call;
  const cachestat = library.func('syscall', 'long', ['long', 'int', 'void *', 'void *', 'uint32_t']) as Call;
  // One struct iovec for all calls: none of them is under way when the next one is made.
  const iovec = new BigUint64Array(2);
  const one = Buffer.allocUnsafeSlow(1);
  const range = new BigUint64Array(2);
  /** nr_cache, nr_dirty, nr_writeback, nr_evicted, nr_recently_evicted. */
  const counts = new BigUint64Array(5);
  const page = (library.func('int getpagesize()') as Call)();
  let hasNowait = true;
  let hasCachestat = true;

  const read = (fd: number, bytes: Buffer, offset: number): boolean => {
    if (!hasNowait || bytes.length === 0) return false;
    iovec[0] = koffi.address(bytes);
    iovec[1] = BigInt(bytes.length);
    const got = preadv2(fd, iovec, 1, offset, RWF_NOWAIT);
    // An old kernel. A file system that does not have it says so of its own files only.
    if (got < 0 && koffi.errno() === constants.errno.ENOSYS) hasNowait = false;
    return got === bytes.length;
  };
  const pagesOf = (fd: number, offset: number, length: number): bigint | undefined => {
    if (!hasCachestat) return undefined;
    range[0] = BigInt(offset);
    range[1] = BigInt(length);
    if (cachestat(SYS_CACHESTAT, fd, range, counts, 0) === 0) return counts[0];
    if (koffi.errno() === constants.errno.ENOSYS) hasCachestat = false;
    return undefined;
  };
  return {
    read,
    has(fd, offset, length) {
      const pages = pagesOf(fd, offset, length);
      if (pages === undefined) return read(fd, one, offset) && read(fd, one, offset + length - 1);
      return pages >= BigInt(Math.floor((offset + length - 1) / page) - Math.floor(offset / page) + 1);
    },
  };
}
