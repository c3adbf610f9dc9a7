import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedBmc } from '../../fixtures/scripted-bmc.ts';
import { openReimage, type ReimageFixture } from './reimage-fixture.ts';
import { TIMING } from '../../../main-services/reimage/timing.ts';

const MINUTE = 60_000;
const YEAR = 365 * 24 * 60 * MINUTE;
const STEPS = [
  ['2 minutes ahead', 2 * MINUTE],
  ['2 minutes back', -2 * MINUTE],
  ['9 hours ahead', 540 * MINUTE],
  ['9 hours back', -540 * MINUTE],
  ['a year ahead', YEAR],
  ['a year back', -YEAR],
] as const;

let bench: ReimageFixture;

beforeEach(async () => {
  bench = await openReimage();
});

afterEach(() => bench.dispose());

const starts = (bmc: ScriptedBmc): number => bmc.calls.filter((call) => call === 'powerOn').length;

describe('b7: the clock is set during a reimage', () => {
  it.each(STEPS)('%s, again and again: the machine is started once, and the job ends well', async (_name, step) => {
    const bmc = new ScriptedBmc();
    bench.addMachine('node', 1, bmc);
    const [job] = bench.start({ hosts: ['node'] });
    let ahead = false;
    const unsubscribe = bench.data.activity.subscribe(() => {
      bench.data.clock.step(ahead ? -step : step);
      ahead = !ahead;
    });
    await bench.settle();
    unsubscribe();
    expect(bench.job(job?.id ?? '')).toMatchObject({ state: 'done' });
    expect(starts(bmc)).toBe(1);
    expect(bench.data.inventory.getHost('node').assignment?.state).toBe('done');
  });

  it.each(STEPS)('%s, and Bootbench is restarted in a step: the job continues and ends well', async (_name, step) => {
    const bmc = new ScriptedBmc();
    bench.addMachine('node', 1, bmc);
    const [job] = bench.start({ hosts: ['node'] });
    const kill = bench.killAt('row', 9);
    await bench.settle();
    expect(kill.died()).toBe(true);
    bench.data.clock.step(step);
    await bench.restart({ resume: false });
    bench.runner.clockSet(step);
    void bench.runner.resume();
    await bench.settle();
    expect(bench.job(job?.id ?? '')).toMatchObject({ state: 'done' });
    expect(starts(bmc)).toBe(1);
  });

  it.each(STEPS)('%s: a machine that does nothing fails in the usual time', async (_name, step) => {
    const bmc = new ScriptedBmc();
    bench.machines.silent.add('node');
    bench.addMachine('node', 1, bmc);
    const [job] = bench.start({ hosts: ['node'] });
    await bench.pass(120);
    const watched = bench.data.clock.monotonic();
    bench.data.clock.step(step);
    await bench.pass(60);
    expect(bench.job(job?.id ?? '')).toMatchObject({ state: 'running' });
    await bench.settle();
    expect(bench.job(job?.id ?? '')).toMatchObject({ state: 'failed' });
    expect(bench.data.clock.monotonic() - watched).toBeLessThan(TIMING.silence + 5 * MINUTE);
  });
});
