import { join } from 'node:path';
import type { BenchEvent } from '../../contract/appliance.ts';
import { FakeClock, whyNoFakeClock } from '../lab/fake-clock.ts';
import { pause } from '../lab/process.ts';
import { mustBe, type ChaosCase, type Stage } from './case.ts';

const MINUTE = 60;
const HOUR = 3600;
const YEAR = 365 * 86_400;
/** In seconds. */
const STEPS = [2 * MINUTE, -2 * MINUTE, 5 * HOUR, -5 * HOUR, 3 * YEAR, -3 * YEAR] as const;
const STOPPED_MS = 60_000;

export const clockCases: readonly ChaosCase[] = STEPS.map((step) => ({
  name: `clock ${step > 0 ? '+' : ''}${step}s`,
  expected: 'the machine boots with the same address; events keep their order; after kill -9 and a start all of it again',
  async run(stage) {
    const missing = whyNoFakeClock();
    mustBe(missing === undefined, `not found: ${missing}`);
    const clock = new FakeClock(join(stage.bench.dir, 'clock'));
    const appliance = await stage.ready({ wrapper: clock.wrapper });
    const first = await addressOf(stage);
    const realAt = Date.now();
    clock.set(step);
    await pause(300);
    const after = await addressOf(stage);
    const newest = newestOf(await appliance.events());
    const off = Math.round((newest.at - realAt) / 60_000);
    mustBe(Math.abs(off) >= 1, `the program did not see the clock’s step: its newest event is ${off} minutes away`);
    mustBe(after === first, `the address was ${first}, and is ${after} after the step`);
    await appliance.kill();
    await stage.ready({ wrapper: clock.wrapper });
    const again = await addressOf(stage);
    mustBe(again === first, `the address was ${first}, and is ${again} after the restart`);
    clock.set(0);
    const back = await addressOf(stage);
    mustBe(back === first, `the address was ${first}, and is ${back} once the clock is right again`);
    await stage.healthy();
    return `${first} four times; the program’s clock was ${off} minutes off`;
  },
}));

async function addressOf(stage: Stage): Promise<string> {
  return (await stage.boots()).split(' ')[1] ?? '';
}

function newestOf(events: readonly BenchEvent[]): BenchEvent {
  const newest = events.toSorted((a, b) => b.seq - a.seq)[0];
  mustBe(newest !== undefined, 'there are no events');
  return newest;
}

export const stoppedCases: readonly ChaosCase[] = [
  {
    name: 'sigstop-60s',
    expected: 'a boot that was reading continues after a minute, every byte right; leases and services are as before',
    async run(stage) {
      const appliance = await stage.ready();
      const machine = stage.machine('iso');
      await machine.waitFor(/^hold/, 60_000, /^fault/);
      appliance.process.signal('SIGSTOP');
      await pause(STOPPED_MS);
      appliance.process.signal('SIGCONT');
      const said = await stage.boots(machine);
      await stage.healthy();
      return `${said}; then ${await stage.boots()}`;
    },
  },
];
