import type { Interface } from '../../contract/inventory.ts';
import { sameSubnet } from '../../contract/primitives.ts';
import { printable } from '../../util/text.ts';
import { NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import { ignored, isKnown } from './decision.ts';
import type { Decision, DhcpContext, LeaseEffect } from './decision.ts';
import { isRenewal } from './destination.ts';
import { networkOptions } from './network-options.ts';
import { ipOf, messageTypeOf, textOf, textValue } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import { relayInfoOf, serverIdFor } from './relay-info.ts';
import { bootNameOf, bootOptions, leaseOptions, replyTo } from './reply.ts';
import * as sentences from './sentences.ts';

/** Decides as the only DHCP server of its network: assigns addresses, and names boot files for machines that may netboot. */
export function decideFull(packet: DhcpPacket, context: DhcpContext): Decision {
  // Without a reply, firmware that nothing fits moves on to its next boot device immediately.
  if (context.boot?.kind === 'ignore') return ignored(context.boot.reasons.join('; '));
  const type = messageTypeOf(packet.options);
  switch (type) {
    case 'DISCOVER':
      return discover(packet, context);
    case 'REQUEST':
      return request(packet, context);
    case 'INFORM':
      return inform(packet, context);
    case 'DECLINE':
      return decline(packet, context);
    case 'RELEASE':
      return release(packet, context);
    case 'OFFER':
    case 'ACK':
    case 'NAK':
    case undefined:
      return ignored(sentences.sentByServers(type));
  }
}

function discover(packet: DhcpPacket, context: DhcpContext): Decision {
  const { mac } = context.client.boot;
  const closed = closedFor(context);
  if (closed !== undefined) return ignored(closed);
  const reserved = interfaceOf(context)?.ip;
  const otherSubnet = otherSubnetOf(packet, context);
  if (reserved === undefined && otherSubnet !== undefined) return ignored(otherSubnet);
  const choice = context.leases.choose(mac, { reserved, requested: requestedIp(packet) });
  if (choice.kind === 'full') return { kind: 'ignored', reason: choice.reason, poolFull: true };
  const { ip, probe, reason } = choice;
  return grant(packet, context, { type: 'OFFER', ip, effect: { kind: 'offer', ip, probe }, reason });
}

/** The four kinds of REQUEST (RFC 2131 §4.3.2) differ in what they name: server and address, address, or the address in use. */
function request(packet: DhcpPacket, context: DhcpContext): Decision {
  const selecting = packet.options.has(OPTION.serverId);
  // Next to option 50 or 54, `ciaddr` is an outdated address (see destination.ts).
  if (isRenewal(packet)) return judge(packet, context, packet.ciaddr, 'renewing');
  const requested = requestedIp(packet) ?? (packet.ciaddr === NO_ADDRESS ? undefined : packet.ciaddr);
  if (requested !== undefined) return judge(packet, context, requested, selecting ? 'selecting' : 'rebooting');
  // The npm package `dhcp` sends neither address nor server, directly after the offer.
  const offered = context.leases.offerOf(context.client.boot.mac);
  if (offered !== undefined) return judge(packet, context, offered, 'selecting');
  return ignored(sentences.REQUEST_WITHOUT_ADDRESS);
}

type RequestKind = 'selecting' | 'rebooting' | 'renewing';

/** ACK, NAK or silence for a REQUEST of this address. */
function judge(packet: DhcpPacket, context: DhcpContext, ip: string, kind: RequestKind): Decision {
  const { mac } = context.client.boot;
  const closed = closedFor(context);
  if (closed !== undefined && context.leases.offerOf(mac) === undefined) return ignored(closed);
  const reserved = interfaceOf(context)?.ip;
  const verdict = context.leases.mayHave(mac, ip, { reserved, inUse: kind === 'renewing' });
  const otherSubnet = otherSubnetOf(packet, context);
  if (verdict.ok && reserved !== ip && otherSubnet !== undefined) return ignored(otherSubnet);
  const recorded = hasRecord(context);
  if (!recorded && namesSharedServer(packet, context)) return ignored(sentences.sharedServerId(serverIdFor(packet, context)));
  const unrecorded = kind === 'rebooting' && !recorded;
  if (verdict.ok && !unrecorded) return acknowledge(packet, context, ip, verdict.reason);
  if (ip !== reserved && isWrongSubnet(packet, context, ip)) return nak(packet, context, sentences.notInSubnet(ip, context.address));
  return unrecorded ? ignored(sentences.noRecord(ip)) : nak(packet, context, verdict.reason);
}

function acknowledge(packet: DhcpPacket, context: DhcpContext, ip: string, reason: string): Decision {
  const relayed = otherSubnetOf(packet, context) !== undefined && packet.giaddr !== NO_ADDRESS;
  const effect: LeaseEffect = {
    kind: 'bind',
    ip,
    seconds: leaseSeconds(context),
    hostname: reportedText(textOf(packet.options, OPTION.hostname)),
    vendorClass: reportedText(context.client.boot.vendorClass),
    relay: relayed ? packet.giaddr : undefined,
  };
  return grant(packet, context, { type: 'ACK', ip, effect, reason });
}

function inform(packet: DhcpPacket, context: DhcpContext): Decision {
  const ip = packet.ciaddr === NO_ADDRESS ? context.address : packet.ciaddr;
  const options = networkOptions(packet.options, context, interfaceOf(context), ip);
  return replyTo(packet, context, { reply: { type: 'ACK', options }, reasons: [sentences.informed(ip)] });
}

function decline(packet: DhcpPacket, context: DhcpContext): Decision {
  const ip = requestedIp(packet);
  if (ip === undefined) return ignored(sentences.DECLINE_WITHOUT_ADDRESS);
  const { mac } = context.client.boot;
  if (context.leases.of(mac)?.ip !== ip && context.leases.offerOf(mac) !== ip) return ignored(sentences.notAssigned(ip));
  return { kind: 'recorded', effect: { kind: 'decline', ip }, reasons: [sentences.declined(ip)] };
}

function release(packet: DhcpPacket, context: DhcpContext): Decision {
  const lease = context.leases.of(context.client.boot.mac);
  if (lease?.ip !== packet.ciaddr || lease.state !== 'bound') return ignored(sentences.notItsLease(packet.ciaddr));
  return { kind: 'recorded', effect: { kind: 'release', ip: lease.ip }, reasons: [sentences.released(lease.ip)] };
}

interface Grant {
  readonly type: MessageType;
  readonly ip: string;
  readonly effect: LeaseEffect;
  readonly reason: string;
}

function grant(packet: DhcpPacket, context: DhcpContext, { type, ip, effect, reason }: Grant): Decision {
  const { boot, client } = context;
  const options = [
    ...leaseOptions(leaseSeconds(context)),
    ...bootOptions(boot, context.address, client.netboot === 'ipxe'),
    ...networkOptions(packet.options, context, interfaceOf(context), ip),
  ];
  const reasons = [reason, ...(boot?.reasons ?? [sentences.noBootFile(client.reason)])];
  return replyTo(packet, context, { reply: { type, yiaddr: ip, bootName: bootNameOf(boot), options }, reasons, effect });
}

function nak(packet: DhcpPacket, context: DhcpContext, reason: string): Decision {
  const reply = { type: 'NAK', options: [[OPTION.message, textValue(reason.slice(0, 255))]] } as const;
  return replyTo(packet, context, { reply, reasons: [reason], effect: { kind: 'withdraw' } });
}

/** The interface's fields go to the host itself, not to another machine that uses its MAC (a shared USB adapter). */
function interfaceOf(context: DhcpContext): Interface | undefined {
  return context.identity.kind === 'host' ? context.identity.iface : undefined;
}

function leaseSeconds(context: DhcpContext): number {
  return context.leaseSeconds ?? interfaceOf(context)?.leaseTime ?? context.settings.leaseTime;
}

/** Why this machine gets no address for now; undefined for a known machine, and while nothing speaks against it. */
function closedFor({ closedBecause, identity, leases, client }: DhcpContext): string | undefined {
  return isKnown(identity, leases.of(client.boot.mac)) ? undefined : closedBecause;
}

/** Whether Bootbench has a reservation, a lease or an offer for this machine. */
function hasRecord(context: DhcpContext): boolean {
  const { mac } = context.client.boot;
  return interfaceOf(context)?.ip !== undefined || context.leases.of(mac) !== undefined || context.leases.offerOf(mac) !== undefined;
}

/** The reason when the machine is in another subnet than Bootbench; the pool is for its own subnet alone. */
function otherSubnetOf(packet: DhcpPacket, context: DhcpContext): string | undefined {
  const { link } = relayInfoOf(packet);
  if (link === undefined || sameSubnet(link.address, context.address, context.netmask)) return undefined;
  return sentences.onlyReservations(link.reason);
}

/** Whether a machine on Bootbench's own subnet requests an address of another one. */
function isWrongSubnet(packet: DhcpPacket, context: DhcpContext, ip: string): boolean {
  return otherSubnetOf(packet, context) === undefined && !sameSubnet(ip, context.address, context.netmask);
}

/** Whether its REQUEST names the server by an identifier that a relay set, maybe for several servers. */
function namesSharedServer(packet: DhcpPacket, context: DhcpContext): boolean {
  const named = ipOf(packet.options, OPTION.serverId);
  return named !== undefined && named !== context.address && named === serverIdFor(packet, context);
}

function requestedIp(packet: DhcpPacket): string | undefined {
  const ip = ipOf(packet.options, OPTION.requestedIp);
  return ip === NO_ADDRESS ? undefined : ip;
}

function reportedText(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : printable(text);
}
