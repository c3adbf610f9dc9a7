import { describe, expect, it } from 'vitest';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { memoizePerSource } from '../../../../main-services/iso/source/memoize-per-source.ts';

const source = () => memorySource(Buffer.from('x'));

function counted() {
  const seen: { stop: AbortSignal; done: PromiseWithResolvers<number> }[] = [];
  const get = memoizePerSource((_, stop) => {
    const done = Promise.withResolvers<number>();
    stop.addEventListener('abort', () => done.reject(new Error('stopped')));
    seen.push({ stop, done });
    return done.promise;
  });
  return { get, seen };
}

describe('what is worked out once per source', () => {
  it('is shared by all who ask, before and after it is done', async () => {
    const { get, seen } = counted();
    const one = source();
    const both = Promise.all([get(one), get(one)]);
    seen[0]?.done.resolve(7);
    expect(await both).toEqual([7, 7]);
    expect(await get(one)).toBe(7);
    expect(seen.length).toBe(1);
    void get(source());
    expect(seen.length).toBe(2);
  });

  it('is tried again after a failure', async () => {
    const { get, seen } = counted();
    const one = source();
    const failing = get(one);
    seen[0]?.done.reject(new Error('disk gone'));
    await expect(failing).rejects.toThrow('disk gone');
    const again = get(one);
    seen[1]?.done.resolve(1);
    expect(await again).toBe(1);
  });

  it('goes on for those who stay, and stops when the last has left', async () => {
    const { get, seen } = counted();
    const one = source();
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = get(one, first.signal);
    const staying = get(one, second.signal);
    first.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(seen[0]?.stop.aborted).toBe(false);
    second.abort();
    await expect(staying).rejects.toMatchObject({ code: 'E_CANCELLED' });
    expect(seen[0]?.stop.aborted).toBe(true);
    void get(one).catch(() => undefined);
    expect(seen.length).toBe(2);
  });
});
