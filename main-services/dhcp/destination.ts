import { BROADCAST_ADDRESS, BROADCAST_FLAG, NO_ADDRESS } from './codes.ts';
import type { MessageType } from './codes.ts';

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

/**
 * Where a reply goes (RFC 2131 §4.1): 4011 to the asking port; through a relay to the relay; a NAK to everybody, since the client's
 * address is what it denies; to an address in use; else to everybody. A client without an address is never asked by unicast:
 * that would take a hand-made ARP entry, and every firmware seen takes the broadcast.
 */
export function destinationOf(request: { giaddr: string; ciaddr: string }, type: MessageType, arrival: Arrival, ports: Ports): Destination {
  if (arrival.port === 'pxe') return arrival.source;
  if (request.giaddr !== NO_ADDRESS) return { address: request.giaddr, port: ports.server };
  if (type === 'NAK' || !isUnicast(request.ciaddr)) return { address: BROADCAST_ADDRESS, port: ports.client };
  return { address: request.ciaddr, port: ports.client };
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
