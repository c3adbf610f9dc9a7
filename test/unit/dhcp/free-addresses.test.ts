import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../contract/inventory.ts';
import { ipv4ToNumber, numberToIpv4 } from '../../../contract/primitives.ts';
import { AddressSet } from '../../../main-services/dhcp/address-set.ts';
import { ExpiryQueue } from '../../../main-services/dhcp/expiry-queue.ts';
import { LeaseTable } from '../../../main-services/dhcp/lease-table.ts';
import { OFFER_MS, STRANGER_OFFER_MS } from '../../../main-services/dhcp/offers.ts';
import { inPool, type Pool } from '../../../main-services/dhcp/pool.ts';

const FIRST = ipv4ToNumber('10.0.0.10');
const machine = (index: number): string =>
  `52:54:00:00:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}`;

describe('b5: the set of addresses that were never used', () => {
  it('has the members of a plain set, and finds the next one as a search does', () => {
    const sizes = fc.constantFrom(1, 31, 32, 33, 1024, 1025, 40_000);
    const steps = fc.array(fc.record({ add: fc.boolean(), member: fc.nat(40_000), from: fc.nat(40_000) }), { maxLength: 80 });
    fc.assert(
      fc.property(sizes, steps, (size, all) => {
        const [set, plain] = [new AddressSet(size), new Set<number>()];
        for (const step of all) {
          const [member, from] = [step.member % size, step.from % (size + 1)];
          if (step.add) {
            set.add(member);
            plain.add(member);
          } else {
            set.delete(member);
            plain.delete(member);
          }
          const sorted = [...plain].sort((a, b) => a - b);
          expect(set.next(from)).toBe(sorted.find((each) => each >= from) ?? sorted[0]);
          expect(set.has(member)).toBe(step.add);
        }
      }),
    );
  });
});

describe('b5: the queue of addresses by the end of their lease', () => {
  it('has the earliest first, whatever was set and taken out before', () => {
    const steps = fc.array(fc.record({ place: fc.nat(7), at: fc.option(fc.nat(20), { nil: undefined }) }), { maxLength: 400 });
    fc.assert(
      fc.property(steps, (all) => {
        const [queue, plain] = [new ExpiryQueue(8), new Map<number, number>()];
        for (const { place, at } of all) {
          queue.set(place, at);
          if (at === undefined) plain.delete(place);
          else plain.set(place, at);
          const first = queue.first();
          expect(first?.at).toBe(plain.size === 0 ? undefined : Math.min(...plain.values()));
          if (first) expect(plain.get(first.place)).toBe(first.at);
        }
      }),
    );
  });
});

/** What the table did before it had indexes: every address and every lease, each time. */
function naiveChoice(table: LeaseTable, pool: Pool, leases: ReadonlyMap<string, Lease>, mac: string, cursor: number) {
  const size = pool.last - pool.first + 1;
  const isFree = (ip: string): boolean => {
    const lease = table.at(ip);
    const offered = table.offeredTo(ip);
    const leased = lease !== undefined && lease.expiresAt > table.now() && (lease.state === 'declined' || lease.mac !== mac);
    return inPool(pool, ip) && !leased && (offered === undefined || offered === mac) && table.reservedBy(ip) === undefined;
  };
  for (const known of [table.offerOf(mac), table.of(mac)?.ip]) if (known !== undefined && isFree(known)) return { ip: known };
  const walked = Array.from({ length: size }, (_each, step) => numberToIpv4(pool.first + ((cursor + step) % size)));
  const neverUsed = walked.find((ip) => table.at(ip) === undefined && isFree(ip));
  if (neverUsed !== undefined) return { ip: neverUsed };
  const ended = [...leases.values()].filter(({ ip }) => isFree(ip));
  return ended.length === 0 ? undefined : { endedAt: Math.min(...ended.map(({ expiresAt }) => expiresAt)) };
}

describe('b5: the address that a machine gets', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('discover' as const), of: fc.nat(9) }),
    fc.record({ do: fc.constant('take' as const), of: fc.nat(9), seconds: fc.constantFrom(1, 30, 60, 3600) }),
    fc.record({ do: fc.constant('release' as const), of: fc.nat(9) }),
    fc.record({ do: fc.constant('decline' as const), of: fc.nat(9) }),
    fc.record({ do: fc.constant('free' as const), place: fc.nat(6) }),
    fc.record({ do: fc.constant('reserve' as const), place: fc.nat(6), by: fc.option(fc.nat(9), { nil: undefined }) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.oneof(fc.nat(25_000), fc.nat(700_000)) }),
    fc.record({ do: fc.constant('clock is set back' as const), ms: fc.nat(100_000) }),
  );

  it('is the one that a search of all addresses and leases finds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const time = { now: 10_000_000, steady: 0 };
        const pool: Pool = { first: FIRST, last: FIRST + 6, without: FIRST + 3 };
        const reservations = new Map<string, string>();
        const table = new LeaseTable({
          pool,
          reservedBy: (ip) => reservations.get(ip),
          isHost: () => false,
          now: () => time.now,
          monotonic: () => time.steady,
          leases: [],
        });
        const rows = new Map<string, Lease>();
        const keep = (changes: ReturnType<typeof table.bind>): void => {
          for (const change of changes) {
            if (change.kind === 'put') rows.set(change.lease.ip, change.lease);
            else rows.delete(change.ip);
          }
        };
        let cursor = 0;
        const choose = (mac: string): string | undefined => {
          const expected = naiveChoice(table, pool, rows, mac, cursor);
          const choice = table.choose(mac, {});
          if (choice.kind === 'full') {
            expect(expected).toBeUndefined();
            return undefined;
          }
          if (expected?.ip === undefined) expect(rows.get(choice.ip)?.expiresAt).toBe(expected?.endedAt);
          else expect(choice.ip).toBe(expected.ip);
          if (choice.basis === 'never-used') cursor = ipv4ToNumber(choice.ip) - pool.first + 1;
          return choice.ip;
        };
        for (const each of steps) {
          if (each.do === 'wait') {
            time.now += each.ms;
            time.steady += each.ms;
          }
          if (each.do === 'clock is set back') time.now -= each.ms;
          if (each.do === 'discover') {
            const ip = choose(machine(each.of));
            if (ip !== undefined) table.offer(machine(each.of), ip);
          }
          if (each.do === 'take') {
            const ip = choose(machine(each.of));
            if (ip !== undefined) keep(table.bind(machine(each.of), ip, { seconds: each.seconds }));
          }
          if (each.do === 'release') keep(table.release(machine(each.of), table.of(machine(each.of))?.ip ?? ''));
          if (each.do === 'decline') {
            const ip = table.of(machine(each.of))?.ip ?? table.offerOf(machine(each.of));
            if (ip !== undefined) keep(table.decline(machine(each.of), ip));
          }
          if (each.do === 'free') keep(table.free(numberToIpv4(FIRST + each.place)));
          if (each.do === 'reserve') {
            if (each.by === undefined) reservations.delete(numberToIpv4(FIRST + each.place));
            else reservations.set(numberToIpv4(FIRST + each.place), machine(each.by));
            table.hostsChanged();
          }
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('b5: a pool of 65,536 addresses', () => {
  const pool: Pool = { first: FIRST, last: FIRST + 65_535, without: FIRST - 9 };
  const all = (lease: Partial<Lease>): Lease[] =>
    Array.from({ length: 65_536 }, (_each, index) => ({
      ip: numberToIpv4(FIRST + index),
      mac: `52:54:01:${(index >> 8).toString(16).padStart(2, '0')}:${(index & 255).toString(16).padStart(2, '0')}:01`,
      state: 'bound',
      startedAt: 1,
      expiresAt: 1_000_000_000 + index,
      ...lease,
    }));
  const tableOf = (leases: Lease[], reservedBy: (ip: string) => string | undefined = () => undefined) => {
    const time = { now: 1000 };
    return {
      time,
      table: new LeaseTable({ pool, reservedBy, isHost: () => false, now: () => time.now, monotonic: () => time.now, leases }),
    };
  };

  it.each([
    ['all leased', all({}), () => undefined, undefined],
    ['all in quarantine', all({ state: 'declined' }), () => undefined, undefined],
    ['all reserved', [], (ip: string) => ip, undefined],
    ['the last one free', all({}).slice(0, -1), () => undefined, numberToIpv4(FIRST + 65_535)],
  ] as [string, Lease[], (ip: string) => string | undefined, string | undefined][])(
    '%s: 2,000 machines ask and it costs microseconds each',
    (_name, leases, reservedBy, expected) => {
      const { table } = tableOf(leases, reservedBy);
      table.choose(machine(0), {});
      const startedAt = performance.now();
      for (let index = 0; index < 2000; index += 1) {
        const choice = table.choose(machine(index), {});
        expect(choice.kind === 'address' ? choice.ip : undefined).toBe(expected);
      }
      // A search takes 10 ms and more for each.
      expect((performance.now() - startedAt) / 2000).toBeLessThan(0.5);
    },
  );

  it('leases that have ended are used again, the one that ended first', () => {
    const { table, time } = tableOf(all({}));
    time.now = 1_000_000_003;
    const given = [0, 1, 2, 3, 4].map((index) => {
      const choice = table.choose(machine(index), {});
      if (choice.kind === 'address') table.offer(machine(index), choice.ip);
      return choice.kind === 'address' ? choice.ip : undefined;
    });
    expect(given).toEqual([...[0, 1, 2, 3].map((index) => numberToIpv4(FIRST + index)), undefined]);
  });
});

describe('b5: offers that are not requested', () => {
  const pool: Pool = { first: FIRST, last: FIRST + 1, without: FIRST - 9 };
  const host = machine(7);
  const full = () => {
    const time = { now: 1000 };
    const table = new LeaseTable({
      pool,
      reservedBy: () => undefined,
      isHost: (mac) => mac === host,
      now: () => time.now,
      monotonic: () => time.now,
      leases: [],
    });
    for (const index of [1, 2]) {
      const choice = table.choose(machine(index), {});
      if (choice.kind === 'address') table.offer(machine(index), choice.ip);
    }
    return { table, time };
  };

  it('of strangers end after 20 s, of hosts after a minute', () => {
    const { table, time } = full();
    expect(table.choose(machine(3), {}).kind).toBe('full');
    time.now += STRANGER_OFFER_MS;
    expect(table.choose(machine(3), {})).toMatchObject({ kind: 'address' });
    table.offer(host, '10.0.0.10');
    time.now += OFFER_MS - 1;
    expect(table.offerOf(host)).toBe('10.0.0.10');
    time.now += 1;
    expect(table.offerOf(host)).toBeUndefined();
  });

  it('of strangers, the oldest one goes to a host when nothing else is left, after a conflict probe', () => {
    const { table } = full();
    const choice = table.choose(host, {});
    expect(choice).toMatchObject({ kind: 'address', ip: '10.0.0.10', probe: true, basis: 'not-requested' });
    table.offer(host, '10.0.0.10');
    expect([table.offerOf(host), table.offerOf(machine(1)), table.offerOf(machine(2))]).toEqual(['10.0.0.10', undefined, '10.0.0.11']);
  });
});
