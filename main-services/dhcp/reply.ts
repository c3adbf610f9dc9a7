import type { BootDecision } from '../boot/boot.ts';
import { BOOTREPLY, NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import type { DhcpContext, LeaseEffect, ReplyDecision } from './decision.ts';
import { destinationOf, replyFlags } from './destination.ts';
import { ipValue, textValue, typeValue, uint32Value } from './options.ts';
import { fitsFileField, largestReply } from './packet.ts';
import type { DhcpPacket } from './packet.ts';
import { serverIdFor } from './relay-info.ts';

export type OptionEntry = readonly [code: number, data: Uint8Array];

/** PXE_DISCOVERY_CONTROL = 8: boot from this offer, without a boot server (PXE 2.1 table 2-1). */
export const NO_DISCOVERY = Uint8Array.of(6, 1, 8, 0xff);
/** iPXE's no-pxedhcp setting: saves its wait of about 3 s for a proxy. */
const NO_PROXY_WAIT = Uint8Array.of(0xb0, 1, 1);

/** A longer value is split into several options, which ROMs do not join. */
const MAX_OPTION_BYTES = 255;

/** RFC 2131 §3.3: a lease that never ends. */
const INFINITE_LEASE_SECONDS = 0xffffffff;

export interface Reply {
  readonly type: MessageType;
  readonly yiaddr?: string;
  readonly bootName?: string;
  /** Other than 53, 54, 97 and 82; most important first. */
  readonly options: readonly OptionEntry[];
}

/** What differs between replies; the rest follows from the request and its context. */
export interface ReplyParts {
  readonly reply: Reply;
  readonly reasons: readonly string[];
  readonly effect?: LeaseEffect;
}

/** The decision to reply: the packet, where it goes, and how large it may be. */
export function replyTo(request: DhcpPacket, context: DhcpContext, { reply, reasons, effect }: ReplyParts): ReplyDecision {
  return {
    kind: 'reply',
    type: reply.type,
    packet: buildReply(request, { address: context.address, id: serverIdFor(request, context) }, reply),
    to: destinationOf(request, reply.type, context.arrival, context.ports),
    maxSize: largestReply(request.options, context.mtu),
    effect,
    reasons: [...reasons],
  };
}

/**
 * The form of every reply: server id and siaddr are Bootbench's, 97 and 82 are echoed, and the boot file's name is in `file` and in option 67:
 * shim takes its folder from `file` alone, edk2 reads 67. A NAK has only the server id (RFC 2131 table 3). The id differs from the address
 * where a relay requires it (RFC 5107).
 */
function buildReply(request: DhcpPacket, server: { readonly address: string; readonly id: string }, reply: Reply): DhcpPacket {
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
 * Text followed by a NUL where one option holds both. ROMs in the field read a file name up to a NUL, over the option's end
 * (netbootxyz/netboot.xyz#1198, garybowers/bootimus#117); dnsmasq always sends one. Not for option 66: the Raspberry Pi 3 cannot read
 * a server's address that ends in one (raspberrypi/firmware#871).
 */
function endedText(text: string): Uint8Array {
  return textValue(text.length < MAX_OPTION_BYTES ? `${text}\0` : text);
}

/** Options 51, 58 and 59: half and seven eighths of the lease, as in RFC 2131 §4.4.5. */
export function leaseOptions(seconds: number): OptionEntry[] {
  const lease: OptionEntry = [OPTION.leaseTime, uint32Value(seconds)];
  if (seconds === INFINITE_LEASE_SECONDS) return [lease];
  return [
    lease,
    [OPTION.renewalTime, uint32Value(Math.floor(seconds / 2))],
    [OPTION.rebindingTime, uint32Value(Math.floor((seconds * 7) / 8))],
  ];
}

/** The name of the boot file, or its URL; undefined when there is none. */
export function bootNameOf(boot: BootDecision | undefined): string | undefined {
  if (boot?.kind === 'file') return boot.file;
  return boot?.kind === 'url' ? boot.url : undefined;
}

/**
 * Options of a boot file in full mode: where the files are (66, 150) and what the kind of client needs in addition. A PXE client gets
 * neither 60 nor 43: with 60 and without 43, edk2 turns to port 4011 and ends in PXE-E16. An HTTP client needs its class echoed.
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
