import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Desktop, Exit, Place } from './desktop.ts';

/** A machine that is busy with other tests is slow; a program that is held by a box would not end at all. */
export const MAX_END_MS = 10_000;

/** Its services have stopped by themselves: they take away what tells the command line where they are. */
export const hasStopped = (place: Place): boolean => !existsSync(join(place.data, 'api.json'));

/** The exit code and the milliseconds until the end; nothing of the program may be left. */
export async function endOf(desktop: Desktop, quit: () => void): Promise<Exit & { ms: number }> {
  desktop.dropPage();
  const started = Date.now();
  quit();
  const exit = await desktop.exited;
  const ms = Date.now() - started;
  await desktop.gone();
  return { ...exit, ms };
}
