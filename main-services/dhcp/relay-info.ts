import { NO_ADDRESS, OPTION } from './codes.ts';
import type { DhcpContext } from './decision.ts';
import { isUnicast } from './destination.ts';
import { ipOf, subOptions } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import { relayedFrom, selectedLink } from './sentences.ts';

/** Sub-options of 82 that change a reply. */
const LINK_SELECTION = 5;
const SERVER_ID_OVERRIDE = 11;

/** What a relay requests on behalf of the machine behind it. */
export interface RelayInfo {
  /** RFC 5107: the server identifier that the machine must see, so that its renewals go through the relay too. */
  readonly serverId?: string;
  /** The subnet that the machine is in, as an address of it, and the reason. Absent: Bootbench's own network. */
  readonly link?: { readonly address: string; readonly reason: string };
}

/** The server identifier for the sender of this message: the one its relay sets in this message or in its DISCOVER, else Bootbench's address. */
export function serverIdFor(packet: DhcpPacket, server: Pick<DhcpContext, 'address' | 'relayServerId'>): string {
  return relayInfoOf(packet).serverId ?? server.relayServerId ?? server.address;
}

/**
 * RFC 3527 (link selection) before RFC 3011 (subnet selection, option 118) before `giaddr`, as in Kea and dnsmasq: a relay that
 * listens on another address than the one in the machine's subnet names both. A sub-option without a unicast address is ignored.
 */
export function relayInfoOf(packet: DhcpPacket): RelayInfo {
  const suboptions = subOptions(packet.options.get(OPTION.relayInfo) ?? new Uint8Array()) ?? new Map<number, Uint8Array>();
  const addressIn = (options: ReadonlyMap<number, Uint8Array>, code: number): string | undefined => {
    const address = ipOf(options, code);
    return address !== undefined && isUnicast(address) ? address : undefined;
  };
  const selected = addressIn(suboptions, LINK_SELECTION);
  const subnet = selected ?? addressIn(packet.options, OPTION.subnetSelection);
  const serverId = addressIn(suboptions, SERVER_ID_OVERRIDE);
  if (subnet !== undefined) {
    const by = selected === undefined ? 'option 118' : 'option 82, link selection';
    return { serverId, link: { address: subnet, reason: selectedLink(subnet, by) } };
  }
  if (packet.giaddr === NO_ADDRESS) return { serverId };
  return { serverId, link: { address: packet.giaddr, reason: relayedFrom(packet.giaddr) } };
}
