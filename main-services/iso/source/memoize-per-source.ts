import { abortable } from './abortable.ts';
import type { ByteSource } from './byte-source.ts';

interface Job<T> {
  readonly result: Promise<T>;
  readonly stop: AbortController;
  waiting: number;
}

/**
 * What is worked out of a source's bytes once and shared by all who ask: a source never changes its bytes. A failure is forgotten;
 * the work stops when everybody who waits for it has left.
 */
export function memoizePerSource<T>(
  make: (source: ByteSource, signal: AbortSignal) => Promise<T>,
): (source: ByteSource, signal?: AbortSignal) => Promise<T> {
  const jobs = new WeakMap<ByteSource, Job<T>>();
  const start = (source: ByteSource): Job<T> => {
    const stop = new AbortController();
    const job = { result: make(source, stop.signal), stop, waiting: 0 };
    jobs.set(source, job);
    job.result.catch(() => {
      if (jobs.get(source) === job) jobs.delete(source);
    });
    return job;
  };
  return async (source, signal) => {
    const job = jobs.get(source) ?? start(source);
    job.waiting += 1;
    try {
      return await abortable(job.result, signal);
    } finally {
      job.waiting -= 1;
      if (job.waiting === 0 && signal?.aborted) {
        if (jobs.get(source) === job) jobs.delete(source);
        job.stop.abort(signal.reason);
      }
    }
  };
}
