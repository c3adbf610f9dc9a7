import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../../contract/runtime.ts';

const YEAR = 365 * 86_400_000;

describe('b7: the clock of the system', () => {
  afterEach(() => vi.useRealTimers());

  it('has timers of more than the 25 days that setTimeout can do', () => {
    vi.useFakeTimers();
    let calls = 0;
    systemClock.after(YEAR, () => (calls += 1));
    systemClock.after(YEAR, () => (calls += 100))();
    vi.advanceTimersByTime(YEAR - 1);
    expect(calls).toBe(0);
    vi.advanceTimersByTime(1);
    expect(calls).toBe(1);
  });

  it('cancels such a timer after its first part too', () => {
    vi.useFakeTimers();
    let calls = 0;
    const cancel = systemClock.after(YEAR, () => (calls += 1));
    vi.advanceTimersByTime(YEAR / 2);
    cancel();
    vi.advanceTimersByTime(YEAR);
    expect(calls).toBe(0);
  });

  it('has a monotonic time that no setting of the clock changes', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const before = systemClock.monotonic();
    vi.setSystemTime(Date.now() - YEAR);
    expect(systemClock.monotonic() - before).toBeLessThan(60_000);
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before);
  });
});
