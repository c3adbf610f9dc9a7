import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent } from '../../contract/appliance.ts';
import type { ApplianceOptions } from '../lab/appliance.ts';
import { pause } from '../lab/process.ts';
import { mustBe, type ChaosCase, type Stage } from './case.ts';

export const FAKETIME = '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1';
const STEPS = ['+2m', '-2m', '+5h', '-5h', '+3y', '-3y'] as const;
const STOPPED_MS = 60_000;

/** Debian's libfaketime in front of the real program: its wall clock is set while it runs, its monotonic clock is left alone. */
function withFakeClock(stage: Stage): Partial<ApplianceOptions> {
  const clock = {
    LD_PRELOAD: FAKETIME,
    FAKETIME_TIMESTAMP_FILE: clockFile(stage),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
  return { wrapper: ['env', ...Object.entries(clock).map(([key, value]) => `${key}=${value}`)] };
}

function clockFile(stage: Stage): string {
  return join(stage.bench.dir, 'clock');
}

export const clockCases: readonly ChaosCase[] = STEPS.map((step) => ({
  name: `clock ${step}`,
  expected: 'the machine boots with the same address; events keep their order; after kill -9 and a start all of it again',
  async run(stage) {
    mustBe(existsSync(FAKETIME), 'Debian’s package faketime is not installed (npm run setup:lab)');
    writeFileSync(clockFile(stage), '+0\n');
    const appliance = await stage.ready(withFakeClock(stage));
    const first = await addressOf(stage);
    const realAt = Date.now();
    writeFileSync(clockFile(stage), `${step}\n`);
    await pause(300);
    const after = await addressOf(stage);
    const newest = newestOf(await appliance.events());
    const off = Math.round((newest.at - realAt) / 60_000);
    mustBe(Math.abs(off) >= 1, `the program did not see the clock’s step: its newest event is ${off} minutes away`);
    mustBe(after === first, `the address was ${first}, and is ${after} after the step`);
    await appliance.kill();
    await stage.ready(withFakeClock(stage));
    const again = await addressOf(stage);
    mustBe(again === first, `the address was ${first}, and is ${again} after the restart`);
    writeFileSync(clockFile(stage), '+0\n');
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
