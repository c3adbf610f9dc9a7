import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { mustRun, run } from './process.ts';

/** A file system of its own with so many megabytes at `dir`, which is made; it is taken away again when it is disposed of. */
export async function mountSmallDisk(dir: string, megabytes: number): Promise<AsyncDisposable> {
  mkdirSync(dir, { recursive: true });
  await mustRun(['mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', dir]);
  return {
    [Symbol.asyncDispose]: async () => {
      await run(['umount', '-l', dir]);
    },
  };
}

/** Writes to a file until the disk is full. */
export function fillDisk(file: string): void {
  writeFileSync(file, '');
  for (const size of [1 << 20, 4096]) fillWith(file, Buffer.alloc(size, 'x'));
}

function fillWith(file: string, block: Buffer): void {
  try {
    for (;;) appendFileSync(file, block);
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('ENOSPC')) throw error;
  }
}
