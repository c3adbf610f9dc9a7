import { describe, expect, it } from 'vitest';
import { batches, latest } from '../../../main-services/handlers/signal.ts';

/** A source that can be pushed by hand and tells whether somebody listens. */
function source<T>() {
  const listeners = new Set<(item: T) => void>();
  return {
    listeners,
    push: (item: T) => listeners.forEach((listener) => listener(item)),
    subscribe: (listener: (item: T) => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

describe('batches', () => {
  it('give all that waited, then wait for more', async () => {
    const { subscribe, push } = source<number>();
    const feed = batches(subscribe, { limit: 10, unit: 'items' }, new AbortController().signal);
    const first = feed.next();
    push(1);
    push(2);
    expect((await first).value).toEqual([1, 2]);
    const second = feed.next();
    push(3);
    expect((await second).value).toEqual([3]);
    await feed.return(undefined);
  });

  it('cut a reader off that leaves more than the limit waiting, and let go of the source', async () => {
    const { subscribe, push, listeners } = source<number>();
    const feed = batches(subscribe, { limit: 2, unit: 'items' }, new AbortController().signal);
    const first = feed.next();
    push(0);
    await first;
    for (let i = 0; i < 3; i++) push(i);
    await expect(feed.next()).rejects.toMatchObject({ code: 'E_SLOW_READER' });
    expect(listeners.size).toBe(0);
  });

  it.each(['before', 'while waiting'])('end when the signal is aborted %s', async (when) => {
    const { subscribe, listeners } = source<number>();
    const stop = new AbortController();
    const feed = batches(subscribe, { limit: 2, unit: 'items' }, stop.signal);
    if (when === 'before') stop.abort();
    const next = feed.next();
    stop.abort();
    expect((await next).done).toBe(true);
    expect(listeners.size).toBe(0);
  });
});

it('latest keeps the newest of each key only', async () => {
  const { subscribe, push } = source<{ key: string; value: number }>();
  const feed = latest(subscribe, ({ key }) => key, new AbortController().signal);
  const first = feed.next();
  push({ key: 'a', value: 1 });
  push({ key: 'b', value: 1 });
  push({ key: 'a', value: 2 });
  expect((await first).value).toEqual([
    { key: 'a', value: 2 },
    { key: 'b', value: 1 },
  ]);
  await feed.return(undefined);
});
