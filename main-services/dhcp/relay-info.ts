import { NO_ADDRESS, OPTION } from './codes.ts';
import type { DhcpContext } from './decision.ts';
import { isUnicast } from './destination.ts';
import { ipOf, subOptions } from './options.ts';
import type { DhcpPacket } from './packet.ts';

/** Sub-options of 82 that change an answer. */
const LINK_SELECTION = 5;
const SERVER_ID_OVERRIDE = 11;

/** What a relay asks for in the name of the machine behind it. */
export interface RelayInfo {
  /** RFC 5107: the server identifier that the machine must see, so that its renewals go through the relay too. */
  readonly serverId?: string;
  /** The subnet that the machine is in, as an address of it, and a clause that says so. Absent: our own wire. */
  readonly link?: { readonly address: string; readonly clause: string };
}

/** The server identifier that the sender of this message knows us by: its relay's word in this message or in its DISCOVER, else our address. */
export function serverIdFor(packet: DhcpPacket, world: Pick<DhcpContext, 'address' | 'givenId'>): string {
  return relayInfoOf(packet).serverId ?? world.givenId ?? world.address;
}

/**
 * RFC 3527 (link selection) before RFC 3011 (subnet selection, option 118) before `giaddr`, as Kea and dnsmasq have it: a relay that
 * answers at another address than the one in the machine's subnet names both. A sub-option that holds no machine's address is left out.
 */
export function relayInfoOf(packet: DhcpPacket): RelayInfo {
  const said = subOptions(packet.options.get(OPTION.relayInfo) ?? new Uint8Array()) ?? new Map<number, Uint8Array>();
  const addressIn = (options: ReadonlyMap<number, Uint8Array>, code: number): string | undefined => {
    const address = ipOf(options, code);
    return address !== undefined && isUnicast(address) ? address : undefined;
  };
  const selected = addressIn(said, LINK_SELECTION);
  const subnet = selected ?? addressIn(packet.options, OPTION.subnetSelection);
  const serverId = addressIn(said, SERVER_ID_OVERRIDE);
  if (subnet !== undefined) {
    const by = selected === undefined ? 'option 118' : 'option 82, link selection';
    return { serverId, link: { address: subnet, clause: `its relay asks for an address in the subnet of ${subnet} (${by})` } };
  }
  if (packet.giaddr === NO_ADDRESS) return { serverId };
  return { serverId, link: { address: packet.giaddr, clause: `it came through the relay ${packet.giaddr} from another subnet` } };
}
