import { describe, expect, it } from 'vitest';
import { NO_ADDRESS } from '../../../main-services/dhcp/codes.ts';
import type { MessageType } from '../../../main-services/dhcp/codes.ts';
import { destinationOf, replyFlags, type Arrival } from '../../../main-services/dhcp/destination.ts';
import { names, request, wants, type Wish } from './dhcp-fixture.ts';

const PORTS = { server: 67, client: 68 };
const HERE = '10.0.0.5';
const from = (address: string) => ({ port: 'dhcp', source: { address, port: 68 } }) as const;
const unconfigured = from(NO_ADDRESS);
const pxe = { port: 'pxe', source: { address: '10.0.0.77', port: 4011 } } as const;
const RELAY = '10.9.0.1';
const EVERYBODY = '255.255.255.255:68';

type Case = [string, Wish, MessageType, Arrival, string];

function expectDestination(...[, wish, type, arrival, expected]: Case): void {
  const { address, port } = destinationOf(request(wish), type, arrival, PORTS);
  expect(`${address}:${port}`).toBe(expected);
}

describe('where a reply goes', () => {
  it.each<Case>([
    ['a new client: everybody', {}, 'OFFER', unconfigured, EVERYBODY],
    ['a client that renews: its address', { type: 'REQUEST', ciaddr: HERE }, 'ACK', from(HERE), `${HERE}:68`],
    ['a client that asks for settings: its address', { type: 'INFORM', ciaddr: HERE }, 'ACK', from(HERE), `${HERE}:68`],
    ['through a relay: the relay’s server port', { giaddr: RELAY }, 'OFFER', from(RELAY), `${RELAY}:67`],
    [
      'through a relay, with an address: still the relay',
      { type: 'REQUEST', giaddr: RELAY, ciaddr: HERE },
      'ACK',
      from(HERE),
      `${RELAY}:67`,
    ],
    ['a NAK: everybody, whatever the client’s address', { type: 'REQUEST', ciaddr: HERE }, 'NAK', from(HERE), EVERYBODY],
    ['a NAK through a relay: the relay', { type: 'REQUEST', giaddr: RELAY }, 'NAK', from(RELAY), `${RELAY}:67`],
    ['on 4011: the asking address and port', { type: 'REQUEST', ciaddr: HERE }, 'ACK', pxe, '10.0.0.77:4011'],
    ['an address that no machine has: everybody', { type: 'REQUEST', ciaddr: '239.1.1.1' }, 'ACK', from('239.1.1.1'), EVERYBODY],
    ['the broadcast address as ciaddr: everybody', { type: 'REQUEST', ciaddr: '255.255.255.255' }, 'ACK', unconfigured, EVERYBODY],
  ])('%s', expectDestination);

  it.each<Case>([
    [
      'd2: a DISCOVER with an old address from 0.0.0.0 (TechnitiumSoftware/DnsServer#2158)',
      { ciaddr: HERE },
      'OFFER',
      unconfigured,
      EVERYBODY,
    ],
    [
      'd2: a REQUEST with 54, 50, ciaddr and the broadcast flag (GNS3/vpcs#47)',
      { type: 'REQUEST', ciaddr: HERE, flags: 0x8000, with: [wants(HERE), names('10.0.0.1')] },
      'ACK',
      unconfigured,
      EVERYBODY,
    ],
    // nettools/n-dhcp4#45: back in INIT after a renewal that failed, the interface still has the address and sends from it.
    ['d2: a DISCOVER from the address that its lease has lost (nettools/n-dhcp4#45)', { ciaddr: HERE }, 'OFFER', from(HERE), EVERYBODY],
    [
      'd2: beside option 50 the address is an old one, as dnsmasq has it (rfc2131.c, “buggy clients”)',
      { type: 'REQUEST', ciaddr: HERE, with: [wants(HERE)] },
      'ACK',
      from(HERE),
      EVERYBODY,
    ],
    ['d2: a renewal that asks for broadcast', { type: 'REQUEST', ciaddr: HERE, flags: 0x8000 }, 'ACK', from(HERE), EVERYBODY],
    ['d2: a renewal from an address that is not the one it names', { type: 'REQUEST', ciaddr: HERE }, 'ACK', from('10.0.0.6'), EVERYBODY],
  ])('%s', expectDestination);

  it('sets the broadcast flag of a NAK through a relay, and of nothing else', () => {
    const none = '0.0.0.0';
    expect(replyFlags({ giaddr: '10.9.0.1', flags: 0 }, 'NAK')).toBe(0x8000);
    expect(replyFlags({ giaddr: none, flags: 0 }, 'NAK')).toBe(0);
    expect(replyFlags({ giaddr: '10.9.0.1', flags: 0 }, 'OFFER')).toBe(0);
    expect(replyFlags({ giaddr: none, flags: 0x8000 }, 'OFFER')).toBe(0x8000);
  });
});
