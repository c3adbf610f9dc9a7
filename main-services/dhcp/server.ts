import type { Settings } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { BootService } from '../boot/boot.ts';
import { clientOf } from './client.ts';
import { BOOTREPLY } from './codes.ts';
import type { ConflictProbe, ProbeResult } from './conflict-probe.ts';
import { decide, refuse } from './decide.ts';
import type { Decision, DhcpContext, IgnoredDecision, ReplyDecision } from './decision.ts';
import type { Arrival, Destination, Ports } from './destination.ts';
import type { Evidence, Sender } from './evidence.ts';
import { createExchanges } from './exchange.ts';
import type { Exchanges, Recalled } from './exchange.ts';
import type { LeaseChange, LeaseTable } from './lease-table.ts';
import type { LeaseWriter } from './lease-writer.ts';
import * as sentences from './sentences.ts';
import { unstoredSeconds } from './unstored-lease.ts';
import { decodePacket, encodePacket, macOf } from './packet.ts';
import type { DhcpPacket } from './packet.ts';

/** What the service may change while the server runs. */
export interface ServerState {
  mode: 'full' | 'proxy';
  /** False during the first scan for other servers. */
  answering: boolean;
  /** Why unknown machines get no address for now. */
  closedBecause?: string;
}

export interface ServerOptions {
  readonly state: ServerState;
  readonly address: string;
  readonly netmask: string;
  readonly mtu: number;
  readonly ports: Ports;
  readonly settings: Pick<Settings, 'leaseTime' | 'router' | 'dns'>;
  readonly boot: Pick<BootService, 'identifyMac' | 'decide' | 'notice'>;
  readonly table: LeaseTable;
  readonly writer: LeaseWriter;
  readonly evidence: Evidence;
  readonly conflicts: ConflictProbe;
  /** Whether unknown machines send more than they may now, or did a moment ago. */
  readonly strangersLimited: () => boolean;
  /** MACs that Bootbench's own scan for other servers uses. */
  readonly ownMacs: ReadonlySet<string>;
  readonly send: (bytes: Uint8Array, to: Destination, from: Arrival['port']) => void;
  readonly onReply: (packet: DhcpPacket, source: string) => void;
  readonly log: Log;
  readonly clock: Clock;
}

/** Of packets that no single machine sent; they are refused. */
const NO_MAC = '';

/** How many addresses in a row may turn out to be in use before the machine has to ask again. */
const MAX_PROBES = 4;

/** Each probe makes the system resolve an address, and its table of neighbours is small (1,024 entries on Linux). */
const MAX_STRANGERS_PROBED = 128;
const MAX_STRANGERS_PROBED_IN_FLOOD = 8;

/** While strangers are limited, in seconds: what a flood leases is free soon after it. */
const STRANGER_LEASE_SECONDS = 300;

/** A packet that was not refused, and what its reply depends on. */
interface Request {
  readonly packet: DhcpPacket;
  readonly context: DhcpContext;
}

/** Datagram in, decision, datagram out. Whatever takes time (the disk, the conflict probe) delays one machine, not the others. */
export class DhcpServer {
  readonly #options: ServerOptions;
  readonly #exchanges: Exchanges;
  /** The newest request of each machine whose address is being probed: that one is answered. */
  readonly #probing = new Map<string, Request>();
  #strangersProbed = 0;
  #stopped = false;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#exchanges = createExchanges(options.clock);
  }

  /** Handles one datagram. Never throws, whatever it contains. */
  receive(bytes: Uint8Array, arrival: Arrival): void {
    if (this.#stopped) return;
    const { evidence, onReply, state, log } = this.#options;
    try {
      const decoded = decodePacket(bytes);
      if (decoded.kind === 'malformed') evidence.malformed(arrival.source.address, decoded.reason);
      else if (decoded.packet.op === BOOTREPLY) onReply(decoded.packet, arrival.source.address);
      else if (state.answering) this.#handle(decoded.packet, arrival);
    } catch (error) {
      log.error({ error, from: arrival.source }, 'A DHCP message could not be handled');
    }
  }

  /** Whether the packet of a machine that is not known can be handled now. */
  get hasRoomForStrangers(): boolean {
    return this.#strangersProbed < (this.#options.strangersLimited() ? MAX_STRANGERS_PROBED_IN_FLOOD : MAX_STRANGERS_PROBED);
  }

  stop(): void {
    this.#stopped = true;
    this.#options.writer.flush();
  }

  #handle(packet: DhcpPacket, arrival: Arrival): void {
    const { evidence, ownMacs, address } = this.#options;
    const mac = macOf(packet) ?? NO_MAC;
    if (ownMacs.has(mac)) return;
    const recalled = this.#exchanges.recall(mac, packet);
    // Before a context is built: nothing is decided or stored for such a packet.
    const refusal = refuse(recalled.packet, { address, relayServerId: recalled.serverId });
    if (refusal) {
      if (refusal.effect) this.#probing.delete(mac);
      this.#ignore(recalled.packet, this.#senderOf(recalled.packet, mac, arrival), refusal);
      return;
    }
    const request: Request = { packet: recalled.packet, context: this.#contextOf(recalled, mac, arrival) };
    if (this.#probing.has(mac)) {
      this.#probing.set(mac, request);
      return;
    }
    this.#exchanges.note(mac, packet);
    const { client } = request.context;
    if (client.netboot !== undefined) this.#notice(client.boot);
    const decision = decide(request.packet, request.context);
    if (decision.kind !== 'ignored') evidence.received(packet, request.context);
    this.#act(request, decision);
  }

  #act(request: Request, decision: Decision): void {
    const { packet, context } = request;
    switch (decision.kind) {
      case 'reply':
        if (decision.effect?.kind === 'offer' && decision.effect.probe) this.#probeThenOffer(request, decision.effect.ip);
        else this.#reply(request, decision);
        return;
      case 'recorded':
        this.#options.writer.commit(this.#options.table.apply(context.client.boot.mac, decision.effect), committing(context));
        this.#options.evidence.recorded(packet, context, decision);
        return;
      case 'ignored':
        this.#ignore(packet, context, decision);
    }
  }

  #ignore(packet: DhcpPacket, sender: Sender, decision: IgnoredDecision): void {
    const changes = decision.effect ? this.#options.table.apply(sender.client.boot.mac, decision.effect) : [];
    if (changes.length > 0) this.#options.writer.commit(changes, committing(sender));
    this.#options.evidence.ignored(packet, sender, decision);
  }

  #reply({ packet, context }: Request, decision: ReplyDecision, probe?: ProbeResult): void {
    const { writer, evidence, table } = this.#options;
    const { bytes, dropped } = encodePacket(decision.packet, decision.maxSize);
    const changes = decision.effect ? table.apply(context.client.boot.mac, decision.effect) : [];
    const send = (): void => {
      if (this.#stopped) return;
      this.#options.send(bytes, decision.to, context.arrival.port);
      evidence.replied(packet, context, decision, { probe, dropped });
    };
    if (changes.length === 0) send();
    else {
      const otherwise = (): void => this.#replyUnstored({ packet, context }, decision, changes);
      writer.commit(changes, { ...committing(context), then: send, otherwise });
    }
  }

  /** A full disk or any other failure to store what a machine reports does not leave it without an address. */
  #notice(client: DhcpContext['client']['boot']): void {
    try {
      this.#options.boot.notice(client);
    } catch (error) {
      this.#options.log.warn({ error, mac: client.mac }, 'What a machine reports could not be stored');
    }
  }

  /** The lease could not be written. A machine whose address no one else can get is answered anyway, without storing anything. */
  #replyUnstored({ packet, context }: Request, { effect }: ReplyDecision, changes: readonly LeaseChange[]): void {
    const { table, writer, evidence, send } = this.#options;
    if (this.#stopped || effect?.kind !== 'bind') return;
    const { mac } = context.client.boot;
    table.undo(changes, (ip) => writer.stored(ip));
    const leaseSeconds = unstoredSeconds(effect, { mac, identity: context.identity, stored: writer.stored(effect.ip), now: table.now() });
    // As before the request, which may name no address.
    table.offer(mac, effect.ip);
    if (leaseSeconds === undefined) return;
    const unstored = { ...context, leaseSeconds };
    const decision = decide(packet, unstored);
    if (decision.kind !== 'reply' || decision.type !== 'ACK') return;
    const { bytes, dropped } = encodePacket(decision.packet, decision.maxSize);
    table.withdraw(mac);
    send(bytes, decision.to, context.arrival.port);
    evidence.replied(packet, unstored, { ...decision, reasons: [...decision.reasons, sentences.unstored(leaseSeconds)] }, { dropped });
  }

  #probeThenOffer(request: Request, ip: string): void {
    const { mac } = request.context.client.boot;
    const stranger = isStranger(request.context);
    if (stranger) this.#strangersProbed += 1;
    this.#probing.set(mac, request);
    this.#probeAndDecide(mac, ip, stranger)
      .catch((error: unknown) => {
        this.#probing.delete(mac);
        this.#options.log.error({ error, mac, ip }, 'A machine could not be answered after the conflict probe');
      })
      .finally(() => {
        if (stranger) this.#strangersProbed -= 1;
      });
  }

  /** Probes addresses until one is free. Each is offered to this machine meanwhile, so that another one that asks now gets the next. */
  async #probeAndDecide(mac: string, first: string, stranger: boolean): Promise<void> {
    const { table, state } = this.#options;
    let ip = first;
    for (let attempt = 1; attempt <= MAX_PROBES; attempt += 1) {
      table.offer(mac, ip);
      const result = await this.#probe(mac, ip, stranger);
      const newest = this.#probing.get(mac);
      if (this.#stopped || !newest) return;
      if (result.kind === 'used') this.#quarantine(newest.context, ip, result);
      // The mode may have changed during the probe, and the table has.
      const request = { ...newest, context: { ...newest.context, mode: state.mode, closedBecause: state.closedBecause } };
      const decision = decide(request.packet, request.context);
      const next = addressToProbe(decision);
      if (next === undefined) {
        this.#probing.delete(mac);
        if (decision.kind === 'reply') this.#reply(request, decision, result);
        else this.#act(request, decision);
        return;
      }
      ip = next;
    }
    this.#probing.delete(mac);
  }

  /** A probe that fails does not leave a machine without an address. */
  #probe(mac: string, ip: string, stranger: boolean): Promise<ProbeResult> {
    const { conflicts, table, log, strangersLimited } = this.#options;
    const withoutPing = stranger && strangersLimited();
    return conflicts.probe(ip, { client: mac, lastHolder: table.lastHolder(ip), withoutPing }).catch((error: unknown): ProbeResult => {
      log.warn({ error, ip }, 'The conflict probe failed');
      return { kind: 'free', by: 'none' };
    });
  }

  #quarantine(sender: Sender, ip: string, result: Extract<ProbeResult, { kind: 'used' }>): void {
    const { table, writer, evidence } = this.#options;
    writer.commit(table.decline(sender.client.boot.mac, ip, result.mac), committing(sender));
    evidence.conflict(sender, ip, result);
  }

  #senderOf(packet: DhcpPacket, mac: string, arrival: Arrival): Sender {
    const client = clientOf(packet, mac);
    const identity = mac === NO_MAC ? ({ kind: 'unknown' } as const) : this.#options.boot.identifyMac(mac, { uuid: client.boot.uuid });
    return { client, identity, arrival };
  }

  /** Built once for each packet. Reads the inventory and the leases, writes nothing. */
  #contextOf({ packet, codes, serverId }: Recalled, mac: string, arrival: Arrival): DhcpContext {
    const { state, boot, address, netmask, mtu, ports, settings, table, strangersLimited } = this.#options;
    const sender = this.#senderOf(packet, mac, arrival);
    return {
      ...sender,
      boot: sender.client.netboot === undefined ? undefined : boot.decide(sender.client.boot),
      mode: state.mode,
      closedBecause: state.closedBecause,
      address,
      netmask,
      mtu,
      ports,
      settings,
      leases: table,
      leaseSeconds: isStranger(sender) && strangersLimited() ? Math.min(settings.leaseTime, STRANGER_LEASE_SECONDS) : undefined,
      recalled: codes,
      relayServerId: serverId,
    };
  }
}

function isStranger({ identity }: Pick<Sender, 'identity'>): boolean {
  return identity.kind === 'unknown';
}

function committing(sender: Pick<Sender, 'identity'>): { ofStranger: boolean } {
  return { ofStranger: isStranger(sender) };
}

/** The address that the decision offers, when it has to be probed first. */
function addressToProbe(decision: Decision): string | undefined {
  return decision.kind === 'reply' && decision.effect?.kind === 'offer' && decision.effect.probe ? decision.effect.ip : undefined;
}
