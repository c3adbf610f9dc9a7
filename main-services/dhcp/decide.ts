import { BOOTREQUEST, NO_ADDRESS, OPTION } from './codes.ts';
import { decideFull } from './decide-full.ts';
import { decideProxy } from './decide-proxy.ts';
import { ignored } from './decision.ts';
import type { Decision, DhcpContext, IgnoredDecision } from './decision.ts';
import { isUnicast } from './destination.ts';
import { ipOf, messageTypeOf } from './options.ts';
import { hexOf, macOf } from './packet.ts';
import type { DhcpPacket } from './packet.ts';
import { serverIdFor } from './relay-info.ts';
import {
  forOtherServer,
  INFINIBAND,
  invalidMac,
  invalidRelay,
  NO_MESSAGE_TYPE,
  notARequest,
  notEthernet,
  RELAYED_BY_BOOTBENCH,
} from './sentences.ts';

/** IANA "Hardware Types". */
const ETHERNET = 1;
const INFINIBAND_TYPE = 32;

/** What to reply to a packet that `refuse` let through, and why. Pure: reads `context` and changes nothing. */
export function decide(packet: DhcpPacket, context: DhcpContext): Decision {
  return context.mode === 'full' ? decideFull(packet, context) : decideProxy(packet, context);
}

/**
 * Refuses a packet that no machine sent, or that is for another server; undefined when it may be handled. Needs no context, so that nothing
 * is looked up or stored for such a packet. A packet for another server is never answered: that would break the other server's network.
 */
export function refuse(packet: DhcpPacket, server: Pick<DhcpContext, 'address' | 'relayServerId'>): IgnoredDecision | undefined {
  const reason = hardwareProblem(packet) ?? messageProblem(packet, server.address);
  if (reason !== undefined) return ignored(reason);
  const other = otherServerIn(packet, server);
  return other === undefined ? undefined : ignored(forOtherServer(other, server.address), { kind: 'withdraw' });
}

function hardwareProblem(packet: DhcpPacket): string | undefined {
  if (packet.op !== BOOTREQUEST) return notARequest(packet.op);
  if (packet.htype === INFINIBAND_TYPE) return INFINIBAND;
  if (packet.htype !== ETHERNET || packet.chaddr.length !== 6) return notEthernet(packet.htype, packet.chaddr.length);
  return macOf(packet) === undefined ? invalidMac(hexOf(packet.chaddr)) : undefined;
}

function messageProblem({ options, giaddr }: DhcpPacket, address: string): string | undefined {
  if (messageTypeOf(options) === undefined) return NO_MESSAGE_TYPE;
  if (giaddr === address) return RELAYED_BY_BOOTBENCH;
  return giaddr !== NO_ADDRESS && !isUnicast(giaddr) ? invalidRelay(giaddr) : undefined;
}

/** The server that a message names, when that is not Bootbench. */
function otherServerIn(packet: DhcpPacket, server: Pick<DhcpContext, 'address' | 'relayServerId'>): string | undefined {
  const named = ipOf(packet.options, OPTION.serverId);
  return named === undefined || named === server.address || named === serverIdFor(packet, server) ? undefined : named;
}
