import { BootbenchError } from '../../../contract/errors.ts';

/** The body's bytes until the signal, which does not wait for the next of them. A body that breaks off simply ends. */
export async function* untilAborted(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator: AsyncIterator<Uint8Array> = body[Symbol.asyncIterator]();
  const aborted = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(reasonOf(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  aborted.catch(() => undefined);
  let waiting = false;
  try {
    for (;;) {
      waiting = true;
      const next = iterator.next().catch((): IteratorResult<Uint8Array, undefined> => ({ done: true, value: undefined }));
      const step: IteratorResult<Uint8Array, unknown> = await Promise.race([next, aborted]);
      waiting = false;
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    // An iterator that still waits for bytes would only return after them.
    const returned = iterator.return?.();
    if (waiting) returned?.catch(() => undefined);
    else await returned;
  }
}

function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new BootbenchError('E_CANCELLED', 'Cancelled.');
}
