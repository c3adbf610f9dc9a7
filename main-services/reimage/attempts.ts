import { asBootbenchError, type BootbenchError, type ErrorCode } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';

/** What may go better the next time. A wrong password or another machine never does. */
const WORTH_ANOTHER: ReadonlySet<ErrorCode> = new Set(['E_BMC_BUSY', 'E_BMC_UNREACHABLE', 'E_BMC_TIMEOUT', 'E_BMC_REFUSED']);

/** `work` with a deadline: ends with `late()` after `ms`, or with the signal’s reason, even when `work` hears neither. */
export async function within<T>(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  late: () => BootbenchError,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const end = (reason: Error): void => {
      reject(reason);
      controller.abort(reason);
    };
    const heard = (): void => end(signal.reason as Error);
    const stopTimer = clock.after(ms, () => end(late()));
    signal.addEventListener('abort', heard, { once: true });
    void work(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        stopTimer();
        signal.removeEventListener('abort', heard);
      });
  });
}

/** Resolves after `ms`; rejects with the signal’s reason. */
export async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise<void>((resolve, reject) => {
    const heard = (): void => {
      stop();
      reject(signal.reason as Error);
    };
    const stop = clock.after(ms, () => {
      signal.removeEventListener('abort', heard);
      resolve();
    });
    signal.addEventListener('abort', heard, { once: true });
  });
}

/** Tries again what is worth it, at most `tries` times in all. */
export async function retrying<T>(
  clock: Clock,
  { tries, pause, onTry }: { tries: number; pause: number; onTry: (number: number, before: BootbenchError | undefined) => void },
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  let before: BootbenchError | undefined;
  for (let number = 1; ; number += 1) {
    onTry(number, before);
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      before = asBootbenchError(error);
      if (number >= tries || !WORTH_ANOTHER.has(before.code)) throw before;
      await sleep(clock, pause * number, signal);
    }
  }
}
