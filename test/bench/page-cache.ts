import { mustRun } from '../lab/process.ts';

const MIB = 1 << 20;

/** Reads a file, so that the page cache has it. */
export async function warm(file: string): Promise<void> {
  await mustRun(['dd', `if=${file}`, 'of=/dev/null', 'bs=1M', 'status=none'], { timeoutMs: 300_000 });
}

/**
 * Takes a file's pages out of the page cache from a megabyte on: dd's `nocache` is posix_fadvise(POSIX_FADV_DONTNEED). Throws when pages stay, because
 * then a read is not from the disk.
 */
export async function drop(file: string, fromMegabyte = 0): Promise<void> {
  await mustRun(['sync', file]);
  // With count=0, dd says it for everything from `skip` to the end.
  await mustRun(['dd', `if=${file}`, 'of=/dev/null', 'iflag=nocache', 'bs=1M', `skip=${fromMegabyte}`, 'count=0', 'status=none']);
  const cached = Number((await mustRun(['fincore', '--bytes', '--noheadings', '--output', 'RES', file])).trim());
  if (cached > (fromMegabyte + 8) * MIB) throw new Error(`${Math.round(cached / MIB)} MB of ${file} stay in the page cache`);
}
