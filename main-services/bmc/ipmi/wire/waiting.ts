import type { Clock } from '../../../../contract/runtime.ts';
import { cancelled } from '../sentences.ts';

/** E_CANCELLED as soon as the signal says so. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return abortable(new Promise((resolve) => clock.after(ms, resolve)), signal);
}

/** Waits for something shared for as long as this one caller wants it; the work itself goes on. E_CANCELLED. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(cancelled());
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
