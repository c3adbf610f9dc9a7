import { afterEach, describe, expect, it } from 'vitest';
import type { BmcProvider } from '../../../../main-services/bmc/provider.ts';
import type { FakeBmc } from '../../../fixtures/redfish-bmc/fake-bmc.ts';
import { profile } from '../../../fixtures/redfish-bmc/profiles.ts';
import { connectFakeBmc, endBmcs } from './redfish-client.ts';

afterEach(endBmcs);

type Changing = 'PoweringOn' | 'PoweringOff';

/** A machine whose power is still changing when Bootbench asks, as after a restart during a power request. */
async function found(state: Changing): Promise<{ bmc: FakeBmc; client: BmcProvider }> {
  const fake = profile('dell');
  const { bmc, client } = await connectFakeBmc({ profile: fake });
  await client.identify();
  const system = bmc.doc(fake.system);
  const end = state === 'PoweringOn' ? 'On' : 'Off';
  system.PowerState = state;
  setTimeout(() => {
    // What was requested meanwhile replaced it.
    if (system.PowerState === state) system.PowerState = end;
  }, 80);
  return { bmc, client };
}

const CALLS: Record<string, (client: BmcProvider) => Promise<void>> = {
  on: (client) => client.powerOn(),
  off: (client) => client.powerOff(),
  'graceful off': (client) => client.gracefulOff(1000),
  cycle: (client) => client.powerCycle(),
  reset: (client) => client.reset(),
};

describe('power that is still changing is waited for, then decided on', () => {
  it.each<[string, Changing, string[], string]>([
    ['on', 'PoweringOn', [], 'On'],
    ['on', 'PoweringOff', ['On'], 'On'],
    ['off', 'PoweringOn', ['ForceOff'], 'Off'],
    ['off', 'PoweringOff', [], 'Off'],
    ['graceful off', 'PoweringOn', ['GracefulShutdown'], 'Off'],
    ['graceful off', 'PoweringOff', [], 'Off'],
    ['cycle', 'PoweringOn', ['ForceOff', 'On'], 'On'],
    ['cycle', 'PoweringOff', ['On'], 'On'],
    ['reset', 'PoweringOn', ['ForceRestart'], 'On'],
    ['reset', 'PoweringOff', ['On'], 'On'],
  ])('%s while %s: %j, then %s', async (call, state, resets, end) => {
    const { bmc, client } = await found(state);
    await CALLS[call]!(client);
    expect([...new Set(bmc.changes().map(({ body }) => body.ResetType))]).toEqual(resets);
    expect(bmc.power()).toBe(end);
    expect(bmc.starts.length).toBe(resets.some((type) => ['On', 'ForceRestart'].includes(type)) ? 1 : 0);
  });

  it('a shutdown that hangs is ended by force', async () => {
    const fake = profile('dell');
    const { bmc, client } = await connectFakeBmc({ profile: fake });
    await client.identify();
    const system = bmc.doc(fake.system);
    bmc.faults.instead.set(fake.system, (doc) => ({
      status: 200,
      body: { ...doc, PowerState: system.PowerState === 'On' ? 'PoweringOff' : system.PowerState },
    }));
    await client.powerOff();
    expect(bmc.changes().map(({ body }) => body.ResetType)).toEqual(['ForceOff']);
  });
});
