import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../contract/runtime.ts';
import { connectFakeBmc, endBmcs } from './redfish-client.ts';

const ISO = 'http://10.0.0.1:8080/iso/52-54-00-12-34-56/ab12cd34/rocky.iso';

afterEach(endBmcs);

/** Time that passes by waiting only: a minute of patience takes a moment. */
function waitingClock(): Clock {
  let now = Date.UTC(2026, 0, 1, 10, 2, 11);
  return {
    now: () => now,
    monotonic: () => now,
    after: (ms, run) => {
      const timer = setTimeout(() => {
        now += ms;
        run();
      }, 0);
      return () => {
        clearTimeout(timer);
      };
    },
  };
}

async function sentence(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it did not fail',
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
}

/** The real patience: no wait of the client is outside the injected clock. */
describe('how long the client waits', () => {
  const real = { clock: waitingClock(), timing: {} };

  it('90 s for power', async () => {
    const { client } = await connectFakeBmc({ profile: 'hpe', faults: { settle: Number.POSITIVE_INFINITY } }, real);
    expect(await sentence(client.powerOff())).toMatch(/^Power off .* \d\d:\d\d:\d\d; .* on after 90 s\. \(\/redfish\/v1\/Systems\/1\)$/);
  });

  it('a minute for a BMC that refuses to power on', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', faults: { settle: 0 } }, real);
    await client.powerOff();
    bmc.faults.refuseOn = 6;
    await client.powerOn();
    await client.powerOff();
    bmc.faults.refuseOn = 7;
    expect(await sentence(client.powerOn())).toContain('The BMC still refuses power on after 60 s; the machine is off.');
  });

  it('30 s for a medium, in two slots at most', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'lenovo', faults: { lyingInsert: true } }, real);
    expect(await sentence(client.insert(ISO))).toContain(`The BMC accepted ${ISO}, but 30 s later its slot EXT1 is empty.`);
    expect(new Set(bmc.changes().map(({ path }) => path)).size).toBe(2);
  });

  it('half a minute for a busy BMC', async () => {
    const { bmc, client } = await connectFakeBmc({ profile: 'dell', faults: { busy: 10 } }, real);
    expect(await client.powerStatus()).toBe('on');
    bmc.faults.busy = 11;
    expect(await sentence(client.powerStatus())).toContain('The BMC is too busy');
  });
});
