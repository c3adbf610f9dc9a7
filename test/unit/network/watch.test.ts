import { describe, expect, it } from 'vitest';
import type { Nic } from '../../../contract/appliance.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { nicChange, watchNic } from '../../../main-services/network/watch.ts';

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
  heard: (Nic | undefined)[];
  clock: ReturnType<typeof handClock>;
  stop: () => void;
} {
  const world = { nic: NIC as Nic | undefined, lists: 0 };
  const heard: (Nic | undefined)[] = [];
  const clock = handClock();
  const stop = watchNic('lab0', {
    clock,
    onChange: (nic) => heard.push(nic),
    look: () => JSON.stringify(world.nic ?? null),
    list: () => {
      world.lists++;
      return Promise.resolve(world.nic ? [world.nic] : []);
    },
  });
  return { world, heard, clock, stop };
}

describe('watchNic', () => {
  it('tells the state at the start, then nothing while nothing changes', async () => {
    const { heard, clock, world, stop } = watched();
    for (let turn = 0; turn < 5; turn++) await clock.tick();
    expect(heard).toEqual([NIC]);
    expect(world.lists).toBe(1);
    stop();
  });

  it('looks often enough to hear a change within 300 ms', async () => {
    const { clock, stop } = watched();
    await clock.tick();
    expect(clock.waiting()).toBeLessThanOrEqual(250);
    stop();
  });

  it('tells a lost carrier, its return, a gone NIC and its return', async () => {
    const { heard, clock, world, stop } = watched();
    await clock.tick();
    for (const nic of [{ ...NIC, carrier: false }, NIC, undefined, { ...NIC, index: 9 }]) {
      world.nic = nic;
      await clock.tick();
    }
    expect(heard.map((nic) => (nic ? `${nic.index}${nic.carrier ? '' : ' no link'}` : 'gone'))).toEqual([
      '3',
      '3 no link',
      '3',
      'gone',
      '9',
    ]);
    stop();
  });

  it('is silent and waits for nothing after stop', async () => {
    const { heard, clock, world, stop } = watched();
    await clock.tick();
    stop();
    world.nic = undefined;
    await clock.tick();
    expect(heard).toHaveLength(1);
    expect(clock.waiting()).toBeUndefined();
  });
});

describe('nicChange says', () => {
  const other = { address: '10.1.1.1', netmask: '255.255.255.0', linkLocal: false };
  const rows: [string, Nic | undefined, Nic | undefined, string | undefined][] = [
    ['nothing when nothing differs', NIC, NIC, undefined],
    ['nothing when only the speed differs', NIC, { ...NIC, speed: 1000 }, undefined],
    ['that it is gone', NIC, undefined, 'lab0 is gone.'],
    ['that it is there', undefined, NIC, 'lab0 is there.'],
    ['that it came without a link', undefined, { ...NIC, carrier: false }, 'lab0 is there, without a link.'],
    ['that it was exchanged', NIC, { ...NIC, index: 4 }, 'lab0 was taken away and is back.'],
    ['that the link went', NIC, { ...NIC, carrier: false }, 'lab0 lost its link.'],
    ['that the link came', { ...NIC, carrier: false }, NIC, 'lab0 has a link again.'],
    ['that it was switched off', NIC, { ...NIC, up: false }, 'lab0 was switched off.'],
    ['a new address', NIC, { ...NIC, addresses: [other] }, 'lab0 now has the address 10.1.1.1.'],
    [
      'a lost address, 169.254 not counting',
      NIC,
      { ...NIC, addresses: [{ ...other, address: '169.254.3.4', linkLocal: true }] },
      'lab0 lost its address.',
    ],
  ];
  it.each(rows)('%s', (_name, before, after, sentence) => {
    expect(nicChange('lab0', before, after)).toBe(sentence);
  });
});
