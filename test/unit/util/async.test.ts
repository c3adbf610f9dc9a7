import { describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../contract/errors.ts';
import { systemClock, type Clock } from '../../../contract/runtime.ts';
import { abortable, mutex, sleep, withDeadline } from '../../../util/async.ts';

const late = () => new BootbenchError('E_BMC_TIMEOUT', 'too late');
const code = (wanted: string) => expect.objectContaining({ code: wanted }) as unknown;
const never = () => new Promise<never>(() => undefined);

function countingClock(): Clock & { running: number } {
  const clock = {
    running: 0,
    ...systemClock,
    after(ms: number, run: () => void) {
      clock.running += 1;
      const stop = systemClock.after(ms, () => {
        clock.running -= 1;
        run();
      });
      return () => {
        clock.running -= 1;
        stop();
      };
    },
  };
  return clock;
}

describe('abortable', () => {
  it('gives the value, and the error', async () => {
    await expect(abortable(Promise.resolve(1), new AbortController().signal)).resolves.toBe(1);
    await expect(abortable(Promise.reject(late()), undefined)).rejects.toMatchObject({ code: 'E_BMC_TIMEOUT' });
  });

  it('ends with the signal, before and while it waits', async () => {
    await expect(abortable(never(), AbortSignal.abort())).rejects.toEqual(code('E_CANCELLED'));
    const controller = new AbortController();
    const waiting = abortable(never(), controller.signal, 'The reader disconnected.');
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'E_CANCELLED', message: 'The reader disconnected.' });
  });

  it('ends with the signal’s own reason where that has a code', async () => {
    await expect(abortable(never(), AbortSignal.abort(late()))).rejects.toEqual(code('E_BMC_TIMEOUT'));
  });
});

describe('sleep', () => {
  it('leaves no timer and starts none when it is cancelled', async () => {
    const clock = countingClock();
    const controller = new AbortController();
    const sleeping = sleep(clock, 60_000, controller.signal);
    expect(clock.running).toBe(1);
    controller.abort();
    await expect(sleeping).rejects.toEqual(code('E_CANCELLED'));
    await expect(sleep(clock, 60_000, controller.signal)).rejects.toEqual(code('E_CANCELLED'));
    expect(clock.running).toBe(0);
  });

  it('ends after its time', async () => {
    const clock = countingClock();
    await sleep(clock, 1);
    expect(clock.running).toBe(0);
  });
});

describe('withDeadline', () => {
  it('gives the value and stops its timer', async () => {
    const clock = countingClock();
    await expect(withDeadline(clock, 60_000, late, () => Promise.resolve(7))).resolves.toBe(7);
    await Promise.resolve();
    expect(clock.running).toBe(0);
  });

  it('is late even if the work ignores its signal, and aborts the signal', async () => {
    let inner: AbortSignal | undefined;
    const work = (signal: AbortSignal) => {
      inner = signal;
      return never();
    };
    await expect(withDeadline(systemClock, 1, late, work)).rejects.toEqual(code('E_BMC_TIMEOUT'));
    expect(inner?.reason).toEqual(code('E_BMC_TIMEOUT'));
  });

  it('is cancelled from outside, and does not start the work when it already was', async () => {
    const controller = new AbortController();
    const waiting = withDeadline(systemClock, Number.POSITIVE_INFINITY, late, never, controller.signal);
    controller.abort();
    await expect(waiting).rejects.toEqual(code('E_CANCELLED'));
    let started = false;
    const work = () => {
      started = true;
      return Promise.resolve();
    };
    await expect(withDeadline(systemClock, 1, late, work, controller.signal)).rejects.toEqual(code('E_CANCELLED'));
    expect(started).toBe(false);
  });
});

describe('mutex', () => {
  it('runs one task at a time, in order, also after one failed', async () => {
    const locked = mutex();
    const log: string[] = [];
    const task = (name: string, fails = false) =>
      locked(async () => {
        log.push(`${name} in`);
        await Promise.resolve();
        log.push(`${name} out`);
        if (fails) throw late();
      });
    await Promise.allSettled([task('a'), task('b', true), task('c')]);
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out']);
  });
});
