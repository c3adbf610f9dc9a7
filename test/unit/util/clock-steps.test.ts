import { describe, expect, it } from 'vitest';
import { ClockSteps, type ClockAnchor } from '../../../util/clock-steps.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;

/** A computer with its wall clock, its uptime, and what is stored on its disk. */
function computer() {
  const state = {
    clock: new TestClock(),
    slept: 0,
    boot: 'boot-1' as string | undefined,
    anchor: undefined as ClockAnchor | undefined,
    steps: [] as number[],
  };
  const run = async (): Promise<ClockSteps> => {
    const steps = new ClockSteps({
      clock: state.clock,
      uptime: () => state.clock.monotonic() + state.slept,
      boot: state.boot,
      stored: () => state.anchor,
      store: (anchor) => (state.anchor = anchor),
    });
    steps.onStep((ms) => void state.steps.push(ms));
    await steps.start();
    return steps;
  };
  return { state, run };
}

describe('b7: a clock that is set', () => {
  it.each([-YEAR, -2 * MINUTE, 2 * MINUTE, YEAR])('by %d ms is noticed within a second, once', async (step) => {
    const { state, run } = computer();
    await run();
    state.clock.advance(10 * MINUTE);
    expect(state.steps).toEqual([]);
    state.clock.step(step);
    state.clock.advance(1000);
    state.clock.advance(10 * MINUTE);
    expect(state.steps).toEqual([step]);
  });

  it('is not what a computer has that slept', async () => {
    const { state, run } = computer();
    await run();
    state.slept += 8 * 60 * MINUTE;
    state.clock.step(8 * 60 * MINUTE);
    state.clock.advance(5000);
    expect(state.steps).toEqual([]);
  });

  it('is not the drift of two clocks', async () => {
    const { state, run } = computer();
    await run();
    for (let hour = 0; hour < 1000; hour += 1) {
      state.clock.step(360);
      state.clock.advance(1000);
    }
    expect(state.steps).toEqual([]);
  });

  it.each([-YEAR, YEAR])('by %d ms between two runs is noticed at the start', async (step) => {
    const { state, run } = computer();
    (await run()).stop();
    state.clock.step(step);
    state.clock.advance(MINUTE);
    await run();
    expect(state.steps).toEqual([step]);
  });

  it('cannot be told from time that passed once the computer was restarted, nor where starts have no name', async () => {
    for (const [before, after] of [
      ['boot-1', 'boot-2'],
      [undefined, undefined],
    ]) {
      const { state, run } = computer();
      state.boot = before;
      (await run()).stop();
      state.boot = after;
      state.clock.step(YEAR);
      await run();
      expect(state.steps).toEqual([]);
    }
  });
});
