import { describe, expect, it } from 'vitest';
import { RuntimeSettings, type BenchEvent, type Nic } from '../../../contract/appliance.ts';
import { needsYes } from '../../../renderer/features/network/nic-rules.ts';
import { leaseState, nicFacts, nicUse } from '../../../renderer/features/network/labels.ts';
import { packetsOf, reasonsOf } from '../../../renderer/features/network/packet-filter.ts';
import {
  durationWords,
  OVERRIDE_FIELD,
  readDuration,
  readPool,
  SETTING_FIELDS,
} from '../../../renderer/features/network/settings-fields.ts';

const NIC: Nic = {
  name: 'enp3s0',
  mac: '52:54:00:aa:bb:cc',
  index: 3,
  addresses: [{ address: '10.0.0.1', netmask: '255.255.255.0', linkLocal: false }],
  up: true,
  carrier: true,
  speed: 1000,
  wireless: false,
  loopback: false,
  defaultRoute: false,
  mtu: 1500,
};

describe('settings as text', () => {
  it.each([
    ['', null],
    ['192.168.77.100 - 192.168.77.200', ['192.168.77.100', '192.168.77.200']],
    ['192.168.77.100-192.168.77.200', ['192.168.77.100', '192.168.77.200']],
    ['192.168.77.100 to 192.168.77.200', ['192.168.77.100', '192.168.77.200']],
    ['192.168.77.100 192.168.77.100', ['192.168.77.100', '192.168.77.100']],
  ])('pool "%s"', (text, value) => expect(readPool(text)).toEqual({ value }));

  it.each([
    ['192.168.77.100', 'Write the first and the last'],
    ['192.168.77.100 - 192.168.77.300', '192.168.77.300 is not an IPv4 address'],
    ['192.168.77.200 - 192.168.77.100', 'comes after'],
    ['10.0.0.1 10.0.0.2 10.0.0.3', 'Write the first and the last'],
  ])('no pool: "%s"', (text, error) => expect(readPool(text)).toMatchObject({ error: expect.stringContaining(error) as string }));

  it.each([
    ['3600', 3600],
    ['90 s', 90],
    ['60 min', 3600],
    ['12h', 43_200],
    ['1 d', 86_400],
    ['', null],
  ])('lease time "%s"', (text, value) => expect(readDuration(text)).toEqual({ value }));

  it.each(['soon', '5 s', '-1', '1.5 h'])('no lease time: "%s"', (text) => expect(readDuration(text)).toHaveProperty('error'));

  it.each([
    [3600, '1 h'],
    [5400, '90 min'],
    [61, '61 s'],
    [86_400, '1 d'],
  ])('%i s in words', (seconds, words) => expect(durationWords(seconds)).toBe(words));

  it('what is shown is understood again', () => {
    const settings = RuntimeSettings.parse({
      pool: ['10.0.0.10', '10.0.0.20'],
      router: '10.0.0.1',
      dns: ['1.1.1.1', '9.9.9.9'],
      leaseTime: 7200,
      ipxeOverrideArchMapping: '7=snp-x86_64.efi,16=ipxe.efi',
    });
    for (const field of [...SETTING_FIELDS, OVERRIDE_FIELD])
      expect(field.read(field.show(settings))).toEqual({ value: settings[field.name] });
  });

  it('a wrong router or DNS server is named', () => {
    const [, router, dns] = SETTING_FIELDS;
    expect(router?.read('10.0.0')).toEqual({ error: '10.0.0 is not an IPv4 address.' });
    expect(dns?.read('1.1.1.1, x')).toEqual({ error: 'x is not an IPv4 address.' });
  });
});

describe('the port', () => {
  it('full and automatic need a yes on the way to the internet and on Wi-Fi', () => {
    const office = { ...NIC, defaultRoute: true };
    expect(needsYes('full', office, false)).toBe(true);
    expect(needsYes('auto', { ...NIC, wireless: true }, false)).toBe(true);
    expect(needsYes('full', office, true)).toBe(false);
    expect(needsYes('proxy', office, false)).toBe(false);
    expect(needsYes('full', NIC, false)).toBe(false);
  });

  it('has its facts in words', () => {
    const facts = (nic: Nic) => Object.fromEntries(nicFacts(nic).map(({ word, value }) => [word, value]));
    expect(facts(NIC)).toMatchObject({ Address: '10.0.0.1/24', Link: '1 Gbit/s', Kind: 'wired', 'Connected to': 'a separate network' });
    expect(facts({ ...NIC, addresses: [], carrier: false, up: false })).toMatchObject({
      Address: 'none',
      Link: 'disabled in this system',
    });
    expect(nicUse({ ...NIC, carrier: false })).toBe('wired, nothing plugged in');
  });
});

describe('leases', () => {
  it.each([
    ['bound', 1000, 'ready', 'in use'],
    ['bound', -1, 'off', 'expired'],
    ['offered', 1000, 'working', 'offered'],
    ['released', 1000, 'off', 'released'],
    ['declined', 1000, 'needs', 'conflict'],
  ] as const)('%s, %i ms left', (state, left, mark, word) =>
    expect(leaseState({ state, expiresAt: 5000 + left }, 5000)).toEqual({ state: mark, word }),
  );
});

describe('the packet log', () => {
  const event = (seq: number, type: BenchEvent['type'], more: Partial<BenchEvent> = {}): BenchEvent => ({
    seq,
    at: 0,
    type,
    message: '',
    data: {},
    ...more,
  });
  const events = [
    event(1, 'dhcp.discover', { mac: '52:54:00:12:34:56' }),
    event(2, 'tftp.started', { ip: '10.0.0.9', host: 'r750-03' }),
    event(3, 'script.served', { mac: '52:54:00:12:34:56' }),
    event(4, 'dhcp.ignored', { ip: '10.0.0.4' }),
  ];
  it.each([
    ['', [1, 2, 4]],
    ['52-54-00-12-34-56', [1]],
    ['5254.0012.3456', [1]],
    ['12:34', [1]],
    ['r750', [2]],
    ['aa:bb:cc:00:00:09', [4]],
    ['nobody', []],
  ])('of "%s"', (wanted, seqs) => {
    const macOfIp = (ip: string) => (ip === '10.0.0.4' ? 'aa:bb:cc:00:00:09' : undefined);
    expect(packetsOf(events, wanted, macOfIp).map(({ seq }) => seq)).toEqual(seqs);
  });

  it('tells the reasons where there are any', () => {
    expect(reasonsOf(event(1, 'dhcp.offer', { data: { reasons: ['a', 'b'] } }))).toEqual(['a', 'b']);
    expect(reasonsOf(event(1, 'dhcp.offer', { data: { reasons: 'a' } }))).toEqual([]);
  });
});
