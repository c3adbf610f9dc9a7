import { afterEach, describe, expect, it } from 'vitest';
import { BootbenchError } from '../../../../contract/errors.ts';
import type { BmcProvider } from '../../../../main-services/bmc/provider.ts';
import type { RedfishTiming } from '../../../../main-services/bmc/redfish/http/timing.ts';
import { connectFakeBmc, endBmcs, QUICK } from './redfish-client.ts';

afterEach(endBmcs);

const HURRIED: RedfishTiming = {
  ...QUICK,
  retries: {
    ...QUICK.retries,
    busyRead: { times: 1, pause: 1 },
    cutRead: { times: 2, pause: 1 },
    sickMember: { times: 2, pause: 1 },
    powerRefusal: { times: 1, pause: 1 },
    notReady: { times: 1, first: 1, last: 1 },
  },
  power: { settle: 20, poll: 5 },
  media: { verify: 10, eject: 10, poll: 5, serviceStart: 1, serviceRestart: 50 },
  boot: { verify: 10, poll: 5 },
};

const JUNK: readonly unknown[] = [
  null,
  0,
  -1,
  '',
  'x',
  true,
  [],
  {},
  [[]],
  [null, 7, { '@odata.id': 7 }],
  { '@odata.id': '/redfish/v1' },
  { '@odata.id': 'http://203.0.113.1/redfish/v1/Systems' },
  { '@odata.id': 'http://[' },
  '\\u0000\n',
  'A'.repeat(10_000),
  1e308,
];

/** A small generator of our own, so that a failure can be seen again. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

/** Puts junk in place of members, at any depth. */
function spoil(value: unknown, dice: (below: number) => number): void {
  if (typeof value !== 'object' || value === null) return;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    if (dice(25) === 0) holder[key] = JUNK[dice(JUNK.length)];
    else spoil(holder[key], dice);
  }
}

const CALLS: readonly ((client: BmcProvider) => Promise<unknown>)[] = [
  (client) => client.identify(),
  (client) => client.health(),
  (client) => client.slots(),
  (client) => client.insert('http://10.0.0.1/iso/x.iso'),
  (client) => client.ejectAll(),
  (client) => client.bootOnce('cdrom', { efi: true }),
  (client) => client.clearBoot(),
  (client) => client.powerCycle(),
  (client) => client.identifyLed(true),
];

describe.each(['dell', 'hpe', 'supermicro', 'lenovo', 'ami'] as const)('a BMC like %s that sends junk', (profile) => {
  it('ends every call with a result or a sentence', async () => {
    const failed = new Set<string>();
    for (let seed = 1; seed <= 12; seed += 1) {
      const { bmc, client } = await connectFakeBmc({ profile, faults: { settle: 0 } }, { timing: HURRIED });
      const dice = random(seed * 7919);
      for (const path of bmc.paths()) if (path !== '/redfish/v1') spoil(bmc.doc(path), dice);
      for (const call of CALLS) {
        const outcome = await call(client).then(
          () => undefined,
          (error: unknown) => error,
        );
        if (outcome === undefined) continue;
        const error = outcome instanceof BootbenchError ? outcome : undefined;
        expect(error?.code, `seed ${seed}: ${error?.message ?? 'not a sentence'}`).toMatch(/^E_BMC_/);
        expect(error?.message.length).toBeLessThan(1_500);
        failed.add(error?.message ?? '');
      }
    }
    // The junk is met, not passed by.
    expect(failed.size).toBeGreaterThan(2);
  });
});
