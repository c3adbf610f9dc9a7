import type { EventType, NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import { printable } from '../../util/text.ts';
import type { Activity } from '../activity/activity.ts';
import { BROADCAST_ADDRESS, NO_ADDRESS, OPTION } from './codes.ts';
import type { ProbeResult } from './conflict-probe.ts';
import type { DhcpContext, IgnoredDecision, RecordedDecision, ReplyDecision } from './decision.ts';
import { isRenewal } from './destination.ts';
import { messageTypeOf } from './options.ts';
import type { DhcpPacket } from './packet.ts';
import type { OtherServer } from './probe.ts';
import { serverIdFor } from './relay-info.ts';
import { RepeatFilter } from './repeat-filter.ts';
import { bootNameOf } from './reply.ts';
import * as sentences from './sentences.ts';

type Data = NonNullable<NewEvent['data']>;

/** What is known about the machine that sent a packet. */
export type Sender = Pick<DhcpContext, 'client' | 'identity' | 'arrival'>;

/** What DHCP received and did, as events. */
export class Evidence {
  readonly #activity: Pick<Activity, 'record'>;
  readonly #repeats: RepeatFilter;

  constructor(activity: Pick<Activity, 'record'>, clock: Clock) {
    this.#activity = activity;
    this.#repeats = new RepeatFilter(clock);
  }

  received(packet: DhcpPacket, sender: Sender): void {
    if (messageTypeOf(packet.options) !== 'DISCOVER') return;
    const message = sentences.requestsAddress(sentences.clientAndFirmware(clientText(sender)));
    this.#record('dhcp.discover', sender, message, clientData(packet, sender));
  }

  /** `dropped`: codes of options that found no room in the reply. */
  replied(packet: DhcpPacket, context: DhcpContext, reply: ReplyDecision, sent: { probe?: ProbeResult; dropped: readonly number[] }): void {
    const type = replyEvent(packet, reply);
    if (type === undefined) return;
    const data = { ...clientData(packet, context), ...replyData(packet, context, reply), ...sendingData(sent) };
    const assigned = reply.packet.yiaddr === NO_ADDRESS ? undefined : reply.packet.yiaddr;
    this.#record(
      type,
      context,
      replyMessage(packet, context, reply),
      data,
      assigned ?? (type === 'dhcp.inform' ? packet.ciaddr : undefined),
    );
    if (assigned === undefined || !isOsLease(packet, context, reply)) return;
    this.#record('dhcp.os-lease', context, sentences.osLease(nameOf(context), assigned), data, assigned);
  }

  recorded(packet: DhcpPacket, sender: Sender, { effect, reasons }: RecordedDecision): void {
    const data = { ...clientData(packet, sender), reasons };
    const { ip } = effect;
    switch (effect.kind) {
      case 'decline':
        this.#record('dhcp.decline', sender, sentences.addressDeclined(nameOf(sender), ip), data, ip);
        return;
      case 'release':
        this.#record('dhcp.release', sender, sentences.addressReleased(nameOf(sender), ip), data, ip);
        return;
    }
  }

  ignored(packet: DhcpPacket, sender: Sender, { reason, poolFull }: IgnoredDecision): void {
    if (!this.#repeats.isNew(`${nameOf(sender)} ${reason}`)) return;
    const type = messageTypeOf(packet.options) ?? 'message';
    const data: Data = { ...clientData(packet, sender), message: type };
    if (poolFull === true) data.code = 'E_DHCP_POOL_FULL';
    this.#record('dhcp.ignored', sender, sentences.noReply(type, sentences.clientAndFirmware(clientText(sender)), reason), data);
  }

  malformed(source: string, reason: string): void {
    if (!this.#repeats.isNew('malformed')) return;
    const message = sentences.malformedMessage(source, reason);
    this.#activity.record({ type: 'dhcp.ignored', ip: source, message, data: { malformed: true } });
  }

  conflict(sender: Sender, ip: string, result: Extract<ProbeResult, { kind: 'used' }>): void {
    const data: Data = { method: result.by };
    if (result.mac !== undefined) data.usedBy = result.mac;
    this.#record('dhcp.conflict', sender, sentences.addressInUse(nameOf(sender), ip, result.by, result.mac), data, ip);
  }

  otherServer(server: OtherServer, consequence: string): void {
    const { address, serverId, offeredBoot = null, vendor = null, kinds, proxy } = server;
    const data: Data = { server: address, serverId, proxy, answers: [...kinds], offeredBoot, vendor };
    const message = sentences.otherServerFound(sentences.describeServer(server), consequence);
    this.#activity.record({ type: 'dhcp.other-server', ip: address, message, data });
  }

  #record(type: EventType, { identity, client }: Sender, message: string, data: Data, ip?: string): void {
    const mac = client.boot.mac === '' ? undefined : client.boot.mac;
    this.#activity.record({ type, mac, host: identity.kind === 'host' ? identity.host.name : undefined, ip, message, data });
  }
}

function clientText({ identity, client, arrival }: Sender): sentences.ClientText {
  const { mac, arch, ipxe } = client.boot;
  const host = identity.kind === 'host' ? identity.host.name : undefined;
  return { mac, host, source: arrival.source.address, firmware: ipxe ? 'ipxe' : client.netboot, arch };
}

function nameOf(sender: Sender): string {
  return sentences.clientName(clientText(sender));
}

function clientData(packet: DhcpPacket, { client, arrival }: Sender): Data {
  const { arch, uuid, vendorClass, ipxe } = client.boot;
  const data: Data = { xid: packet.xid.toString(16).padStart(8, '0'), ipxe, from: `${arrival.source.address}:${arrival.source.port}` };
  if (arch !== undefined) data.arch = arch;
  if (uuid !== undefined) data.uuid = uuid;
  if (vendorClass !== undefined) data.vendorClass = printable(vendorClass);
  if (packet.giaddr !== NO_ADDRESS) data.relay = packet.giaddr;
  return data;
}

function replyData(packet: DhcpPacket, context: DhcpContext, reply: ReplyDecision): Data {
  const { recalled = [] } = context;
  const serverId = serverIdFor(packet, context);
  const broadcast = reply.to.address === BROADCAST_ADDRESS;
  const reasons = [...reply.reasons];
  if (recalled.length > 0) reasons.push(sentences.recalledOptions(messageTypeOf(packet.options) ?? 'message', recalled));
  if (broadcast && packet.ciaddr !== NO_ADDRESS) reasons.push(sentences.unusedAddress(packet.ciaddr));
  if (serverId !== context.address) reasons.push(sentences.relayServerId(serverId));
  return { to: `${reply.to.address}:${reply.to.port}`, broadcast, reasons };
}

function sendingData({ probe, dropped }: { probe?: ProbeResult; dropped: readonly number[] }): Data {
  const data: Data = {};
  if (probe) data.conflictProbe = probe.by;
  if (dropped.length > 0) data.optionsWithoutRoom = dropped.map(String);
  return data;
}

function replyEvent(packet: DhcpPacket, { type }: ReplyDecision): EventType | undefined {
  if (messageTypeOf(packet.options) === 'INFORM') return 'dhcp.inform';
  if (type === 'OFFER') return 'dhcp.offer';
  if (type === 'ACK') return 'dhcp.ack';
  return type === 'NAK' ? 'dhcp.nak' : undefined;
}

function replyMessage(packet: DhcpPacket, context: DhcpContext, reply: ReplyDecision): string {
  const name = nameOf(context);
  const ip = reply.packet.yiaddr;
  const file = reply.packet.options.has(OPTION.bootFile) ? bootNameOf(context.boot) : undefined;
  if (reply.type === 'NAK') return sentences.requestRefused(name, reply.reasons.join('; '));
  if (context.mode === 'proxy') return file === undefined ? sentences.bootServerAnnounced(name) : sentences.bootFileNamed(name, file);
  if (ip === NO_ADDRESS) return sentences.settingsSent(name);
  // iPXE's URL carries the machine's facts in its query: they are in the event's data, and unreadable in a sentence.
  const shown = file?.split('?', 1)[0];
  const destination = destinationText(packet, reply);
  return reply.type === 'OFFER'
    ? sentences.addressOffered(name, ip, shown, destination)
    : sentences.addressAssigned(name, ip, shown, destination);
}

/** Where the reply went; empty for the usual broadcast to a machine without an address. The event's data always has it. */
function destinationText({ ciaddr, giaddr }: DhcpPacket, { to }: ReplyDecision): string {
  if (to.address === BROADCAST_ADDRESS) return ciaddr === NO_ADDRESS ? sentences.sentTo.usual : sentences.sentTo.broadcast;
  return giaddr === NO_ADDRESS ? sentences.sentTo.client(to.address) : sentences.sentTo.relay(to.address);
}

/** A plain operating system got an address: evidence that something other than firmware runs. Renewals do not count. */
function isOsLease(packet: DhcpPacket, { client, mode }: DhcpContext, reply: ReplyDecision): boolean {
  const plain = !client.boot.ipxe && !/^(PXE|HTTP)Client/.test(client.boot.vendorClass ?? '');
  return mode === 'full' && plain && reply.effect?.kind === 'bind' && !isRenewal(packet);
}
