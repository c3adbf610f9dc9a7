import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../contract/runtime.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { createConflictProbe } from '../../../main-services/dhcp/conflict-probe.ts';
import type { ConflictProbeOptions, PingResult } from '../../../main-services/dhcp/conflict-probe.ts';

const SQUATTER = '52:54:00:aa:aa:aa';
const CLIENT = '52:54:00:bb:bb:bb';
const IP = '10.0.0.9';

type Table = Record<string, string>;
const fastClock: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms / 100, run) };

function probe(ping: ConflictProbeOptions['ping'], table: Table | undefined, more: Partial<ConflictProbeOptions> = {}) {
  const nudged: string[] = [];
  const { probe: probeAddress } = createConflictProbe({
    nic: 'lab0',
    platform: 'linux',
    clock: fastClock,
    nudge: (ip) => nudged.push(ip) > 0,
    ping,
    neighbours: { all: () => Promise.resolve(table && new Map(Object.entries(table))) },
    ...more,
  });
  return { look: (lastHolder?: string) => probeAddress(IP, { client: CLIENT, lastHolder }), nudged };
}

describe('whether an address is in use', () => {
  const table: [string, PingResult, Table | undefined, object][] = [
    ['it answers ping', 'answer', { [IP]: SQUATTER }, { kind: 'used', by: 'icmp', mac: SQUATTER }],
    ['it answers ping, and there is no table', 'answer', undefined, { kind: 'used', by: 'icmp' }],
    ['the asker itself answers ping', 'answer', { [IP]: CLIENT }, { kind: 'free', by: 'icmp' }],
    ['silent to ping, but not to ARP', 'silence', { [IP]: SQUATTER }, { kind: 'used', by: 'arp', mac: SQUATTER }],
    ['silent to both', 'silence', {}, { kind: 'free', by: 'icmp' }],
    ['no ping allowed, answers ARP', 'not allowed', { [IP]: SQUATTER }, { kind: 'used', by: 'arp', mac: SQUATTER }],
    ['no ping allowed, silent', 'not allowed', { '10.0.0.90': SQUATTER }, { kind: 'free', by: 'arp' }],
    ['neither ping nor table', 'not allowed', undefined, { kind: 'free', by: 'none' }],
  ];
  it.each(table)('%s', async (_name, ping, neighbours, expected) => {
    const { look, nudged } = probe(() => Promise.resolve(ping), neighbours);
    expect(await look()).toEqual(expected);
    expect(nudged).toEqual([IP]);
  });

  it('b9: the last holder that answers ping still uses it; in the table alone it may be a memory', async () => {
    const answer = probe(() => Promise.resolve('answer'), { [IP]: SQUATTER });
    expect(await answer.look(SQUATTER)).toEqual({ kind: 'used', by: 'icmp', mac: SQUATTER });
    const silence = probe(() => Promise.resolve('silence'), { [IP]: SQUATTER });
    expect(await silence.look(SQUATTER)).toEqual({ kind: 'free', by: 'icmp' });
  });

  it('asks ping no more once it was not allowed', async () => {
    let pings = 0;
    const { look } = probe(() => Promise.resolve((pings++, 'not allowed' as const)), {});
    await look();
    await look();
    expect(pings).toBe(1);
  });

  it('takes a ping that may not even be started for one that is not allowed', async () => {
    const { look } = probe(() => Promise.reject(new Error('spawn EPERM')), { [IP]: SQUATTER });
    expect(await look()).toMatchObject({ kind: 'used', by: 'arp' });
  });

  // Windows' ping ends with 0 for "Destination host unreachable", and counts it as received (danielzzz/node-ping#17).
  it.each(['win32', 'darwin'] as const)(
    'w1: the ping of %s is not believed; the neighbour table after a nudge decides',
    async (platform) => {
      const pings: string[] = [];
      const ping = (ip: string) => Promise.resolve((pings.push(ip), 'answer' as const));
      const free = probe(ping, {}, { platform });
      expect(await free.look()).toEqual({ kind: 'free', by: 'arp' });
      expect(await probe(ping, { [IP]: SQUATTER }, { platform }).look()).toEqual({ kind: 'used', by: 'arp', mac: SQUATTER });
      expect(await probe(ping, { [IP]: CLIENT }, { platform }).look()).toEqual({ kind: 'free', by: 'arp' });
      expect(free.nudged).toEqual([IP]);
      expect(pings).toEqual([]);
    },
  );

  // The ping of inetutils ends with 1 at once, because it takes no fraction for -W: "invalid value" (aleph-im/aleph-vm#688).
  it('w1: a ping that fails at once does not cut the wait for the neighbour table short', async () => {
    let answered: Table = {};
    systemClock.after(2, () => (answered = { [IP]: SQUATTER }));
    const neighbours = { all: () => Promise.resolve(new Map(Object.entries(answered))) };
    const { look } = probe(() => Promise.resolve('silence'), {}, { neighbours });
    expect(await look()).toEqual({ kind: 'used', by: 'arp', mac: SQUATTER });
  });

  it('offers an address without a probe where the system resolves too many addresses', async () => {
    const { look } = probe(() => Promise.resolve('answer'), { [IP]: SQUATTER }, { nudge: () => false });
    expect(await look()).toEqual({ kind: 'free', by: 'busy' });
  });

  it('waits shorter, and starts no ping, while many addresses are probed', async () => {
    const waits: number[] = [];
    const pings: string[] = [];
    const clock: Clock = { ...systemClock, after: (ms, run) => (waits.push(ms), systemClock.after(ms / 20, run)) };
    const ping = (ip: string) => Promise.resolve((pings.push(ip), 'silence' as const));
    const { look } = probe(ping, {}, { clock });
    await Promise.all(Array.from({ length: 40 }, () => look()));
    expect(waits.filter((ms) => ms === 400)).toHaveLength(16);
    expect(waits.filter((ms) => ms === 150)).toHaveLength(24);
    expect(pings).toHaveLength(4);
    await look();
    expect(waits.at(-1)).toBe(400);
  });
});
