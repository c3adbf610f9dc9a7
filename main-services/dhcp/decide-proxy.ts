import { OPTION } from './codes.ts';
import { ignored } from './decision.ts';
import type { Decision, DhcpContext } from './decision.ts';
import { messageTypeOf, textValue } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import { bootNameOf, NO_DISCOVERY, replyTo } from './reply.ts';
import type { OptionEntry, Reply } from './reply.ts';
import * as sentences from './sentences.ts';

/** Architectures with PC BIOS-like ROMs: those of undionly.kpxe (RFC 4578, IANA "Processor Architecture Types"). */
const LEGACY = new Set([0, 1, 2, 3, 4, 5, 20]);

/** Decides alongside the network's own DHCP server: names boot files, and nothing else. Other clients get no reply. */
export function decideProxy(packet: DhcpPacket, context: DhcpContext): Decision {
  const type = messageTypeOf(packet.options);
  const { arrival, client, boot } = context;
  if (arrival.port === 'dhcp' && type !== 'DISCOVER') return ignored(sentences.onPort67(type));
  if (arrival.port === 'pxe' && type !== 'REQUEST') return ignored(sentences.onPort4011(type));
  if (client.netboot === undefined) return ignored(client.reason);
  const bootName = bootNameOf(boot);
  if (boot === undefined || bootName === undefined) return ignored(boot?.reasons.join('; ') ?? sentences.NO_BOOT_FILE);
  return arrival.port === 'dhcp' ? offer(packet, context, bootName) : acknowledge(packet, context, bootName);
}

/**
 * UEFI PXE clients only learn that there is a boot server: all of them then request the name from port 4011, while some reject an offer
 * with option 43 as broken. BIOS ROMs, iPXE and HTTP clients boot from the offer.
 */
function offer(packet: DhcpPacket, context: DhcpContext, bootName: string): Decision {
  if (usesBootServer(context)) {
    const reply: Reply = { type: 'OFFER', options: [classOf(context)] };
    return proxyReply(packet, context, reply, [sentences.ADDRESS_FROM_OTHER_SERVER, sentences.FILE_FROM_PXE_PORT]);
  }
  const reply: Reply = { type: 'OFFER', bootName, options: [classOf(context), ...bypassOf(context)] };
  return proxyReply(packet, context, reply, [sentences.ADDRESS_FROM_OTHER_SERVER]);
}

function acknowledge(packet: DhcpPacket, context: DhcpContext, bootName: string): Decision {
  const reply: Reply = { type: 'ACK', bootName, options: [classOf(context), ...bypassOf(context)] };
  return proxyReply(packet, context, reply, [sentences.BOOT_SERVER_REQUEST]);
}

function proxyReply(packet: DhcpPacket, context: DhcpContext, reply: Reply, reasons: readonly string[]): Decision {
  return replyTo(packet, context, { reply, reasons: [...reasons, ...(context.boot?.reasons ?? [])] });
}

function usesBootServer({ client }: DhcpContext): boolean {
  return client.netboot === 'pxe' && !LEGACY.has(client.boot.arch ?? 0);
}

/** edk2 and iPXE both skip a proxy's offer without option 60. */
function classOf({ client }: DhcpContext): OptionEntry {
  return [OPTION.vendorClass, textValue(client.netboot === 'http' ? 'HTTPClient' : 'PXEClient')];
}

function bypassOf(context: DhcpContext): OptionEntry[] {
  return context.client.netboot === 'http' || usesBootServer(context) ? [] : [[OPTION.vendorInfo, NO_DISCOVERY]];
}
