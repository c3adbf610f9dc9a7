import type { Interface } from '../../contract/inventory.ts';
import { sameSubnet } from '../../contract/primitives.ts';
import { NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import { ignored, isKnown } from './decision.ts';
import type { Decision, LeaseEffect, DhcpContext } from './decision.ts';
import { destinationOf, isRenewal } from './destination.ts';
import { printable } from '../../util/text.ts';
import { ipOf, messageTypeOf, textOf, textValue } from './options.ts';
import { largestReply } from './packet.ts';
import type { DhcpPacket } from './packet.ts';
import { relayInfoOf, serverIdFor } from './relay-info.ts';
import { bootNameOf, bootOptions, buildReply, leaseOptions, networkOptions } from './reply.ts';
import type { Reply } from './reply.ts';

/** The only DHCP server of its network: gives addresses, and boot files to those who may have them. */
export function decideFull(packet: DhcpPacket, world: DhcpContext): Decision {
  // Firmware that nothing fits is left to its next boot device at once (DESIGN §7).
  if (world.boot?.kind === 'ignore') return ignored(world.boot.reasons.join('; '));
  const type = messageTypeOf(packet.options);
  switch (type) {
    case 'DISCOVER':
      return discover(packet, world);
    case 'REQUEST':
      return request(packet, world);
    case 'INFORM':
      return inform(packet, world);
    case 'DECLINE':
      return decline(packet, world);
    case 'RELEASE':
      return release(packet, world);
    case 'OFFER':
    case 'ACK':
    case 'NAK':
    case undefined:
      return ignored(`a ${type ?? 'message without type'} is for clients, not for servers`);
  }
}

function discover(packet: DhcpPacket, world: DhcpContext): Decision {
  const { mac } = world.client.boot;
  if (isHeld(world)) return ignored(world.held ?? '');
  const reserved = interfaceOf(world)?.ip;
  const elsewhere = otherSubnet(packet, world);
  if (reserved === undefined && elsewhere !== undefined) return ignored(elsewhere);
  const choice = world.leases.choose(mac, { reserved, requested: requestedIp(packet) });
  if (choice.kind === 'full') return { kind: 'ignored', reason: choice.reason, full: true };
  const effect: LeaseEffect = { kind: 'offer', ip: choice.ip, probe: choice.probe };
  return grant(packet, world, 'OFFER', choice.ip, effect, choice.reason);
}

/** The four kinds of REQUEST (RFC 2131 §4.3.2) differ in what they name: server and address, address, or the address in use. */
function request(packet: DhcpPacket, world: DhcpContext): Decision {
  const selecting = packet.options.has(OPTION.serverId);
  // Beside option 50 or 54 `ciaddr` is an address of the past (see destination.ts).
  if (isRenewal(packet)) return judge(packet, world, packet.ciaddr, 'renewing');
  const requested = requestedIp(packet) ?? (packet.ciaddr === NO_ADDRESS ? undefined : packet.ciaddr);
  if (requested !== undefined) return judge(packet, world, requested, selecting ? 'selecting' : 'rebooting');
  // The npm package `dhcp` asks so: neither address nor server, straight after our offer.
  const offered = world.leases.offerOf(world.client.boot.mac);
  if (offered !== undefined) return judge(packet, world, offered, 'selecting');
  return ignored('its REQUEST names no address, and none was offered to it');
}

type RequestKind = 'selecting' | 'rebooting' | 'renewing';

function judge(packet: DhcpPacket, world: DhcpContext, ip: string, kind: RequestKind): Decision {
  const { mac } = world.client.boot;
  if (isHeld(world) && world.leases.offerOf(mac) === undefined) return ignored(world.held ?? '');
  const iface = interfaceOf(world);
  const verdict = world.leases.mayHave(mac, ip, iface?.ip, kind === 'renewing');
  const elsewhere = otherSubnet(packet, world);
  if (verdict.ok && iface?.ip !== ip && elsewhere !== undefined) return ignored(elsewhere);
  if (namesSharedServer(packet, world) && isStranger(world)) {
    return ignored(
      `its relay has all servers go by ${serverIdFor(packet, world)} (RFC 5107), and it did not choose ours: we offered it nothing`,
    );
  }
  const stranger = kind === 'rebooting' && isStranger(world);
  if (verdict.ok && !stranger) {
    const { hostname, vendorClass } = namesOf(packet, world);
    const relay = elsewhere === undefined || packet.giaddr === NO_ADDRESS ? undefined : packet.giaddr;
    const effect: LeaseEffect = { kind: 'bind', ip, seconds: leaseSeconds(world, iface), hostname, vendorClass, relay };
    return grant(packet, world, 'ACK', ip, effect, verdict.reason);
  }
  const wrongNet = elsewhere === undefined && !sameSubnet(ip, world.address, world.netmask);
  if (wrongNet && ip !== iface?.ip) return nak(packet, world, `${ip} is not in the subnet of ${world.address}`);
  if (stranger) return ignored(`it asks for ${ip} again, and we have no record of it (RFC 2131 §4.3.2: stay silent)`);
  return nak(packet, world, verdict.reason);
}

function inform(packet: DhcpPacket, world: DhcpContext): Decision {
  const ip = packet.ciaddr === NO_ADDRESS ? world.address : packet.ciaddr;
  const options = networkOptions(packet.options, world, interfaceOf(world), ip);
  return send(packet, world, { type: 'ACK', options }, [`it has ${ip} and asks for the network's settings`]);
}

function decline(packet: DhcpPacket, world: DhcpContext): Decision {
  const ip = requestedIp(packet);
  if (ip === undefined) return ignored('its DECLINE names no address');
  const { mac } = world.client.boot;
  if (world.leases.of(mac)?.ip !== ip && world.leases.offerOf(mac) !== ip) return ignored(`it declines ${ip}, which we never gave it`);
  return { kind: 'noted', effect: { kind: 'decline', ip }, reasons: [`it found ${ip} in use; the address rests for 10 minutes`] };
}

function release(packet: DhcpPacket, world: DhcpContext): Decision {
  const lease = world.leases.of(world.client.boot.mac);
  if (lease?.ip !== packet.ciaddr || lease.state !== 'bound') return ignored(`it releases ${packet.ciaddr}, which is not its lease`);
  return { kind: 'noted', effect: { kind: 'release', ip: lease.ip }, reasons: [`it gives ${lease.ip} back`] };
}

function grant(packet: DhcpPacket, world: DhcpContext, type: MessageType, ip: string, effect: LeaseEffect, reason: string): Decision {
  const iface = interfaceOf(world);
  const boot = world.boot;
  const reply: Reply = {
    type,
    yiaddr: ip,
    bootName: bootNameOf(boot),
    options: [
      ...leaseOptions(leaseSeconds(world, iface)),
      ...bootOptions(boot, world.address, world.client.netboot === 'ipxe'),
      ...networkOptions(packet.options, world, iface, ip),
    ],
  };
  return send(packet, world, reply, [reason, ...(boot?.reasons ?? [`no boot file: ${world.client.reason}`])], effect);
}

function nak(packet: DhcpPacket, world: DhcpContext, reason: string): Decision {
  return send(packet, world, { type: 'NAK', options: [[OPTION.message, textValue(reason.slice(0, 255))]] }, [reason], { kind: 'withdraw' });
}

function send(packet: DhcpPacket, world: DhcpContext, reply: Reply, reasons: string[], effect?: LeaseEffect): Decision {
  return {
    kind: 'reply',
    type: reply.type,
    packet: buildReply(packet, { address: world.address, id: serverIdFor(packet, world) }, reply),
    to: destinationOf(packet, reply.type, world.arrival, world.ports),
    maxSize: largestReply(packet.options, world.mtu),
    effect,
    reasons,
  };
}

/** The interface's fields go to the host itself, not to another machine that wears its MAC (a shared USB adapter). */
function interfaceOf(world: DhcpContext): Interface | undefined {
  return world.identity.kind === 'host' ? world.identity.iface : undefined;
}

function leaseSeconds(world: DhcpContext, iface: Interface | undefined): number {
  return iface?.leaseTime ?? world.settings.leaseTime;
}

function isHeld(world: DhcpContext): boolean {
  return world.held !== undefined && !isKnown(world.identity, world.leases.of(world.client.boot.mac));
}

function isStranger(world: DhcpContext): boolean {
  const { mac } = world.client.boot;
  return interfaceOf(world)?.ip === undefined && world.leases.of(mac) === undefined && world.leases.offerOf(mac) === undefined;
}

/** A sentence when the machine is in another subnet than ours; the pool is for ours alone. */
function otherSubnet(packet: DhcpPacket, world: DhcpContext): string | undefined {
  const { link } = relayInfoOf(packet);
  if (link === undefined || sameSubnet(link.address, world.address, world.netmask)) return undefined;
  return `${link.clause}, and only reservations are given there`;
}

/** Whether its REQUEST names the server by an identifier that a relay gave out, maybe for several servers. */
function namesSharedServer(packet: DhcpPacket, world: DhcpContext): boolean {
  const named = ipOf(packet.options, OPTION.serverId);
  return named !== undefined && named !== world.address && named === serverIdFor(packet, world);
}

function requestedIp(packet: DhcpPacket): string | undefined {
  const ip = ipOf(packet.options, OPTION.requestedIp);
  return ip === NO_ADDRESS ? undefined : ip;
}

function namesOf(packet: DhcpPacket, world: DhcpContext): { hostname?: string; vendorClass?: string } {
  const said = (text: string | undefined): string | undefined => (text === undefined || text === '' ? undefined : printable(text));
  return { hostname: said(textOf(packet.options, OPTION.hostname)), vendorClass: said(world.client.boot.vendorClass) };
}
