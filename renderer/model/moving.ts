import type { Progress } from '../../contract/appliance.ts';
import { secondsLeft } from '../format/time.ts';

/** A rate that was measured so long ago is not shown any more. */
export const RATE_MAX_AGE_MS = 10_000;

/** Whether bytes still move, as far as the last report says. */
export function isMoving(progress: Progress | undefined, now: number): boolean {
  return progress !== undefined && now - progress.at < RATE_MAX_AGE_MS;
}

/** `images/install.img` is install.img. */
export function baseName(path: string): string {
  return path.split('/').at(-1) ?? path;
}

/** One thing that moves, by the part of it that moves now where that is known. */
export function partOrWhole({ message, done, total, rate, part }: Progress): Pick<Progress, 'message' | 'done' | 'total' | 'rate'> {
  if (!part) return { message, done, total, rate };
  return { message: baseName(part.name), done: part.done, total: part.total, rate };
}

/** Seconds until the part or the whole is read; undefined while the rate or the end is unknown. */
export function timeLeftOf(progress: Progress): number | undefined {
  const { done, total, rate } = partOrWhole(progress);
  return total === undefined ? undefined : secondsLeft(total - done, rate);
}
