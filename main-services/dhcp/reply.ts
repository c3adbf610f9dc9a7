import type { Settings } from '../../contract/appliance.ts';
import type { Interface } from '../../contract/inventory.ts';
import { broadcastOf } from '../../contract/primitives.ts';
import type { BootDecision } from '../boot/boot.ts';
import { BOOTREPLY, NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import { replyFlags } from './destination.ts';
import { encodeDomainSearch } from './option-search.ts';
import { encodeRoutes } from './option-routes.ts';
import type { ClasslessRoute } from './option-routes.ts';
import { ipValue, ipsValue, parameterListOf, textValue, typeValue, uint32Value } from './options.ts';
import type { DhcpOptions } from './options.ts';
import { fitsFileField } from './packet.ts';
import type { DhcpPacket } from './packet.ts';

export type OptionEntry = readonly [code: number, data: Uint8Array];

/** PXE_DISCOVERY_CONTROL = 8: boot from this offer, ask no boot server (PXE 2.1 table 2-1). */
export const NO_DISCOVERY = Uint8Array.of(6, 1, 8, 0xff);
/** iPXE's no-pxedhcp setting: it saves the wait of some 3 s for a proxy. */
const NO_PROXY_WAIT = Uint8Array.of(0xb0, 1, 1);

/** Bytes of one option; a longer value is cut into several, which ROMs do not put together. */
const LONGEST_OPTION = 255;

/** RFC 2131 §3.3: a lease that never ends. */
const FOREVER = 0xffffffff;

export interface Reply {
  readonly type: MessageType;
  readonly yiaddr?: string;
  readonly bootName?: string;
  /** Beside 53, 54, 97 and 82, most important first. */
  readonly options: readonly OptionEntry[];
}

/**
 * A reply in the form that every one of ours has (DESIGN §5): server id and siaddr ours, 97 and 82 as they came, the boot file's
 * name in `file` and in option 67. shim takes its folder from `file` alone, edk2 asks for 67: both are needed.
 * A NAK has nothing of this but the server id (RFC 2131 table 3). The id differs from our address where a relay wants it so (RFC 5107).
 */
export function buildReply(request: DhcpPacket, server: { readonly address: string; readonly id: string }, reply: Reply): DhcpPacket {
  const nak = reply.type === 'NAK';
  const copied = [OPTION.machineId, OPTION.relayInfo].flatMap((code): OptionEntry[] => {
    const data = request.options.get(code);
    return data ? [[code, data]] : [];
  });
  const { bootName } = reply;
  const name: OptionEntry[] = bootName === undefined ? [] : [[OPTION.bootFile, endedText(bootName)]];
  return {
    op: BOOTREPLY,
    htype: request.htype,
    hops: 0,
    xid: request.xid,
    secs: 0,
    flags: replyFlags(request, reply.type),
    ciaddr: reply.type === 'ACK' ? request.ciaddr : NO_ADDRESS,
    yiaddr: reply.yiaddr ?? NO_ADDRESS,
    siaddr: nak ? NO_ADDRESS : server.address,
    giaddr: request.giaddr,
    chaddr: request.chaddr,
    sname: '',
    file: bootName !== undefined && fitsFileField(bootName) ? bootName : '',
    options: new Map([
      [OPTION.messageType, typeValue(reply.type)],
      [OPTION.serverId, ipValue(server.id)],
      ...copied,
      ...name,
      ...reply.options,
    ]),
  };
}

/**
 * Text with a NUL behind it where one option still holds both. ROMs in the field read a file name up to a NUL, over the option's end
 * (netbootxyz/netboot.xyz#1198, garybowers/bootimus#117); dnsmasq has always sent one. Not for option 66: the Raspberry Pi 3 cannot read
 * a server's address that ends so (raspberrypi/firmware#871).
 */
function endedText(text: string): Uint8Array {
  return textValue(text.length < LONGEST_OPTION ? `${text}\0` : text);
}

/** Options 51, 58 and 59. Half and seven eighths, as RFC 2131 §4.4.5 has them. */
export function leaseOptions(seconds: number): OptionEntry[] {
  const lease: OptionEntry = [OPTION.leaseTime, uint32Value(seconds)];
  if (seconds === FOREVER) return [lease];
  return [
    lease,
    [OPTION.renewalTime, uint32Value(Math.floor(seconds / 2))],
    [OPTION.rebindingTime, uint32Value(Math.floor((seconds * 7) / 8))],
  ];
}

export interface Network {
  readonly address: string;
  readonly netmask: string;
  readonly settings: Pick<Settings, 'router' | 'dns'>;
}

/**
 * What the interface says of its network, or what the pool says. Never a router or name server of our own: the bench has none
 * unless somebody names one. What the client asks for comes first, in case that there is no room for the rest.
 */
export function networkOptions(request: DhcpOptions, network: Network, iface: Interface | undefined, ip: string): OptionEntry[] {
  const netmask = iface?.netmask ?? network.netmask;
  const router = iface?.gateway ?? network.settings.router;
  const dns = iface?.nameServers ?? network.settings.dns;
  const routes = routesOf(iface?.classlessRoutes ?? [], router);
  const optional: [number, Uint8Array][] = [
    [OPTION.router, router === undefined ? NOTHING : ipValue(router)],
    [OPTION.nameServers, ipsValue(dns)],
    [OPTION.hostname, textValue(iface?.hostname ?? '')],
    [OPTION.domainName, textValue(iface?.domainName ?? '')],
    [OPTION.classlessRoutes, encodeRoutes(routes)],
    [OPTION.domainSearch, encodeDomainSearch(iface?.domainSearch ?? [])],
    [OPTION.ntpServers, ipsValue(iface?.ntpServers ?? [])],
    [OPTION.logServers, ipsValue(iface?.logServers ?? [])],
  ];
  const said = optional.filter(([, data]) => data.length > 0);
  const asked = new Set(parameterListOf(request));
  return [
    [OPTION.netmask, ipValue(netmask)],
    [OPTION.broadcast, ipValue(broadcastOf(ip, netmask))],
    ...said.filter(([code]) => asked.has(code)),
    ...said.filter(([code]) => !asked.has(code)),
  ];
}

const NOTHING = new Uint8Array();

/** A client that takes option 121 ignores option 3, so the default route must be in it as well (RFC 3442, "DHCP Client Behavior"). */
function routesOf(routes: readonly ClasslessRoute[], router: string | undefined): ClasslessRoute[] {
  const needsDefault = routes.length > 0 && router !== undefined && !routes.some((route) => route.destination.endsWith('/0'));
  return needsDefault ? [...routes, { destination: '0.0.0.0/0', router }] : [...routes];
}

/** The name of what to boot; undefined when nothing. */
export function bootNameOf(boot: BootDecision | undefined): string | undefined {
  if (boot?.kind === 'file') return boot.file;
  return boot?.kind === 'url' ? boot.url : undefined;
}

/**
 * Options of a boot file in full mode: where the files are (66, 150) and what the kind of client needs beside. To a PXE client
 * neither 60 nor 43: with 60 and without 43, edk2 asks port 4011 and ends in PXE-E16. An HTTP client wants its class back.
 */
export function bootOptions(boot: BootDecision | undefined, server: string, ipxe: boolean): OptionEntry[] {
  if (bootNameOf(boot) === undefined) return [];
  const options: OptionEntry[] = [
    [OPTION.tftpServerName, textValue(server)],
    [OPTION.tftpServers, ipValue(server)],
  ];
  if (boot?.kind === 'url' && boot.httpClient) options.unshift([OPTION.vendorClass, textValue('HTTPClient')]);
  if (ipxe) options.unshift([OPTION.ipxe, NO_PROXY_WAIT]);
  return options;
}
