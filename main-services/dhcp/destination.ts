import { BROADCAST_ADDRESS, BROADCAST_FLAG, NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import { messageTypeOf } from './options.ts';
import type { DhcpPacket } from './packet.ts';

/** Where a request came from, and to which of our ports. */
export interface Arrival {
  /** dhcp: port 67. pxe: port 4011, where boot servers are asked (PXE 2.1 §2.2.5). */
  readonly port: 'dhcp' | 'pxe';
  readonly source: { readonly address: string; readonly port: number };
}

export interface Ports {
  readonly server: number;
  readonly client: number;
}

export interface Destination {
  readonly address: string;
  readonly port: number;
}

type Asking = Pick<DhcpPacket, 'giaddr' | 'ciaddr' | 'flags' | 'options'>;

/**
 * Where a reply goes (RFC 2131 §4.1): 4011 to the asking port; through a relay to the relay; a NAK to everybody, since the client's
 * address is what it denies; to an address that the client really uses; else to everybody. A client without an address is never
 * answered by unicast: that would take a hand-made ARP entry, and every firmware seen takes the broadcast.
 */
export function destinationOf(request: Asking, type: MessageType, arrival: Arrival, ports: Ports): Destination {
  if (arrival.port === 'pxe') return arrival.source;
  if (request.giaddr !== NO_ADDRESS) return { address: request.giaddr, port: ports.server };
  if (type === 'NAK' || !usesItsAddress(request, arrival)) return { address: BROADCAST_ADDRESS, port: ports.client };
  return { address: request.ciaddr, port: ports.client };
}

/**
 * Whether a client can hear a unicast to its `ciaddr`. The RFC's letter takes the field's word for it. Clients in the field put an old
 * address there while their interface has none (Technitium/DnsServer#2158, GNS3/vpcs#47), and dnsmasq and ISC dhcpd ignore it then: in a
 * DISCOVER, and beside option 50 or 54. So must the broadcast flag be clear and the packet come from that address.
 */
function usesItsAddress(request: Asking, arrival: Arrival): boolean {
  if ((request.flags & BROADCAST_FLAG) !== 0 || !isUnicast(request.ciaddr)) return false;
  const type = messageTypeOf(request.options);
  // An INFORM is sent because the client has its address, by whatever way it came (RFC 2131 §4.3.5).
  if (type === 'INFORM') return true;
  return type === 'REQUEST' && isRenewal(request) && arrival.source.address === request.ciaddr;
}

/** A REQUEST of a client that has its address: it names no server (54) and asks for no other address (50). */
export function isRenewal(request: Pick<DhcpPacket, 'ciaddr' | 'options'>): boolean {
  return request.ciaddr !== NO_ADDRESS && !request.options.has(OPTION.serverId) && !request.options.has(OPTION.requestedIp);
}

/** A relay must broadcast a NAK on the client's wire; the flag tells it so (RFC 2131 §4.3.2). */
export function replyFlags(request: { giaddr: string; flags: number }, type: MessageType): number {
  return type === 'NAK' && request.giaddr !== NO_ADDRESS ? request.flags | BROADCAST_FLAG : request.flags;
}

/** An address that one machine can have: not 0.x, loopback excepted for tests, nor multicast, nor broadcast. */
export function isUnicast(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return first > 0 && first < 224;
}
