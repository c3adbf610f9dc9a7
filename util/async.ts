import pLimit from 'p-limit';
import { BootbenchError } from '../contract/errors.ts';
import type { Clock } from '../contract/runtime.ts';

const CANCELLED = 'The request was cancelled.';

/** The error of an aborted signal: its reason where that is a BootbenchError, else E_CANCELLED with `message`. */
export function cancelled(signal: AbortSignal | undefined, message = CANCELLED): BootbenchError {
  const reason: unknown = signal?.reason;
  return reason instanceof BootbenchError ? reason : new BootbenchError('E_CANCELLED', message, { cause: reason });
}

/** Waits for `promise` until the signal aborts; the work behind the promise is shared and keeps running. Rejects as `cancelled`. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined, message?: string): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      reject(cancelled(signal, message));
    };
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', abort);
    });
  });
}

/** Resolves after `ms`. Rejects as `cancelled`, immediately where the signal is already aborted; the timer is stopped then. */
export async function sleep(clock: Clock, ms: number, signal?: AbortSignal, message?: string): Promise<void> {
  if (signal?.aborted === true) throw cancelled(signal, message);
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      stopTimer();
      reject(cancelled(signal, message));
    };
    const stopTimer = clock.after(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    });
    signal?.addEventListener('abort', abort, { once: true });
  });
}

/**
 * Runs `work` with a signal that aborts after `ms` (Infinity: never) or with `signal`. Ends with `late()` or as `cancelled` then, even if
 * `work` ignores its signal.
 */
export async function withDeadline<T>(
  clock: Clock,
  ms: number,
  late: () => Error,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  if (signal?.aborted === true) throw cancelled(signal);
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (reason: Error): void => {
      reject(reason);
      controller.abort(reason);
    };
    const abort = (): void => {
      end(cancelled(signal));
    };
    const stopTimer =
      ms === Number.POSITIVE_INFINITY
        ? () => undefined
        : clock.after(Math.max(0, ms), () => {
            end(late());
          });
    signal?.addEventListener('abort', abort, { once: true });
    work(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        stopTimer();
        signal?.removeEventListener('abort', abort);
      });
  });
}

/** Runs tasks one after the other, in the order of the calls; a task that fails does not stop the next. */
export function mutex(): <T>(task: () => Promise<T>) => Promise<T> {
  return pLimit(1);
}
