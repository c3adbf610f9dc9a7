import { BOOTREQUEST, NO_ADDRESS, OPTION } from './codes.ts';
import { decideFull } from './decide-full.ts';
import { decideProxy } from './decide-proxy.ts';
import type { Decision, DhcpContext } from './decision.ts';
import { isUnicast } from './destination.ts';
import { ipOf, messageTypeOf } from './options.ts';
import { hexOf, macOf } from './packet.ts';
import type { DhcpPacket } from './packet.ts';
import { serverIdFor } from './relay-info.ts';

/** IANA "Hardware Types". */
const ETHERNET = 1;
const INFINIBAND = 32;

/** What to answer to a message, and why. Pure: it reads `world` and changes nothing. */
export function decide(packet: DhcpPacket, world: DhcpContext): Decision {
  const unusable = unusableReason(packet, world);
  if (unusable !== undefined) return { kind: 'ignored', reason: unusable, foreign: true };
  const other = otherServer(packet, world);
  if (other !== undefined) {
    const reason = `it answers the server ${other}, not us (${world.address})`;
    return { kind: 'ignored', reason, effect: { kind: 'withdraw' }, foreign: true };
  }
  return world.mode === 'full' ? decideFull(packet, world) : decideProxy(packet, world);
}

function unusableReason(packet: DhcpPacket, world: DhcpContext): string | undefined {
  if (packet.op !== BOOTREQUEST) return `it is a reply (op ${packet.op}), not a request`;
  if (packet.htype === INFINIBAND) return 'it asks over InfiniBand, where a machine has no MAC address (RFC 4390); only Ethernet is served';
  if (packet.htype !== ETHERNET || packet.chaddr.length !== 6)
    return `its hardware address is not Ethernet (type ${packet.htype}, ${packet.chaddr.length} bytes)`;
  if (macOf(packet) === undefined) return `no machine has the MAC address ${hexOf(packet.chaddr)}`;
  if (messageTypeOf(packet.options) === undefined) return 'it has no message type (option 53); plain BOOTP is not served';
  if (packet.giaddr === world.address) return 'it was relayed by ourselves';
  if (packet.giaddr !== NO_ADDRESS && !isUnicast(packet.giaddr)) return `its relay address ${packet.giaddr} is no machine's address`;
  return undefined;
}

/** The server that a message is meant for, when this is not us. It is never answered: that would break the other server's network. */
function otherServer(packet: DhcpPacket, world: DhcpContext): string | undefined {
  const named = ipOf(packet.options, OPTION.serverId);
  return named === undefined || named === world.address || named === serverIdFor(packet, world) ? undefined : named;
}
