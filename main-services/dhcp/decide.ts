import { BOOTREQUEST, NO_ADDRESS, OPTION } from './codes.ts';
import { decideFull } from './decide-full.ts';
import { decideProxy } from './decide-proxy.ts';
import { ignored } from './decision.ts';
import type { Decision, World } from './decision.ts';
import { isUnicast } from './destination.ts';
import { ipOf, messageTypeOf } from './options.ts';
import { macOf } from './packet.ts';
import type { DhcpPacket } from './packet.ts';

/** What to answer to a message, and why. Pure: it reads `world` and changes nothing. */
export function decide(packet: DhcpPacket, world: World): Decision {
  const unusable = unusableReason(packet, world);
  if (unusable !== undefined) return ignored(unusable);
  const other = otherServer(packet, world);
  if (other !== undefined) return ignored(`it answers the server ${other}, not us (${world.address})`, { kind: 'withdraw' });
  return world.mode === 'full' ? decideFull(packet, world) : decideProxy(packet, world);
}

function unusableReason(packet: DhcpPacket, world: World): string | undefined {
  if (packet.op !== BOOTREQUEST) return `it is a reply (op ${packet.op}), not a request`;
  const mac = macOf(packet);
  if (mac === undefined) return `its hardware address is not Ethernet (type ${packet.htype}, ${packet.chaddr.length} bytes)`;
  if (((packet.chaddr[0] ?? 0) & 1) !== 0 || packet.chaddr.every((byte) => byte === 0)) return `${mac} is no machine's MAC address`;
  if (messageTypeOf(packet.options) === undefined) return 'it has no message type (option 53); plain BOOTP is not served';
  if (packet.giaddr === world.address) return 'it was relayed by ourselves';
  if (packet.giaddr !== NO_ADDRESS && !isUnicast(packet.giaddr)) return `its relay address ${packet.giaddr} is no machine's address`;
  return undefined;
}

/** The server that a message is meant for, when this is not us. It is never answered: that would break the other server's network. */
function otherServer(packet: DhcpPacket, world: World): string | undefined {
  const named = ipOf(packet.options, OPTION.serverId);
  return named === undefined || named === world.address ? undefined : named;
}
