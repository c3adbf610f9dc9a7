import { describe, expect, it } from 'vitest';
import { Intake, type SenderClass } from '../../../main-services/dhcp/intake.ts';
import { encodePacket } from '../../../main-services/dhcp/packet.ts';
import { TestClock } from '../../fixtures/data-fixture.ts';
import { request } from './dhcp-fixture.ts';

const ARRIVAL = { port: 'dhcp', source: { address: '0.0.0.0', port: 68 } } as const;
const macOf = (kind: SenderClass, index: number): string =>
  `${{ host: '52:54:00', known: '52:54:01', stranger: '52:54:02' }[kind]}:${[16, 8, 0].map((shift) => ((index >> shift) & 255).toString(16).padStart(2, '0')).join(':')}`;
const CLASSES: Record<string, SenderClass> = { '52:54:00': 'host', '52:54:01': 'known' };

function bench() {
  const clock = new TestClock();
  const handled: string[] = [];
  const dropped: (string | undefined)[] = [];
  const droppedOf: string[] = [];
  const room = { forStrangers: true };
  const intake = new Intake({
    classOf: (mac) => CLASSES[mac.slice(0, 8)] ?? 'stranger',
    handle: (bytes) => handled.push([...bytes.subarray(28, 34)].map((byte) => byte.toString(16).padStart(2, '0')).join(':')),
    hasRoomForStrangers: () => room.forStrangers,
    dropped: ({ kind, mac, relay }) => {
      dropped.push(relay);
      droppedOf.push(`${kind} ${mac}`);
    },
    clock,
  });
  const push = (kind: SenderClass, count: number, { first = 0, giaddr = '0.0.0.0' } = {}): void => {
    for (let index = first; index < first + count; index += 1) {
      intake.push(encodePacket(request({ mac: macOf(kind, index), giaddr })).bytes, ARRIVAL);
    }
  };
  const count = (kind: SenderClass): number => handled.filter((mac) => (CLASSES[mac.slice(0, 8)] ?? 'stranger') === kind).length;
  /** Until everything that was let in is handled. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, intake, handled, dropped, droppedOf, room, push, count, settle };
}

describe('b5: packets that wait', () => {
  it('of hosts are handled first, then of machines with a lease, strangers last, though they came first', async () => {
    const { push, settle, handled } = bench();
    push('stranger', 2);
    push('known', 2);
    push('host', 2);
    await settle();
    expect(handled.map((mac) => mac.slice(0, 8))).toEqual(['52:54:00', '52:54:00', '52:54:01', '52:54:01', '52:54:02', '52:54:02']);
    expect(handled.slice(0, 2)).toEqual([macOf('host', 0), macOf('host', 1)]);
  });

  it('of strangers stay while there is no room for them, and hosts are handled meanwhile', async () => {
    const { push, settle, handled, room, clock, count } = bench();
    room.forStrangers = false;
    push('stranger', 3);
    push('host', 1);
    await settle();
    expect(handled).toEqual([macOf('host', 0)]);
    room.forStrangers = true;
    clock.advance(100);
    await settle();
    expect(count('stranger')).toBe(3);
  });

  it('of strangers are 512 at most, however many come', () => {
    const { push, dropped } = bench();
    push('stranger', 700);
    expect(dropped).toHaveLength(700 - 512);
  });

  it('are not handled after the end', async () => {
    const { push, settle, handled, intake } = bench();
    push('host', 1);
    intake.close();
    await settle();
    expect(handled).toEqual([]);
  });
});

describe('b5: shares', () => {
  it('500 new machines that are switched on at once are all handled', async () => {
    const { push, settle, count, dropped } = bench();
    push('stranger', 500);
    await settle();
    expect([count('stranger'), dropped.length]).toEqual([500, 0]);
  });

  it('1,000 strangers a second for ten seconds: a bounded number is handled, the rest dropped; 300 hosts are all handled', async () => {
    const { push, settle, count, clock, dropped, intake } = bench();
    for (let tenth = 0; tenth < 100; tenth += 1) {
      push('stranger', 100, { first: tenth * 100 });
      if (tenth >= 50) push('host', 6, { first: (tenth - 50) * 6 });
      clock.advance(100);
      await settle();
    }
    expect(count('host')).toBe(300);
    expect(count('stranger')).toBeGreaterThan(1500);
    expect(count('stranger')).toBeLessThan(3000);
    expect(dropped).toHaveLength(10_000 - count('stranger'));
    expect(intake.droppedAt).toBeGreaterThan(clock.monotonic() - 1000);
  });

  it('a flood on the wire, or through one relay, leaves a share to the other relays', async () => {
    const { push, settle, count, clock, dropped } = bench();
    for (let tenth = 0; tenth < 100; tenth += 1) {
      push('stranger', 100, { first: tenth * 100 });
      clock.advance(100);
      await settle();
    }
    const before = count('stranger');
    dropped.length = 0;
    push('stranger', 15, { first: 50_000, giaddr: '10.9.0.1' });
    await settle();
    expect([count('stranger') - before, dropped]).toEqual([15, []]);
  });

  it('names the relay that exceeds its share', async () => {
    const { push, settle, dropped } = bench();
    push('stranger', 400, { giaddr: '10.9.0.1' });
    await settle();
    push('stranger', 400, { first: 400, giaddr: '10.9.0.1' });
    await settle();
    expect(new Set(dropped)).toEqual(new Set(['10.9.0.1']));
    expect(dropped).toHaveLength(800 - 750);
  });

  it('forged relay addresses do not get around the share of all strangers', async () => {
    const { push, settle, count } = bench();
    for (let index = 0; index < 4000; index += 1) {
      push('stranger', 1, { first: index, giaddr: `10.${index >> 8}.${index & 255}.1` });
      if (index % 200 === 0) await settle();
    }
    await settle();
    expect(count('stranger')).toBeLessThanOrEqual(1000);
  });

  it('a host’s MAC that is forged takes nothing from other hosts', async () => {
    const { push, settle, handled } = bench();
    for (let times = 0; times < 3000; times += 1) push('host', 1);
    push('host', 1, { first: 1 });
    await settle();
    expect(handled.filter((mac) => mac === macOf('host', 0))).toHaveLength(100);
    expect(handled).toContain(macOf('host', 1));
  });

  it('the MAC of a machine with a lease that is forged, or replies of servers, take nothing from other machines with a lease', async () => {
    const { push, settle, handled, intake } = bench();
    const reply = encodePacket({ ...request({ mac: macOf('stranger', 7) }), op: 2 }).bytes;
    for (let times = 0; times < 3000; times += 1) {
      push('known', 1);
      intake.push(reply, ARRIVAL);
    }
    push('known', 1, { first: 1 });
    await settle();
    expect(handled.filter((mac) => mac === macOf('known', 0))).toHaveLength(100);
    expect(handled).toContain(macOf('known', 1));
  });

  it('names the machine that exceeds its share, and strangers do not count as limited for it', () => {
    const { push, droppedOf, intake } = bench();
    for (let times = 0; times < 101; times += 1) push('host', 1);
    for (let times = 0; times < 102; times += 1) push('known', 1);
    expect(droppedOf).toEqual([`host ${macOf('host', 0)}`, `known ${macOf('known', 0)}`, `known ${macOf('known', 0)}`]);
    expect(intake.droppedAt).toBe(Number.NEGATIVE_INFINITY);
  });

  it('datagrams that are too short count as strangers’ and are passed on to be judged', async () => {
    const { intake, settle, handled } = bench();
    intake.push(new Uint8Array(3), ARRIVAL);
    await settle();
    expect(handled).toEqual(['']);
  });
});
