import { describe, expect, it } from 'vitest';
import { onceReleased } from '../../../util/held-files.ts';

/** Fails `times` times, then returns how often it was called. */
function held(times: number, code: string): () => Promise<number> {
  let calls = 0;
  return () => {
    calls += 1;
    return calls <= times ? Promise.reject(Object.assign(new Error(`${code}, call ${calls}`), { code })) : Promise.resolve(calls);
  };
}

describe('a file that another program holds', () => {
  it.each(['EBUSY', 'EPERM', 'EACCES'])('is tried again on Windows after %s', async (code) => {
    expect(await onceReleased(held(2, code), 'win32', [0, 0, 0])).toBe(3);
  });
  it('is given up after the last pause', async () => {
    await expect(onceReleased(held(9, 'EPERM'), 'win32', [0, 0])).rejects.toThrow('EPERM, call 3');
  });
  it('is not tried again after another error, nor on another system', async () => {
    await expect(onceReleased(held(1, 'ENOSPC'), 'win32', [0])).rejects.toThrow('ENOSPC, call 1');
    await expect(onceReleased(held(1, 'EPERM'), 'linux', [0])).rejects.toThrow('EPERM, call 1');
  });
});
