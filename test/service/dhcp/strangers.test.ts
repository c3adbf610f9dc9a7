import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock, type Clock } from '../../../contract/runtime.ts';
import { leaseRows } from '../../../db/leases.ts';
import { hostInput, openData } from '../../fixtures/data-fixture.ts';
import { names, request, wants } from '../../unit/dhcp/dhcp-fixture.ts';
import { openBootFixture } from '../boot/boot-fixture.ts';
import { bindingTo, Machine, SERVER, serviceBench } from './loopback.ts';

const HOST = '52:54:00:88:00:02';
const RESERVED = '127.0.1.200';
const stranger = (index: number): string =>
  `02:00:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;
const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** DHCP over the real boot service and inventory, in one database, with a host. */
async function served(pool: [string, string] = ['127.0.2.0', '127.0.9.255'], options: { clock?: Clock } = {}) {
  const data = openData();
  const { boot, inventory, library } = openBootFixture(data, { leases: new Map(), neighbours: new Map(), routed: 'refuse' });
  onTestFinished(async () => {
    await library.close();
    data.dispose();
  });
  inventory.addHost(hostInput('rack1', HOST, { ip: RESERVED }));
  const bench = await serviceBench({ pool }, { boot, db: data.db, ...options });
  await bench.service.start(bindingTo());
  return { ...bench, db: data.db, inventory, machine: await Machine.at(bench.ports.client) };
}

describe('b5: 4,000 unknown machines in two seconds', () => {
  it('a host gets each of its replies meanwhile', async () => {
    const { machine, ports, limited, inventory } = await served();
    const times: number[] = [];
    for (let index = 0; index < 4000; index += 1) {
      machine.send(request({ client: 'uefi', mac: stranger(index), xid: index }), ports.server);
      if (index % 10 === 0) await turn();
      if (index % 200 !== 199) continue;
      const sentAt = performance.now();
      const xid = 1_000_000 + index;
      machine.send(request({ client: 'uefi', mac: HOST, xid }), ports.server);
      const offer = await machine.hear(xid);
      expect(offer?.yiaddr).toBe(RESERVED);
      machine.send(
        request({ client: 'uefi', mac: HOST, xid: xid + 1, type: 'REQUEST', with: [wants(RESERVED), names(SERVER)] }),
        ports.server,
      );
      expect((await machine.hear(xid + 1))?.yiaddr).toBe(RESERVED);
      times.push(performance.now() - sentAt);
    }
    expect(times).toHaveLength(20);
    // The computer that tests may be busy; a stranger must not cost a sync of the disk each.
    expect(times.sort((a, b) => a - b)[10]).toBeLessThan(250);
    expect(new Set(limited)).toEqual(new Set(['lo']));
    expect(inventory.listDiscovered().length).toBeLessThanOrEqual(2000);
  });

  it('cost a bounded number of transactions, whether they request their address or not', async () => {
    const { machine, ports, db } = await served(undefined, { clock: systemClock });
    let transactions = 0;
    db.onChanges(() => (transactions += 1));
    const startedAt = performance.now();
    for (let index = 0; index < 600; index += 1) {
      machine.send(request({ client: 'uefi', mac: stranger(index), xid: index }), ports.server);
      if (index % 5 === 0) await turn();
      const offer = await machine.hear(index, 1);
      if (!offer) continue;
      const chosen = [wants(offer.yiaddr), names(SERVER)];
      machine.send(request({ client: 'uefi', mac: stranger(index), xid: index, type: 'REQUEST', with: chosen }), ports.server);
    }
    await turn();
    const seconds = (performance.now() - startedAt) / 1000;
    // Of the list of unknown machines four a second, of leases ten.
    expect(transactions).toBeGreaterThan(0);
    expect(transactions / (seconds + 0.25)).toBeLessThan(20);
  }, 30_000);
});

it('b5: an unknown machine that is alone gets its address without delay, and it is on disk before', async () => {
  const { machine, ports, db } = await served();
  const offer = await machine.ask(request({ client: 'os', mac: stranger(1), xid: 1 }), ports.server);
  const sentAt = performance.now();
  const chosen = [wants(offer.yiaddr), names(SERVER)];
  await machine.ask(request({ client: 'os', mac: stranger(1), xid: 2, type: 'REQUEST', with: chosen }), ports.server);
  expect(performance.now() - sentAt).toBeLessThan(1000);
  expect(leaseRows(db).byIp(offer.yiaddr)).toMatchObject({ mac: stranger(1), state: 'bound' });
});

describe('b5: a pool that forged MACs have filled', () => {
  const fill = async (machine: Machine, port: number): Promise<void> => {
    for (let index = 0; index < 8; index += 1) await machine.ask(request({ mac: stranger(index), xid: index }), port);
    machine.send(request({ mac: stranger(99), xid: 99 }), port);
    expect(await machine.hear(99, 200)).toBeUndefined();
  };

  it('leaves a host its reservation', async () => {
    const { machine, ports } = await served(['127.0.1.10', '127.0.1.17']);
    await fill(machine, ports.server);
    const offer = await machine.ask(request({ mac: HOST, xid: 1000 }), ports.server);
    expect(offer.yiaddr).toBe(RESERVED);
  });

  it('gives a host without a reservation the address of an offer that is not requested', async () => {
    const { machine, ports, inventory } = await served(['127.0.1.10', '127.0.1.17']);
    await fill(machine, ports.server);
    inventory.addHost(hostInput('rack2', '52:54:00:88:00:03'));
    const offer = await machine.ask(request({ mac: '52:54:00:88:00:03', xid: 1000 }), ports.server);
    expect(offer.yiaddr).toBe('127.0.1.10');
  });
});

it('b5: while unknown machines send too much, their leases are short; those of hosts are not', async () => {
  const { machine, ports, limited } = await served();
  const secondsOf = async (mac: string, xid: number): Promise<number> => {
    const offer = await machine.ask(request({ mac, xid }), ports.server);
    return Buffer.from(offer.options.get(51) ?? []).readUInt32BE();
  };
  const usual = await secondsOf(stranger(60_000), 90_000);
  for (let index = 0; limited.length === 0; index += 1) {
    machine.send(request({ mac: stranger(index), xid: index }), ports.server);
    if (index % 20 === 0) await turn();
  }
  expect(await secondsOf(HOST, 90_001)).toBe(usual);
  await expect.poll(() => secondsOf(stranger(60_000), Math.floor(Math.random() * 2 ** 31)), { timeout: 5000 }).toBe(300);
});
