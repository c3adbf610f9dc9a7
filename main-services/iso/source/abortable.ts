import { BootbenchError } from '../../../contract/errors.ts';

/** Waits for something shared for as long as this one asker wants it; the work itself goes on. E_CANCELLED. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      reject(new BootbenchError('E_CANCELLED', 'The reader went away.'));
    };
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', leave);
    });
  });
}

/** `late` after `ms` unless the promise is settled before. */
export async function within<T>(promise: Promise<T>, ms: number, late: () => Error): Promise<T> {
  if (ms === Number.POSITIVE_INFINITY) return promise;
  const { promise: over, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => {
      reject(late());
    },
    Math.max(0, ms),
  );
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}
