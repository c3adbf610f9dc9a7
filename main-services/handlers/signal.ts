import { BootbenchError } from '../../contract/errors.ts';

/** Wakes one waiting reader. A notification without a reader is delivered to the next one; after an abort every wait ends immediately. */
export interface Signal {
  notify(): void;
  next(): Promise<void>;
}

export function createSignal(signal: AbortSignal): Signal {
  let rung = false;
  let wake: () => void = () => undefined;
  const ring = (): void => {
    rung = true;
    wake();
  };
  signal.addEventListener('abort', ring, { once: true });
  return {
    notify: ring,
    async next() {
      if (!rung && !signal.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      rung = false;
    },
  };
}

/** What may wait for one reader. */
export interface Waiting<T> {
  readonly limit: number;
  readonly unit: 'items' | 'bytes';
  /** What an item counts; absent: 1. */
  readonly sizeOf?: (item: T) => number;
}

/**
 * Turns a subscription into batches for one reader, until it calls `end`. A reader that leaves more than the limit waiting is cut off
 * with E_SLOW_READER, so that it can never hold memory; it resumes by sequence number.
 */
export async function* batches<T>(
  subscribe: (push: (item: T) => void, end: () => void) => () => void,
  { limit, unit, sizeOf = () => 1 }: Waiting<T>,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  const bell = createSignal(signal);
  const state = { waiting: [] as T[], size: 0, overflowed: false, ended: false };
  const push = (item: T): void => {
    state.size += sizeOf(item);
    if (state.size > limit) state.overflowed = true;
    else state.waiting.push(item);
    bell.notify();
  };
  const end = (): void => {
    state.ended = true;
    bell.notify();
  };
  const unsubscribe = subscribe(push, end);
  try {
    while (!signal.aborted) {
      if (state.overflowed) throw new BootbenchError('E_SLOW_READER', `More than ${limit} ${unit} were waiting for this client.`);
      if (state.waiting.length === 0 && state.ended) return;
      if (state.waiting.length === 0) {
        await bell.next();
        continue;
      }
      const batch = state.waiting;
      state.waiting = [];
      state.size = 0;
      yield batch;
    }
  } finally {
    unsubscribe();
  }
}

/** Like `batches`, where only the newest value per key counts: a slow reader misses steps, never the end. */
export async function* latest<T>(
  subscribe: (push: (item: T) => void) => () => void,
  keyOf: (item: T) => string,
  signal: AbortSignal,
): AsyncGenerator<T[]> {
  const bell = createSignal(signal);
  const waiting = new Map<string, T>();
  const unsubscribe = subscribe((item) => {
    waiting.set(keyOf(item), item);
    bell.notify();
  });
  try {
    while (!signal.aborted) {
      if (waiting.size === 0) {
        await bell.next();
        continue;
      }
      const batch = [...waiting.values()];
      waiting.clear();
      yield batch;
    }
  } finally {
    unsubscribe();
  }
}
