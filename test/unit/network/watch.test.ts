import { describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { nicChange, watchNic, type NicChange } from '../../../main-services/network/watch.ts';

const NIC: Nic = {
  name: 'lab0',
  mac: '52:54:00:00:00:01',
  index: 3,
  addresses: [{ address: '192.168.77.1', netmask: '255.255.255.0', linkLocal: false }],
  up: true,
  carrier: true,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
};

/** A clock whose only waiter is run by `tick`. */
function handClock(): Clock & { tick(): Promise<void>; waiting(): number | undefined } {
  let waiter: { ms: number; run: () => void } | undefined;
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    now: () => 0,
    monotonic: () => 0,
    after: (ms, run) => {
      waiter = { ms, run };
      return () => {
        waiter = undefined;
      };
    },
    waiting: () => waiter?.ms,
    tick: async () => {
      await settle();
      const due = waiter;
      waiter = undefined;
      due?.run();
      await settle();
    },
  };
}

function watched(): {
  world: { nic: Nic | undefined; lists: number };
  changes: (Nic | undefined)[];
  clock: ReturnType<typeof handClock>;
  stop: () => void;
} {
  const world = { nic: NIC as Nic | undefined, lists: 0 };
  const changes: (Nic | undefined)[] = [];
  const clock = handClock();
  const stop = watchNic('lab0', {
    clock,
    onChange: (nic) => changes.push(nic),
    fingerprint: () => JSON.stringify(world.nic ?? null),
    list: () => {
      world.lists++;
      return Promise.resolve(world.nic ? [world.nic] : []);
    },
  });
  return { world, changes, clock, stop };
}

describe('watchNic', () => {
  it('reports the state at the start, then nothing while nothing changes', async () => {
    const { changes, clock, world, stop } = watched();
    for (let turn = 0; turn < 5; turn++) await clock.tick();
    expect(changes).toEqual([NIC]);
    expect(world.lists).toBe(1);
    stop();
  });

  it('polls often enough to report a change within 300 ms', async () => {
    const { clock, stop } = watched();
    await clock.tick();
    expect(clock.waiting()).toBeLessThanOrEqual(250);
    stop();
  });

  it('reports a lost carrier, its return, a removed NIC and its return', async () => {
    const { changes, clock, world, stop } = watched();
    await clock.tick();
    for (const nic of [{ ...NIC, carrier: false }, NIC, undefined, { ...NIC, index: 9 }]) {
      world.nic = nic;
      await clock.tick();
    }
    expect(changes.map((nic) => (nic ? `${nic.index}${nic.carrier ? '' : ' no link'}` : 'gone'))).toEqual([
      '3',
      '3 no link',
      '3',
      'gone',
      '9',
    ]);
    stop();
  });

  it('is silent and waits for nothing after stop', async () => {
    const { changes, clock, world, stop } = watched();
    await clock.tick();
    stop();
    world.nic = undefined;
    await clock.tick();
    expect(changes).toHaveLength(1);
    expect(clock.waiting()).toBeUndefined();
  });
});

describe('nicChange reports', () => {
  const other = { address: '10.1.1.1', netmask: '255.255.255.0', linkLocal: false };
  const rows: [string, Nic | undefined, Nic | undefined, NicChange['kind'] | undefined, string?][] = [
    ['nothing when nothing differs', NIC, NIC, undefined],
    ['nothing when only the speed differs', NIC, { ...NIC, speed: 1000 }, undefined],
    ['a removed NIC', NIC, undefined, 'removed'],
    ['an added NIC', undefined, NIC, 'added'],
    ['an added NIC without a link', undefined, { ...NIC, carrier: false }, 'addedWithoutLink'],
    ['a replaced adapter', NIC, { ...NIC, index: 4 }, 'replaced'],
    ['a lost link', NIC, { ...NIC, carrier: false }, 'linkDown'],
    ['a link that returns', { ...NIC, carrier: false }, NIC, 'linkUp'],
    ['a disabled NIC', NIC, { ...NIC, up: false }, 'disabled'],
    ['a new address', NIC, { ...NIC, addresses: [other] }, 'newAddress', '10.1.1.1'],
    [
      'a lost address, 169.254 not counting',
      NIC,
      { ...NIC, addresses: [{ ...other, address: '169.254.3.4', linkLocal: true }] },
      'addressLost',
    ],
  ];
  it.each(rows)('%s', (_name, before, after, kind, named = 'lab0') => {
    const change = nicChange('lab0', before, after);
    expect(change?.kind).toBe(kind);
    if (change) expect(change.message).toContain(named);
  });
});
