import { BROADCAST_ADDRESS, BROADCAST_FLAG, NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import { messageTypeOf } from './options.ts';
import type { DhcpPacket } from './packet.ts';

/** Where a request came from, and on which port it arrived. */
export interface Arrival {
  /** dhcp: port 67. pxe: port 4011, the port of PXE boot servers (PXE 2.1 §2.2.5). */
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

type AddressFields = Pick<DhcpPacket, 'giaddr' | 'ciaddr' | 'flags' | 'options'>;

/**
 * Where a reply goes (RFC 2131 §4.1): from 4011 to the client's port; through a relay to the relay; a NAK by broadcast, since it denies the
 * client's address; to an address that the client really uses; else by broadcast. A client without an address never gets a unicast reply:
 * that would require a manual ARP entry, and all known firmware accepts the broadcast.
 */
export function destinationOf(request: AddressFields, type: MessageType, arrival: Arrival, ports: Ports): Destination {
  if (arrival.port === 'pxe') return arrival.source;
  if (request.giaddr !== NO_ADDRESS) return { address: request.giaddr, port: ports.server };
  if (type === 'NAK' || !usesItsAddress(request, arrival)) return { address: BROADCAST_ADDRESS, port: ports.client };
  return { address: request.ciaddr, port: ports.client };
}

/**
 * Whether a client can receive a unicast to its `ciaddr`. The RFC trusts the field. Clients in practice put an old address there while their
 * interface has none (Technitium/DnsServer#2158, GNS3/vpcs#47), and dnsmasq and ISC dhcpd ignore it then: in a DISCOVER, and next to option
 * 50 or 54. Therefore the broadcast flag must be clear, and the packet must come from that address.
 */
function usesItsAddress(request: AddressFields, arrival: Arrival): boolean {
  if ((request.flags & BROADCAST_FLAG) !== 0 || !isUnicast(request.ciaddr)) return false;
  const type = messageTypeOf(request.options);
  // A client sends an INFORM because it has its address, from wherever (RFC 2131 §4.3.5).
  if (type === 'INFORM') return true;
  return type === 'REQUEST' && isRenewal(request) && arrival.source.address === request.ciaddr;
}

/** A REQUEST of a client that has its address: it names no server (54) and requests no other address (50). */
export function isRenewal(request: Pick<DhcpPacket, 'ciaddr' | 'options'>): boolean {
  return request.ciaddr !== NO_ADDRESS && !request.options.has(OPTION.serverId) && !request.options.has(OPTION.requestedIp);
}

/** A relay must broadcast a NAK on the client's wire; the flag requests that (RFC 2131 §4.3.2). */
export function replyFlags(request: { giaddr: string; flags: number }, type: MessageType): number {
  return type === 'NAK' && request.giaddr !== NO_ADDRESS ? request.flags | BROADCAST_FLAG : request.flags;
}

/** An address that one machine can have: not 0.x, multicast or broadcast. Loopback counts, for tests. */
export function isUnicast(address: string): boolean {
  const first = Number(address.split('.')[0]);
  return first > 0 && first < 224;
}
