import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../contract/runtime.ts';
import { createConflictProbe, neighbourIn, type PingResult } from '../../../main-services/dhcp/conflict-probe.ts';

const HEAD = 'IP address       HW type     Flags       HW address            Mask     Device\n';
const line = (ip: string, flags: string, mac: string, device = 'lab0') =>
  `${ip}      0x1         ${flags}         ${mac}     *        ${device}\n`;
const SQUATTER = '52:54:00:aa:aa:aa';
const ASKER = '52:54:00:bb:bb:bb';
const IP = '10.0.0.9';

function probe(ping: PingResult, table: string | undefined) {
  const nudged: string[] = [];
  const clock = { ...systemClock, after: (ms: number, run: () => void) => systemClock.after(ms / 100, run) };
  const look = createConflictProbe({
    nic: 'lab0',
    clock,
    nudge: (ip) => nudged.push(ip),
    ping: () => Promise.resolve(ping),
    arpTable: () => Promise.resolve(table),
  });
  return { look: () => look.look(IP, [ASKER]), nudged };
}

describe('whether an address is in use', () => {
  const table: [string, PingResult, string | undefined, object][] = [
    ['it answers ping', 'answer', HEAD + line(IP, '0x2', SQUATTER), { kind: 'used', by: 'icmp', mac: SQUATTER }],
    ['it answers ping, and there is no table', 'answer', undefined, { kind: 'used', by: 'icmp' }],
    ['the asker itself answers ping', 'answer', HEAD + line(IP, '0x2', ASKER), { kind: 'free', by: 'icmp' }],
    ['silent to ping, but not to ARP', 'silence', HEAD + line(IP, '0x2', SQUATTER), { kind: 'used', by: 'arp', mac: SQUATTER }],
    ['silent to both', 'silence', HEAD + line(IP, '0x0', '00:00:00:00:00:00'), { kind: 'free', by: 'icmp' }],
    ['no ping allowed, answers ARP', 'not allowed', HEAD + line(IP, '0x2', SQUATTER), { kind: 'used', by: 'arp', mac: SQUATTER }],
    ['no ping allowed, silent', 'not allowed', HEAD, { kind: 'free', by: 'arp' }],
    ['neither ping nor table', 'not allowed', undefined, { kind: 'free', by: 'none' }],
  ];
  it.each(table)('%s', async (_name, ping, arp, expected) => {
    const { look, nudged } = probe(ping, arp);
    expect(await look()).toEqual(expected);
    expect(nudged).toEqual(ping === 'not allowed' ? [IP] : []);
  });

  it('asks ping no more once it was not allowed', async () => {
    let pings = 0;
    const look = createConflictProbe({
      nic: 'lab0',
      clock: { ...systemClock, after: (_ms, run) => systemClock.after(1, run) },
      nudge: () => undefined,
      ping: () => Promise.resolve((pings++, 'not allowed' as const)),
      arpTable: () => Promise.resolve(HEAD),
    });
    await look.look(IP, []);
    await look.look(IP, []);
    expect(pings).toBe(1);
  });

  it('takes a ping that may not even be started for one that is not allowed', async () => {
    const look = createConflictProbe({
      nic: 'lab0',
      clock: { ...systemClock, after: (_ms, run) => systemClock.after(1, run) },
      nudge: () => undefined,
      ping: () => Promise.reject(new Error('spawn EPERM')),
      arpTable: () => Promise.resolve(HEAD + line(IP, '0x2', SQUATTER)),
    });
    expect(await look.look(IP, [])).toMatchObject({ kind: 'used', by: 'arp' });
  });

  it('reads only complete entries of its own NIC', () => {
    const text = HEAD + line(IP, '0x2', SQUATTER, 'eth0') + line('10.0.0.90', '0x2', SQUATTER) + line('10.0.0.8', '0x0', SQUATTER);
    expect(neighbourIn(text, IP, 'lab0')).toBeUndefined();
    expect(neighbourIn(text, '10.0.0.8', 'lab0')).toBeUndefined();
    expect(neighbourIn(text, IP, 'eth0')).toBe(SQUATTER);
  });
});
