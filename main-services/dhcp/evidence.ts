import type { EventType, NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import { BROADCAST_ADDRESS, NO_ADDRESS, OPTION } from './codes.ts';
import type { MessageType } from './codes.ts';
import type { ProbeResult } from './conflict-probe.ts';
import type { Decision, DhcpContext } from './decision.ts';
import { isRenewal } from './destination.ts';
import { serverIdFor } from './relay-info.ts';
import { bootNameOf } from './reply.ts';
import type { DhcpPacket } from './packet.ts';
import { printable } from '../../util/text.ts';
import { messageTypeOf } from './options.ts';
import { describeServer } from './probe.ts';
import type { OtherServer } from './probe.ts';

type Data = NonNullable<NewEvent['data']>;

/** What DHCP saw and did, as events that a person can read. */
export interface Evidence {
  seen(packet: DhcpPacket, world: DhcpContext): void;
  replied(
    packet: DhcpPacket,
    world: DhcpContext,
    reply: Extract<Decision, { kind: 'reply' }>,
    details: { probe?: ProbeResult; dropped: number[] },
  ): void;
  noted(packet: DhcpPacket, world: DhcpContext, decision: Extract<Decision, { kind: 'noted' }>): void;
  ignored(packet: DhcpPacket, world: DhcpContext, decision: Extract<Decision, { kind: 'ignored' }>): void;
  malformed(source: string, reason: string): void;
  conflict(world: DhcpContext, ip: string, result: ProbeResult): void;
  otherServer(server: OtherServer, consequence: string): void;
}

/** The same machine ignored for the same reason is told again after this time, not with each retry. */
const QUIET_MS = 300_000;
const MOST_REMEMBERED = 2048;
/** A rush of strangers, or of nonsense, is told this often in ten seconds; the rest of it would say the same. */
const MOST_IN_A_RUSH = 100;
const RUSH_MS = 10_000;

const REPLY_EVENTS: Partial<Record<MessageType, EventType>> = { OFFER: 'dhcp.offer', ACK: 'dhcp.ack', NAK: 'dhcp.nak' };

export function createEvidence(activity: Pick<Activity, 'record'>, clock: Clock): Evidence {
  const told = new Map<string, number>();
  const rush = { since: clock.now(), count: 0 };

  function isRush(): boolean {
    if (clock.now() - rush.since >= RUSH_MS) Object.assign(rush, { since: clock.now(), count: 0 });
    rush.count += 1;
    return rush.count > MOST_IN_A_RUSH;
  }

  function isNews(key: string): boolean {
    const last = told.get(key);
    if ((last !== undefined && clock.now() - last < QUIET_MS) || isRush()) return false;
    if (told.size >= MOST_REMEMBERED) told.clear();
    told.set(key, clock.now());
    return true;
  }

  function record(type: EventType, world: DhcpContext, text: string, data: Data, ip?: string): void {
    const { identity, client } = world;
    const mac = client.boot.mac === '' ? undefined : client.boot.mac;
    activity.record({ type, mac, host: identity.kind === 'host' ? identity.host.name : undefined, ip, message: text, data });
  }

  return {
    seen(packet, world) {
      if (messageTypeOf(packet.options) !== 'DISCOVER') return;
      record('dhcp.discover', world, `${who(world)} looks for an address.`, clientData(packet, world));
    },

    replied(packet, world, reply, { probe, dropped }) {
      const type = REPLY_EVENTS[reply.type];
      if (type === undefined) return;
      const data = { ...clientData(packet, world), ...replyData(packet, world, reply), ...sendingData(probe, dropped) };
      const ip = reply.packet.yiaddr === NO_ADDRESS ? undefined : reply.packet.yiaddr;
      const inform = messageTypeOf(packet.options) === 'INFORM';
      record(inform ? 'dhcp.inform' : type, world, replyText(packet, world, reply), data, ip ?? (inform ? packet.ciaddr : undefined));
      if (isOsLease(packet, world, reply)) {
        record('dhcp.os-lease', world, `The operating system of ${nameOf(world)} has the address ${ip ?? ''}.`, data, ip);
      }
    },

    noted(packet, world, { effect, reasons }) {
      const declined = effect.kind === 'decline';
      const ip = effect.kind === 'decline' || effect.kind === 'release' ? effect.ip : undefined;
      const text = declined
        ? `${nameOf(world)} declines ${ip ?? ''}: another machine uses it. The address rests for 10 minutes.`
        : `${nameOf(world)} gives ${ip ?? ''} back.`;
      record(declined ? 'dhcp.decline' : 'dhcp.release', world, text, { ...clientData(packet, world), reasons }, ip);
    },

    ignored(packet, world, decision) {
      if (!isNews(`${nameOf(world)} ${decision.reason}`)) return;
      const type = messageTypeOf(packet.options) ?? 'message';
      const data: Data = { ...clientData(packet, world), message: type };
      if (decision.full === true) data.code = 'E_DHCP_POOL_FULL';
      record('dhcp.ignored', world, `No answer to the ${type} of ${who(world).replace(/,$/, '')}: ${decision.reason}.`, data);
    },

    malformed(source, reason) {
      if (!isNews('malformed')) return;
      activity.record({
        type: 'dhcp.ignored',
        ip: source,
        message: `A datagram from ${source} is no DHCP message: ${reason}.`,
        data: { malformed: true },
      });
    },

    conflict(world, ip, result) {
      const other = result.kind === 'used' && result.mac !== undefined ? ` (${result.mac})` : '';
      const how = result.by === 'icmp' ? 'it answers ping' : 'it answers ARP';
      const text = `${ip} was to be offered to ${nameOf(world)}, but another machine${other} uses it: ${how}. The address rests for 10 minutes.`;
      const data: Data = { method: result.by };
      if (result.kind === 'used' && result.mac !== undefined) data.usedBy = result.mac;
      record('dhcp.conflict', world, text, data, ip);
    },

    otherServer(server, consequence) {
      const { address, serverId, offeredBoot, vendor, kinds, proxy } = server;
      const data: Data = {
        server: address,
        serverId,
        proxy,
        answers: [...kinds],
        offeredBoot: offeredBoot ?? null,
        vendor: vendor ?? null,
      };
      const text = `Another DHCP server answers on this network: ${describeServer(server)}. ${consequence}`;
      activity.record({ type: 'dhcp.other-server', ip: address, message: text, data });
    },
  };
}

function nameOf({ identity, client, arrival }: DhcpContext): string {
  if (client.boot.mac === '') return `a machine without a MAC address (from ${arrival.source.address})`;
  return identity.kind === 'host' ? `${identity.host.name} (${client.boot.mac})` : client.boot.mac;
}

function who(world: DhcpContext): string {
  const { arch, ipxe } = world.client.boot;
  if (ipxe) return `${nameOf(world)}, running iPXE,`;
  if (world.client.netboot === undefined) return nameOf(world);
  return `${nameOf(world)}, ${world.client.netboot === 'http' ? 'HTTP' : 'PXE'} firmware of architecture ${arch ?? ''},`;
}

function clientData(packet: DhcpPacket, { client, arrival }: DhcpContext): Data {
  const { arch, uuid, vendorClass, ipxe } = client.boot;
  const data: Data = { xid: packet.xid.toString(16).padStart(8, '0'), ipxe, from: `${arrival.source.address}:${arrival.source.port}` };
  if (arch !== undefined) data.arch = arch;
  if (uuid !== undefined) data.uuid = uuid;
  if (vendorClass !== undefined) data.vendorClass = printable(vendorClass);
  if (packet.giaddr !== NO_ADDRESS) data.relay = packet.giaddr;
  return data;
}

function replyData(packet: DhcpPacket, world: DhcpContext, reply: Extract<Decision, { kind: 'reply' }>): Data {
  const { recalled = [] } = world;
  const serverId = serverIdFor(packet, world);
  const broadcast = reply.to.address === BROADCAST_ADDRESS;
  const reasons = [...reply.reasons];
  if (recalled.length > 0)
    reasons.push(`its ${messageTypeOf(packet.options) ?? ''} leaves out options ${recalled.join(', ')}; those of its DISCOVER count`);
  if (broadcast && packet.ciaddr !== NO_ADDRESS)
    reasons.push(`it names the address ${packet.ciaddr} but does not use it yet, so the reply is broadcast`);
  if (serverId !== world.address) reasons.push(`its relay has us use the server identifier ${serverId} (RFC 5107)`);
  return { to: `${reply.to.address}:${reply.to.port}`, broadcast, reasons };
}

function sendingData(probe: ProbeResult | undefined, dropped: readonly number[]): Data {
  const data: Data = {};
  if (probe) data.conflictProbe = probe.by;
  if (dropped.length > 0) data.optionsWithoutRoom = dropped.map(String);
  return data;
}

function replyText(packet: DhcpPacket, world: DhcpContext, reply: Extract<Decision, { kind: 'reply' }>): string {
  const name = nameOf(world);
  const ip = reply.packet.yiaddr;
  const file = reply.packet.options.has(OPTION.bootFile) ? bootNameOf(world.boot) : undefined;
  if (reply.type === 'NAK') return `${name} may not have the address that it asks for: ${reply.reasons.join('; ')}.`;
  if (world.mode === 'proxy')
    return file === undefined ? `Told ${name} that there is a boot server here.` : `Told ${name} to boot ${file}.`;
  if (ip === NO_ADDRESS) return `Told ${name} the settings of the network.`;
  // The query asks iPXE for the machine's facts; it is in the event's data, and no help in a sentence.
  const boot = file === undefined ? 'without a boot file' : `with the boot file ${file.split('?', 1)[0] ?? file}`;
  const sent = boot + sentTo(packet, reply);
  return reply.type === 'OFFER' ? `Offered ${ip} to ${name}, ${sent}.` : `${name} has the address ${ip}, ${sent}.`;
}

/** Where the reply went; nothing for the ordinary broadcast to a machine that has no address. The event's data has it always. */
function sentTo({ ciaddr, giaddr }: DhcpPacket, { to }: Extract<Decision, { kind: 'reply' }>): string {
  if (to.address === BROADCAST_ADDRESS) return ciaddr === NO_ADDRESS ? '' : '; sent by broadcast';
  return giaddr === NO_ADDRESS ? `; sent to ${to.address}` : `; sent to the relay ${to.address}`;
}

/** A plain operating system took an address: evidence that something else than firmware runs. Renewals are no news. */
function isOsLease(packet: DhcpPacket, { client, mode }: DhcpContext, reply: Extract<Decision, { kind: 'reply' }>): boolean {
  const plain = !client.boot.ipxe && !/^(PXE|HTTP)Client/.test(client.boot.vendorClass ?? '');
  return mode === 'full' && plain && reply.effect?.kind === 'bind' && !isRenewal(packet);
}
