import type { Settings } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { BootService } from '../boot/boot.ts';
import { clientOf } from './client.ts';
import { BOOTREPLY } from './codes.ts';
import type { ConflictProbe, ProbeResult } from './conflict-probe.ts';
import { decide } from './decide.ts';
import type { Decision, LeaseEffect, DhcpContext } from './decision.ts';
import type { Arrival, Destination, Ports } from './destination.ts';
import type { Evidence } from './evidence.ts';
import { createExchanges } from './exchange.ts';
import type { Recalled } from './exchange.ts';
import type { LeaseChange, LeaseTable } from './lease-table.ts';
import { decodePacket, encodePacket, macOf } from './packet.ts';
import type { DhcpPacket } from './packet.ts';
import type { LeaseWriter } from './lease-writer.ts';

/** What the service may change while the server runs. */
export interface ServerState {
  mode: 'full' | 'proxy';
  /** False while the first look for other servers is under way. */
  answering: boolean;
  /** Why machines that we do not know get no address for now. */
  held?: string;
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
  readonly turn: LeaseWriter;
  readonly evidence: Evidence;
  readonly conflicts: ConflictProbe;
  /** MACs that our own probe asks with. */
  readonly ownMacs: ReadonlySet<string>;
  readonly send: (bytes: Uint8Array, to: Destination, from: Arrival['port']) => void;
  readonly onReply: (packet: DhcpPacket, source: string) => void;
  readonly log: Log;
  readonly clock: Clock;
}

export interface DhcpServer {
  /** One datagram. Never throws, whatever it holds. */
  receive(bytes: Uint8Array, arrival: Arrival): void;
  stop(): void;
}

/** Of packets that are from no machine; they are refused. */
const NO_MAC = '';

/** How many addresses in a row may turn out to be taken before the machine has to ask again. */
const MOST_CONFLICTS = 4;

interface Waiting {
  packet: DhcpPacket;
  arrival: Arrival;
}

/** Datagram in, decision, datagram out. Whatever waits (the disk, the conflict probe) holds up one machine, not the others. */
export function createDhcpServer(options: ServerOptions): DhcpServer {
  const { state, table, turn, evidence, log } = options;
  /** Machines whose address is being probed, with the newest of their retransmissions: that one is answered. */
  const waiting = new Map<string, Waiting>();
  const exchanges = createExchanges(options.clock);
  let stopped = false;

  function receive(bytes: Uint8Array, arrival: Arrival): void {
    if (stopped) return;
    try {
      const decoded = decodePacket(bytes);
      if (decoded.kind === 'malformed') evidence.malformed(arrival.source.address, decoded.reason);
      else if (decoded.packet.op === BOOTREPLY) options.onReply(decoded.packet, arrival.source.address);
      else if (state.answering) request(decoded.packet, arrival);
    } catch (error) {
      log.error({ error, from: arrival.source }, 'A DHCP message could not be handled');
    }
  }

  function request(packet: DhcpPacket, arrival: Arrival): void {
    const mac = macOf(packet) ?? NO_MAC;
    if (options.ownMacs.has(mac)) return;
    const pending = waiting.get(mac);
    if (pending) {
      Object.assign(pending, { packet, arrival });
      return;
    }
    const recalled = exchanges.recall(mac, packet);
    const world = contextOf(recalled, mac, arrival);
    const decision = decide(recalled.packet, world);
    // Nothing is kept of a packet before it is found to be a machine's, and for us.
    if (decision.kind !== 'ignored' || decision.foreign !== true) {
      exchanges.note(mac, packet);
      if (world.client.netboot !== undefined) options.boot.notice(world.client.boot);
    }
    if (decision.kind !== 'ignored') evidence.seen(packet, world);
    act(recalled.packet, world, decision);
  }

  function act(packet: DhcpPacket, world: DhcpContext, decision: Decision): void {
    const { mac } = world.client.boot;
    if (decision.kind === 'reply') {
      if (decision.effect?.kind === 'offer' && decision.effect.probe) probeThenOffer(packet, world, decision.effect.ip);
      else reply(packet, world, decision);
      return;
    }
    if (decision.effect) turn.commit(apply(mac, decision.effect));
    if (decision.kind === 'noted') evidence.noted(packet, world, decision);
    else evidence.ignored(packet, world, decision);
  }

  function reply(packet: DhcpPacket, world: DhcpContext, decision: Extract<Decision, { kind: 'reply' }>, probe?: ProbeResult): void {
    const { bytes, dropped } = encodePacket(decision.packet, decision.maxSize);
    const changes = decision.effect ? apply(world.client.boot.mac, decision.effect) : [];
    const send = (): void => {
      if (stopped) return;
      options.send(bytes, decision.to, world.arrival.port);
      evidence.replied(packet, world, decision, { probe, dropped });
    };
    if (changes.length === 0) send();
    else turn.commit(changes, send);
  }

  /** The address is kept for this machine meanwhile, so another one that asks now gets the next. */
  function probeThenOffer(packet: DhcpPacket, world: DhcpContext, ip: string): void {
    const { mac } = world.client.boot;
    waiting.set(mac, { packet, arrival: world.arrival });
    probeAddress(mac, ip, 1).catch((error: unknown) => {
      waiting.delete(mac);
      log.error({ error, mac, ip }, 'A machine could not be answered after the conflict probe');
    });
  }

  /** A probe that fails is no reason to leave a machine without an address. */
  function look(mac: string, ip: string): Promise<ProbeResult> {
    return options.conflicts.look(ip, { asker: mac, lastHolder: table.lastHolder(ip) }).catch((error: unknown): ProbeResult => {
      log.warn({ error, ip }, 'The conflict probe failed');
      return { kind: 'free', by: 'none' };
    });
  }

  async function probeAddress(mac: string, ip: string, attempt: number): Promise<void> {
    table.offer(mac, ip);
    const result = await look(mac, ip);
    const asker = waiting.get(mac);
    if (stopped || !asker) return;
    const recalled = exchanges.recall(mac, asker.packet);
    const world = contextOf(recalled, mac, asker.arrival);
    if (result.kind === 'used') {
      turn.commit(table.decline(mac, ip, result.mac));
      evidence.conflict(world, ip, result);
    }
    const decision = decide(recalled.packet, world);
    const again = decision.kind === 'reply' && decision.effect?.kind === 'offer' && decision.effect.probe ? decision.effect.ip : undefined;
    if (again !== undefined && attempt < MOST_CONFLICTS) return probeAddress(mac, again, attempt + 1);
    waiting.delete(mac);
    if (again !== undefined) return;
    if (decision.kind === 'reply') reply(recalled.packet, world, decision, result);
    else act(recalled.packet, world, decision);
  }

  function apply(mac: string, effect: LeaseEffect): LeaseChange[] {
    switch (effect.kind) {
      case 'offer':
        table.offer(mac, effect.ip);
        return [];
      case 'withdraw':
        table.withdraw(mac);
        return [];
      case 'bind':
        return table.bind(mac, effect.ip, effect);
      case 'release':
        return table.release(mac, effect.ip);
      case 'decline':
        return table.decline(mac, effect.ip);
    }
  }

  function contextOf({ packet, codes, serverId }: Recalled, mac: string, arrival: Arrival): DhcpContext {
    const client = clientOf(packet, mac);
    const identity = options.boot.identifyMac(mac, { uuid: client.boot.uuid });
    const boot = client.netboot === undefined ? undefined : options.boot.decide(client.boot);
    const { address, netmask, mtu, ports, settings } = options;
    const known = { client, identity, boot, recalled: codes, givenId: serverId, leases: table };
    return { mode: state.mode, held: state.held, address, netmask, mtu, ports, settings, arrival, ...known };
  }

  return {
    receive,
    stop: () => {
      stopped = true;
      turn.flush();
    },
  };
}
