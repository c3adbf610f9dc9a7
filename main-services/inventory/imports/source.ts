import { open, stat } from 'node:fs/promises';
import { BootbenchError } from '../../../contract/errors.ts';
import { gone } from '../../iso/source/local-file.ts';
import { chunksOf } from './partial.ts';
import type { ImportSource } from './state.ts';
import { emptyFile, notAFile } from './sentences.ts';

/** A file of this computer as the feed of an import. E_IMAGE_GONE, E_IMAGE_INVALID. */
export async function pathFeed(name: string, path: string): Promise<ImportSource> {
  const found = await stat(path).catch((error: unknown) => {
    throw gone(path, error);
  });
  if (!found.isFile()) throw new BootbenchError('E_IMAGE_INVALID', notAFile(path));
  if (found.size === 0) throw new BootbenchError('E_IMAGE_INVALID', emptyFile(path));
  return { name, size: found.size, origin: { type: 'path', path, mtimeMs: found.mtimeMs } };
}

/** Whether a path still has the size and time that the feed was made from. Never for an upload. */
export async function isStill({ size, origin }: Pick<ImportSource, 'size' | 'origin'>): Promise<boolean> {
  if (origin.type !== 'path') return false;
  const found = await stat(origin.path).catch(() => undefined);
  return found?.size === size && found.mtimeMs === origin.mtimeMs;
}

/** The file's bytes from `start` to `end`. E_IMAGE_GONE, also when its disk is unplugged half-way; the signal's reason. */
export async function* bytesOfPath(path: string, start: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw gone(path, error);
  });
  try {
    yield* chunksOf(handle, start, end, signal);
  } catch (error) {
    throw error instanceof BootbenchError ? error : gone(path, error);
  } finally {
    await handle.close();
  }
}
