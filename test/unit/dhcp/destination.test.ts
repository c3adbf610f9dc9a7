import { describe, expect, it } from 'vitest';
import type { MessageType } from '../../../main-services/dhcp/codes.ts';
import { destinationOf, replyFlags } from '../../../main-services/dhcp/destination.ts';

const PORTS = { server: 67, client: 68 };
const dhcp = { port: 'dhcp', source: { address: '10.0.0.77', port: 68 } } as const;
const pxe = { port: 'pxe', source: { address: '10.0.0.77', port: 4011 } } as const;
const none = '0.0.0.0';

describe('where a reply goes', () => {
  const table: [string, { giaddr: string; ciaddr: string }, MessageType, typeof dhcp | typeof pxe, string][] = [
    ['a new client: everybody', { giaddr: none, ciaddr: none }, 'OFFER', dhcp, '255.255.255.255:68'],
    ['a client with an address: there', { giaddr: none, ciaddr: '10.0.0.5' }, 'ACK', dhcp, '10.0.0.5:68'],
    ['through a relay: the relay’s server port', { giaddr: '10.9.0.1', ciaddr: none }, 'OFFER', dhcp, '10.9.0.1:67'],
    ['through a relay, with an address: still the relay', { giaddr: '10.9.0.1', ciaddr: '10.0.0.5' }, 'ACK', dhcp, '10.9.0.1:67'],
    ['a NAK: everybody, whatever the client’s address', { giaddr: none, ciaddr: '10.0.0.5' }, 'NAK', dhcp, '255.255.255.255:68'],
    ['a NAK through a relay: the relay', { giaddr: '10.9.0.1', ciaddr: none }, 'NAK', dhcp, '10.9.0.1:67'],
    ['on 4011: the asking address and port', { giaddr: none, ciaddr: '10.0.0.5' }, 'ACK', pxe, '10.0.0.77:4011'],
    ['an address that no machine has: everybody', { giaddr: none, ciaddr: '239.1.1.1' }, 'ACK', dhcp, '255.255.255.255:68'],
    ['the broadcast address as ciaddr: everybody', { giaddr: none, ciaddr: '255.255.255.255' }, 'ACK', dhcp, '255.255.255.255:68'],
  ];
  it.each(table)('%s', (_name, request, type, arrival, expected) => {
    const { address, port } = destinationOf(request, type, arrival, PORTS);
    expect(`${address}:${port}`).toBe(expected);
  });

  it('sets the broadcast flag of a NAK through a relay, and of nothing else', () => {
    expect(replyFlags({ giaddr: '10.9.0.1', flags: 0 }, 'NAK')).toBe(0x8000);
    expect(replyFlags({ giaddr: none, flags: 0 }, 'NAK')).toBe(0);
    expect(replyFlags({ giaddr: '10.9.0.1', flags: 0 }, 'OFFER')).toBe(0);
    expect(replyFlags({ giaddr: none, flags: 0x8000 }, 'OFFER')).toBe(0x8000);
  });
});
