import { OPTION } from './codes.ts';
import { ignored } from './decision.ts';
import type { Decision, DhcpContext } from './decision.ts';
import { destinationOf } from './destination.ts';
import { messageTypeOf, textValue } from './options.ts';
import { largestReply } from './packet.ts';
import type { DhcpPacket } from './packet.ts';
import { serverIdFor } from './relay-info.ts';
import { bootNameOf, buildReply, NO_DISCOVERY } from './reply.ts';
import type { OptionEntry, Reply } from './reply.ts';

/** Architectures with PC BIOS-like ROMs: those of undionly.kpxe (RFC 4578, IANA "Processor Architecture Types"). */
const LEGACY = new Set([0, 1, 2, 3, 4, 5, 20]);

/** Beside the network's own DHCP server: names boot files, and nothing else. Machines that we do not know hear nothing. */
export function decideProxy(packet: DhcpPacket, world: DhcpContext): Decision {
  const type = messageTypeOf(packet.options);
  const { arrival, client, boot } = world;
  if (arrival.port === 'dhcp' && type !== 'DISCOVER') return ignored(`a ${type ?? ''} to port 67 is for the network's own DHCP server`);
  if (arrival.port === 'pxe' && type !== 'REQUEST') return ignored(`a ${type ?? ''} to port 4011 is not answered, only a REQUEST`);
  if (client.netboot === undefined) return ignored(client.reason);
  const bootName = bootNameOf(boot);
  if (boot === undefined || bootName === undefined) return ignored(boot?.reasons.join('; ') ?? 'there is no boot file for it');
  return arrival.port === 'dhcp' ? offer(packet, world, bootName) : answer(packet, world, bootName);
}

/**
 * UEFI PXE clients get no more than "there is a boot server": they fetch the name from port 4011, which all of them do, while some
 * take an offer with option 43 for broken. BIOS ROMs, iPXE and HTTP clients boot from the offer.
 */
function offer(packet: DhcpPacket, world: DhcpContext, bootName: string): Decision {
  const where = 'the network’s own DHCP server gives the address';
  if (asksBootServer(world))
    return send(packet, world, { type: 'OFFER', options: [classOf(world)] }, [where, 'UEFI asks port 4011 for the file']);
  return send(packet, world, { type: 'OFFER', bootName, options: [classOf(world), ...bypassOf(world)] }, [where]);
}

function answer(packet: DhcpPacket, world: DhcpContext, bootName: string): Decision {
  return send(packet, world, { type: 'ACK', bootName, options: [classOf(world), ...bypassOf(world)] }, ['it asks the boot server']);
}

function send(packet: DhcpPacket, world: DhcpContext, reply: Reply, reasons: string[]): Decision {
  return {
    kind: 'reply',
    type: reply.type,
    packet: buildReply(packet, { address: world.address, id: serverIdFor(packet, world) }, reply),
    to: destinationOf(packet, reply.type, world.arrival, world.ports),
    maxSize: largestReply(packet.options, world.mtu),
    reasons: [...reasons, ...(world.boot?.reasons ?? [])],
  };
}

function asksBootServer({ client }: DhcpContext): boolean {
  return client.netboot === 'pxe' && !LEGACY.has(client.boot.arch ?? 0);
}

/** Without option 60 a proxy's offer is not seen at all: edk2 and iPXE both pass over it. */
function classOf({ client }: DhcpContext): OptionEntry {
  return [OPTION.vendorClass, textValue(client.netboot === 'http' ? 'HTTPClient' : 'PXEClient')];
}

function bypassOf(world: DhcpContext): OptionEntry[] {
  return world.client.netboot === 'http' || asksBootServer(world) ? [] : [[OPTION.vendorInfo, NO_DISCOVERY]];
}
