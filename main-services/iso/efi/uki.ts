import { readPe } from './pe.ts';
import type { ProgramFile } from './programs.ts';

const SMALLEST = 512;

/**
 * Paths of the unified kernel images among these files: EFI programs with a kernel (.linux) and, as a rule, its arguments (.cmdline)
 * inside. They take them from nowhere else that an ISO's patch could reach, and a signature covers both.
 */
export async function findUkis(files: Iterable<ProgramFile> | AsyncIterable<ProgramFile>, signal?: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  for await (const file of files) {
    if (!/\.efi$/i.test(file.path) || file.size < SMALLEST) continue;
    signal?.throwIfAborted();
    const names = (await readPe(file))?.sections.map(({ name }) => name) ?? [];
    if (names.includes('.cmdline') || names.includes('.linux')) found.push(file.path);
  }
  return found;
}
