import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../contract/inventory.ts';
import { LeaseTable } from '../../../main-services/dhcp/lease-table.ts';
import { poolFor } from '../../../main-services/dhcp/pool.ts';
import { dhcpFixture, MAC, NETMASK, SERVER } from './dhcp-fixture.ts';

const mac = (index: number): string => `52:54:00:88:01:0${index}`;
const term = { seconds: 60 };

describe('b7: the clock is set', () => {
  const YEAR = 365 * 86_400_000;

  it.each([-YEAR, -120_000, 120_000, YEAR])('by %d ms: who has an address has it as long as before, and then it is free', (step) => {
    const time = { now: 2 * YEAR, monotonic: 0 };
    const pool = poolFor({ address: SERVER, netmask: NETMASK }, ['192.168.88.100', '192.168.88.100']);
    const clock = { now: () => time.now, monotonic: () => time.monotonic };
    const table = new LeaseTable({ pool, reservedBy: () => undefined, isHost: () => true, leases: [], ...clock });
    table.bind(mac(1), '192.168.88.100', { seconds: 600 });
    time.now += step;
    expect(table.moveTimes(step)).toMatchObject([{ kind: 'put', lease: { expiresAt: time.now + 600_000 } }]);
    time.now += 599_000;
    expect(table.choose(mac(2), {})).toMatchObject({ kind: 'full' });
    time.now += 1000;
    expect(table.choose(mac(2), {})).toMatchObject({ kind: 'address', ip: '192.168.88.100' });
  });
});

describe('which address a machine gets', () => {
  it('its reservation, inside or outside the pool', () => {
    const { table } = dhcpFixture({ reservations: { '192.168.88.20': MAC, '192.168.88.101': mac(1) } });
    expect(table.choose(MAC, { reserved: '192.168.88.20' })).toMatchObject({ ip: '192.168.88.20', probe: true });
    expect(table.choose(mac(1), { reserved: '192.168.88.101' })).toMatchObject({ ip: '192.168.88.101' });
  });

  it('never one that is reserved for another machine', () => {
    const { table } = dhcpFixture({ reservations: { '192.168.88.100': mac(1), '192.168.88.102': mac(2) } });
    const given = [3, 4].map((index) => {
      const choice = table.choose(mac(index), { requested: '192.168.88.100' });
      if (choice.kind === 'address') table.offer(mac(index), choice.ip);
      return choice;
    });
    expect(given).toMatchObject([{ ip: '192.168.88.101' }, { ip: '192.168.88.103' }]);
    expect(table.choose(mac(5), {}).kind).toBe('full');
  });

  it('a pool address while its reservation is still leased to another, with the reason', () => {
    const { table } = dhcpFixture({ reservations: { '192.168.88.20': MAC } });
    table.bind(mac(1), '192.168.88.20', term);
    const choice = table.choose(MAC, { reserved: '192.168.88.20' });
    expect(choice).toMatchObject({ ip: '192.168.88.100' });
    expect(choice.reason).toMatch(/leased to 52:54:00:88:01:01/);
  });

  it('never Bootbench’s own address, not even by a reservation', () => {
    const { table } = dhcpFixture({ reservations: { [SERVER]: MAC } });
    const choice = table.choose(MAC, { reserved: SERVER });
    expect(choice).toMatchObject({ ip: '192.168.88.100' });
    expect(choice.reason).toContain(SERVER);
    expect(table.mayHave(MAC, SERVER, { reserved: SERVER })).toMatchObject({ ok: false });
  });

  it('the one that it had, even when the lease is over; without a conflict probe', () => {
    const { table, time } = dhcpFixture();
    table.bind(MAC, '192.168.88.102', term);
    time.now += 3_600_000;
    expect(table.choose(MAC, {})).toMatchObject({ ip: '192.168.88.102', probe: false });
  });

  it('the one that it asks for, if that is free; with a conflict probe', () => {
    const { table } = dhcpFixture();
    expect(table.choose(MAC, { requested: '192.168.88.103' })).toMatchObject({ ip: '192.168.88.103', probe: true });
    expect(table.choose(MAC, { requested: '10.0.0.1' })).toMatchObject({ ip: '192.168.88.100' });
  });

  it('b9: not one that another machine had, while others are free, though it asks for that after a forged RELEASE', () => {
    const { table } = dhcpFixture();
    table.bind(MAC, '192.168.88.102', term);
    table.release(MAC, '192.168.88.102');
    expect(table.choose(mac(1), { requested: '192.168.88.102' })).toMatchObject({ ip: '192.168.88.100' });
    expect(table.mayHave(mac(1), '192.168.88.102')).toMatchObject({ ok: false });
    expect(table.mayHave(MAC, '192.168.88.102')).toMatchObject({ ok: true });
  });

  it('the same again while an offer stands, and another machine does not get that', () => {
    const { table, time } = dhcpFixture();
    table.offer(MAC, '192.168.88.100');
    expect(table.choose(MAC, {})).toMatchObject({ ip: '192.168.88.100', probe: false });
    expect(table.choose(mac(1), { requested: '192.168.88.100' })).toMatchObject({ ip: '192.168.88.101' });
    time.now += 60_001;
    expect(table.offerOf(MAC)).toBeUndefined();
    expect(table.choose(mac(1), { requested: '192.168.88.100' })).toMatchObject({ ip: '192.168.88.100' });
  });

  it('of those used before, the one unused for the longest time', () => {
    const { table, time } = dhcpFixture();
    [3, 1, 2, 4].forEach((index) => {
      table.bind(mac(index), `192.168.88.10${index - 1}`, term);
      time.now += 1000;
    });
    time.now += 600_000;
    expect(table.choose(MAC, {})).toMatchObject({ ip: '192.168.88.102', probe: true });
  });

  it('none when the pool is used up; the search ends', () => {
    const { table } = dhcpFixture();
    [1, 2, 3, 4].forEach((index) => table.bind(mac(index), `192.168.88.10${index - 1}`, term));
    expect(table.choose(MAC, {})).toMatchObject({ kind: 'full' });
  });
});

describe('what the table keeps', () => {
  it('one lease for each machine: the old row goes', () => {
    const { table } = dhcpFixture();
    table.bind(MAC, '192.168.88.100', term);
    const changes = table.bind(MAC, '192.168.88.101', term);
    expect(changes).toMatchObject([
      { kind: 'remove', ip: '192.168.88.100' },
      { kind: 'put', lease: { ip: '192.168.88.101', state: 'bound' } },
    ]);
  });

  it('a declined address is not a lease of any machine', () => {
    const { table } = dhcpFixture();
    table.bind(MAC, '192.168.88.100', term);
    expect(table.decline(MAC, '192.168.88.100')).toMatchObject([{ lease: { state: 'declined' } }]);
    expect(table.of(MAC)).toBeUndefined();
    expect(table.lastHolder('192.168.88.100')).toBeUndefined();
  });

  it('b9: the machine that the probe found using an address', () => {
    const { table } = dhcpFixture();
    table.offer(MAC, '192.168.88.100');
    expect(table.decline(MAC, '192.168.88.100', mac(5))).toMatchObject([{ lease: { mac: mac(5), state: 'declined' } }]);
    expect(table.offerOf(MAC)).toBeUndefined();
  });

  it('what was on disk at start', () => {
    const lease: Lease = { ip: '192.168.88.103', mac: MAC, state: 'bound', startedAt: 1, expiresAt: 9_000_000 };
    const { table } = dhcpFixture({ leases: [lease] });
    expect(table.of(MAC)).toEqual(lease);
    expect(table.mayHave(mac(1), '192.168.88.103')).toMatchObject({ ok: false });
  });
});

describe('whatever happens', () => {
  const machine = fc.nat(6).map(mac);
  const ip = fc.integer({ min: 100, max: 103 }).map((last) => `192.168.88.${last}`);
  const step = fc.oneof(
    fc.record({ do: fc.constant('discover' as const), mac: machine, requested: fc.option(ip, { nil: undefined }) }),
    fc.record({ do: fc.constant('request' as const), mac: machine, ip }),
    fc.record({ do: fc.constant('take' as const), mac: machine }),
    fc.record({ do: fc.constant('release' as const), mac: machine, ip }),
    fc.record({ do: fc.constant('decline' as const), mac: machine, ip }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.nat(90_000) }),
  );

  it('no address is leased to two machines, no machine has two addresses, and the rows agree with the table', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const reservations: Record<string, string> = { '192.168.88.103': mac(6) };
        const reservedIp = (of: string): string | undefined => (of === mac(6) ? '192.168.88.103' : undefined);
        const time = { now: 1000 };
        const pool = poolFor({ address: SERVER, netmask: NETMASK }, ['192.168.88.100', '192.168.88.103']);
        const table = new LeaseTable({
          pool,
          reservedBy: (at) => reservations[at],
          isHost: (who) => who === mac(0),
          now: () => time.now,
          monotonic: () => time.now,
          leases: [],
        });
        const rows = new Map<string, Lease>();
        const keep = (changes: ReturnType<typeof table.bind>): void => {
          for (const change of changes) {
            if (change.kind === 'put') rows.set(change.lease.ip, change.lease);
            else rows.delete(change.ip);
          }
        };
        const bind = (who: string, at: string): void => {
          if (!table.mayHave(who, at, { reserved: reservedIp(who) }).ok) return;
          const holder = [...rows.values()].find((row) => row.ip === at && row.state === 'bound' && row.expiresAt > time.now);
          expect(holder === undefined || holder.mac === who).toBe(true);
          keep(table.bind(who, at, term));
        };
        for (const each of steps) {
          if (each.do === 'wait') time.now += each.ms;
          if (each.do === 'discover') {
            const choice = table.choose(each.mac, { reserved: reservedIp(each.mac), requested: each.requested });
            if (choice.kind === 'address') table.offer(each.mac, choice.ip);
          }
          if (each.do === 'request') bind(each.mac, each.ip);
          if (each.do === 'take') bind(each.mac, table.offerOf(each.mac) ?? '192.168.88.100');
          if (each.do === 'release') keep(table.release(each.mac, each.ip));
          if (each.do === 'decline' && (table.of(each.mac)?.ip === each.ip || table.offerOf(each.mac) === each.ip)) {
            keep(table.decline(each.mac, each.ip));
          }
          const bound = [...rows.values()].filter((row) => row.state === 'bound' && row.expiresAt > time.now);
          expect(new Set(bound.map((row) => row.mac)).size).toBe(bound.length);
          for (const row of bound) expect(table.of(row.mac)).toEqual(row);
        }
      }),
      { numRuns: 500 },
    );
  });
});
