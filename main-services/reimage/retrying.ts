import type { ErrorCode } from '../../contract/error-codes.ts';
import { asBootbenchError, type BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import { sleep } from '../../util/async.ts';

/** Failures that may pass. A wrong password or another machine never does. */
const WORTH_RETRYING: ReadonlySet<ErrorCode> = new Set(['E_BMC_BUSY', 'E_BMC_UNREACHABLE', 'E_BMC_TIMEOUT', 'E_BMC_REFUSED']);

/** Tries `work` up to `tries` times in all, as long as its failures are worth it; the pause grows with each try. */
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
      if (number >= tries || !WORTH_RETRYING.has(before.code)) throw before;
      await sleep(clock, pause * number, signal);
    }
  }
}
