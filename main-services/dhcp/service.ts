import type dgram from 'node:dgram';
import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { leaseRows } from '../../db/leases.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService } from '../boot/boot.ts';
import { createNeighbours } from '../network/neighbours.ts';
import type { Binding, BoundService, DeviceSockets } from '../network/types.ts';
import { BROADCAST_ADDRESS } from './codes.ts';
import { createConflictProbe } from './conflict-probe.ts';
import type { ConflictProbe } from './conflict-probe.ts';
import type { Arrival } from './destination.ts';
import { createEvidence } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { leasesOfWrongClock } from './lease-clock.ts';
import { createLeaseTable } from './lease-table.ts';
import type { LeaseTable } from './lease-table.ts';
import type { DhcpPacket } from './packet.ts';
import { poolFor, poolText } from './pool.ts';
import type { Pool } from './pool.ts';
import { describeServer, probeDhcpServers, randomMac } from './probe.ts';
import type { OtherServer, RelayPath } from './probe.ts';
import { createDhcpServer } from './server.ts';
import type { DhcpServer, ServerState } from './server.ts';
import { createLeaseWriter } from './lease-writer.ts';
import type { LeaseWriter } from './lease-writer.ts';

export interface DhcpServiceOptions {
  readonly settings: Settings;
  readonly boot: Pick<BootService, 'identifyMac' | 'decide' | 'notice'>;
  readonly activity: Pick<Activity, 'record'>;
  readonly db: Db;
  readonly sockets: DeviceSockets;
  readonly log: Log;
  readonly clock: Clock;
  readonly rng?: () => number;
  /** Instead of ping and ARP, for tests. */
  readonly conflicts?: ConflictProbe;
}

export interface DhcpStatus {
  readonly mode: 'off' | 'full' | 'proxy';
  /** One sentence: what it does, or why it holds back. */
  readonly message: string;
  readonly ports: { dhcp?: number; pxe?: number };
  readonly others: readonly OtherServer[];
  /** Whether `others` is the answer of a look; false until the first one ended. */
  readonly looked: boolean;
}

export interface DhcpService extends BoundService {
  status(): DhcpStatus;
  /** Looks for other servers now, long enough for those that ping before they offer. Undefined when DHCP does not run. */
  look(): Promise<readonly OtherServer[] | undefined>;
  /** Forgets the lease of an address, so that another machine can have it. E_NOT_FOUND. */
  releaseLease(ip: string): void;
  /** Told when the text changes, such as when another server appears. */
  onStatus(listener: (status: DhcpStatus) => void): () => void;
}

/** Where PXE clients ask the boot server (PXE 2.1 §2.2.5). Tests that move port 67 get any free port. */
const PXE_PORT = 4011;
const REPROBE_MS = 60_000;
/** The first look is short, for the machine that waits; the next comes soon and waits for servers that ping before they offer. */
const SECOND_LOOK_MS = 5_000;
const SHORT_WINDOW_MS = 1_500;
const LONG_WINDOW_MS = 4_000;
/** After a look that found nobody, a cable that comes back need not wait for the next look before known machines are served. */
const TRUST_MS = 600_000;
const RECEIVE_BUFFER = 1 << 20;
const LOOKING = 'we are still looking whether another DHCP server answers on this network';

interface Run {
  readonly binding: Binding;
  readonly state: ServerState;
  readonly server: DhcpServer;
  readonly evidence: Evidence;
  readonly table: LeaseTable;
  readonly turn: LeaseWriter;
  readonly sockets: { dhcp: dgram.Socket; pxe?: dgram.Socket };
  readonly relay: RelayPath;
  readonly pool: Pool | undefined;
  others: OtherServer[];
  looked: boolean;
  /** The last look that was asked for: one at a time. */
  looking: Promise<unknown>;
  cancelLook: () => void;
  /** Aborted when this run ends. */
  readonly end: AbortController;
}

/**
 * DHCP on one NIC. `start` refuses full mode with E_DHCP_OTHER_SERVER while another server answers, and with E_DHCP_DEFAULT_ROUTE
 * on a NIC that leads to the rest of the network or on Wi-Fi unless that was confirmed; E_DHCP_POOL for a pool that does not fit;
 * and as `DeviceSockets.udp` when the port cannot be had. `auto` becomes a proxy instead, and stays one until the next start.
 */
export function createDhcpService(options: DhcpServiceOptions): DhcpService {
  const { settings, db, clock, log, rng = Math.random } = options;
  const rows = leaseRows(db);
  const listeners = new Set<(status: DhcpStatus) => void>();
  const probeMac = randomMac(rng);
  let run: Run | undefined;
  let trusted: { nic: string; address: string; until: number } | undefined;
  /** The server that the last start was refused for: who tries again and again is told once. */
  let refusedFor: string | undefined;

  function open(binding: Binding, dhcp: dgram.Socket, wish: Wish): Run {
    const state: ServerState = { mode: wish.mode, answering: false };
    const evidence = createEvidence(options.activity, clock);
    const replies = new Set<(packet: DhcpPacket, source: string) => void>();
    const sockets: Run['sockets'] = { dhcp };
    mendLeaseTimes();
    const table = createLeaseTable({
      pool: wish.pool ?? { first: 1, last: 0, without: 0 },
      reservedBy: rows.reservedBy,
      now: () => clock.now(),
      leases: rows.list(),
    });
    const turn = createLeaseWriter({ db, rows, log });
    const server = createDhcpServer({
      state,
      address: binding.address,
      netmask: binding.netmask,
      mtu: binding.nic.mtu,
      ports: { server: settings.dhcpPort, client: settings.dhcpClientPort },
      settings,
      boot: options.boot,
      table,
      turn,
      evidence,
      conflicts: options.conflicts ?? conflictProbe(binding, dhcp),
      ownMacs: new Set([probeMac]),
      send: (bytes, to, from) => send(from === 'pxe' && sockets.pxe ? sockets.pxe : dhcp, bytes, to.port, to.address),
      onReply: (packet, source) => replies.forEach((listener) => listener(packet, source)),
      log,
      clock,
    });
    const relay: RelayPath = {
      send: (bytes) => send(dhcp, bytes, settings.dhcpPort, BROADCAST_ADDRESS),
      onReply: (listener) => {
        replies.add(listener);
        return () => replies.delete(listener);
      },
    };
    return {
      binding,
      state,
      server,
      evidence,
      table,
      turn,
      sockets,
      relay,
      pool: wish.pool,
      others: [],
      looked: false,
      looking: Promise.resolve(),
      cancelLook: () => undefined,
      end: new AbortController(),
    };
  }

  /** A clock that was ahead leaves leases that would hold their addresses until that time comes. */
  function mendLeaseTimes(): void {
    const secondsOf = (mac: string): number => {
      const identity = options.boot.identifyMac(mac);
      return (identity.kind === 'host' ? identity.iface.leaseTime : undefined) ?? settings.leaseTime;
    };
    const mended = leasesOfWrongClock(rows.list(), clock.now(), secondsOf);
    if (mended.length === 0) return;
    db.write(() => mended.forEach((lease) => rows.put(lease)));
    const addresses = mended.map(({ ip }) => ip);
    options.activity.record({
      type: 'dhcp.lease-clock',
      message: `The clock of this computer was ahead when ${addresses.length === 1 ? 'a lease was' : `${addresses.length} leases were`} made: ${addresses.slice(0, 10).join(', ')}. They count from now; check the clock, or release them.`,
      data: { leases: addresses.slice(0, 100) },
    });
  }

  function releaseLease(ip: string): void {
    const lease = rows.byIp(ip);
    if (!lease) throw new BootbenchError('E_NOT_FOUND', `There is no lease of ${ip}.`, { next: 'See the leases with "bootbench leases".' });
    if (run) {
      run.turn.flush();
      run.table.free(ip);
    }
    rows.remove(ip);
    const text = `The lease of ${ip} (${lease.mac}) was released by hand.`;
    options.activity.record({ type: 'dhcp.release', mac: lease.mac, ip, message: text, data: { byHand: true } });
  }

  function conflictProbe({ nic }: Binding, dhcp: dgram.Socket): ConflictProbe {
    return createConflictProbe({ nic: nic.name, neighbours: createNeighbours({ nic }), clock, nudge: (ip) => send(dhcp, NUDGE, 9, ip) });
  }

  function send(socket: dgram.Socket, bytes: Uint8Array, port: number, address: string): void {
    try {
      socket.send(bytes, port, address, (error) => {
        if (error) log.warn({ error, address, port }, 'A DHCP datagram could not be sent');
      });
    } catch (error) {
      log.warn({ error, address, port }, 'A DHCP datagram could not be sent');
    }
  }

  function listen(current: Run, socket: dgram.Socket, port: Arrival['port']): void {
    roomForRush(socket);
    socket.on('error', (error) => log.error({ error, port }, 'The DHCP socket failed'));
    socket.on('message', (bytes, source) => {
      current.server.receive(bytes, { port, source: { address: source.address, port: source.port } });
    });
  }

  async function openPxe(current: Run): Promise<void> {
    if (current.sockets.pxe) return;
    const socket = await options.sockets.udp(current.binding.nic, settings.dhcpPort === 67 ? PXE_PORT : 0);
    current.sockets.pxe = socket;
    listen(current, socket, 'pxe');
    if (hasEnded(current)) socket.close();
  }

  function look(current: Run, windowMs: number): Promise<OtherServer[]> {
    return probeDhcpServers({
      ...options,
      rng,
      binding: current.binding,
      mac: probeMac,
      relay: current.relay,
      windowMs,
      signal: current.end.signal,
    });
  }

  /** What becomes of us, now that we know who else answers. */
  async function consider(current: Run, others: OtherServer[]): Promise<void> {
    const { state, binding } = current;
    const news = others.filter((server) => !current.others.some((known) => known.serverId === server.serverId));
    current.others = others;
    current.looked = true;
    const [first] = others;
    if (state.mode === 'full' && first === undefined) {
      state.held = undefined;
      trusted = { nic: binding.nic.name, address: binding.address, until: clock.now() + TRUST_MS };
    }
    if (state.mode === 'full' && first !== undefined) {
      if (settings.dhcp === 'auto') await becomeProxy(current);
      else state.held = `another DHCP server answers on this network: ${describeServer(first)}`;
    }
    for (const server of news) current.evidence.otherServer(server, consequenceOf(state));
    tell();
  }

  async function becomeProxy(current: Run): Promise<void> {
    await openPxe(current);
    current.state.mode = 'proxy';
    current.state.held = undefined;
  }

  function lookLater(current: Run, ms: number, windowMs = LONG_WINDOW_MS): void {
    current.cancelLook = clock.after(ms, () => {
      lookNow(current, windowMs)
        .catch((error: unknown) => log.warn({ error }, 'The look for other DHCP servers failed'))
        .finally(() => {
          if (!hasEnded(current)) lookLater(current, REPROBE_MS);
        });
    });
  }

  function lookNow(current: Run, windowMs: number): Promise<void> {
    const done = current.looking.then(async () => {
      const others = await look(current, windowMs);
      if (!hasEnded(current)) await consider(current, others);
    });
    current.looking = done.catch(() => undefined);
    return done;
  }

  /** Full mode from the start: look first, unless we looked a moment ago and only the cable was out. */
  async function beginFull(current: Run): Promise<void> {
    const { binding, state } = current;
    if (trusted?.nic === binding.nic.name && trusted.address === binding.address && trusted.until > clock.now()) {
      state.held = LOOKING;
      lookLater(current, 0, SHORT_WINDOW_MS);
      return;
    }
    const others = await look(current, SHORT_WINDOW_MS);
    if (hasEnded(current)) throw new BootbenchError('E_CANCELLED', 'DHCP was stopped while it looked for other servers.');
    const [first] = others;
    if (first !== undefined && settings.dhcp === 'full') {
      if (refusedFor !== first.serverId) current.evidence.otherServer(first, 'Full DHCP was not started.');
      refusedFor = first.serverId;
      throw new BootbenchError(
        'E_DHCP_OTHER_SERVER',
        `${describeServer(first)}, answers on ${binding.nic.name}, so full DHCP is off; proxy mode (--dhcp proxy) works beside it.`,
      );
    }
    refusedFor = undefined;
    await consider(current, others);
    lookLater(current, SECOND_LOOK_MS);
  }

  async function start(binding: Binding): Promise<{ port: number; message: string }> {
    await stop();
    if (settings.dhcp === 'off') return { port: 0, message: 'DHCP is off.' };
    const wish = wishFor(settings, binding);
    const socket = await options.sockets.udp(binding.nic, settings.dhcpPort, { broadcast: true });
    const current = open(binding, socket, wish);
    run = current;
    try {
      listen(current, socket, 'dhcp');
      if (wish.mode === 'proxy') {
        await openPxe(current);
        lookLater(current, 0);
      } else {
        await beginFull(current);
      }
      current.state.answering = true;
    } catch (error) {
      if (run === current) await stop();
      throw error;
    }
    tell();
    return { port: socket.address().port, message: status().message };
  }

  function stop(): Promise<void> {
    const current = run;
    run = undefined;
    if (!current) return Promise.resolve();
    current.end.abort();
    current.cancelLook();
    current.server.stop();
    current.sockets.dhcp.close();
    current.sockets.pxe?.close();
    return Promise.resolve();
  }

  function status(): DhcpStatus {
    if (!run) return { mode: 'off', message: 'DHCP is off.', ports: {}, others: [], looked: false };
    const { state, others, sockets } = run;
    return {
      mode: state.mode,
      message: statusText(run),
      ports: { dhcp: sockets.dhcp.address().port, pxe: sockets.pxe?.address().port },
      others,
      looked: run.looked,
    };
  }

  function tell(): void {
    if (run) for (const listener of listeners) listener(status());
  }

  return {
    start,
    stop,
    status,
    async look() {
      const current = run;
      if (!current) return undefined;
      await lookNow(current, LONG_WINDOW_MS);
      return hasEnded(current) ? undefined : current.others;
    },
    releaseLease,
    onStatus: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function hasEnded(run: Run): boolean {
  return run.end.signal.aborted;
}

/** A room of machines that is switched on at once asks faster than one turn of the event loop reads. */
function roomForRush(socket: dgram.Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BUFFER);
  } catch {
    // The system keeps its own size.
  }
}

const NUDGE = Uint8Array.of(0);

interface Wish {
  readonly mode: 'full' | 'proxy';
  readonly pool: Pool | undefined;
}

/** What the settings allow on this NIC, before anybody looked who else is there. */
function wishFor(settings: Settings, { nic, address, netmask }: Binding): Wish {
  if (settings.dhcp === 'proxy') return { mode: 'proxy', pool: undefined };
  if ((nic.defaultRoute || nic.wireless) && !settings.confirmDhcp) {
    if (settings.dhcp === 'auto') return { mode: 'proxy', pool: undefined };
    const what = nic.defaultRoute ? 'holds the default route' : 'is a Wi-Fi port';
    throw new BootbenchError('E_DHCP_DEFAULT_ROUTE', `${nic.name} ${what}, so full DHCP on it could take over your network.`);
  }
  return { mode: 'full', pool: poolFor({ address, netmask }, settings.pool) };
}

function consequenceOf(state: ServerState): string {
  if (state.mode === 'proxy') return 'We only name boot files beside it.';
  return 'Machines that we do not know get no address from us while it answers; proxy mode (--dhcp proxy) works beside it.';
}

function statusText({ state, binding, pool, others }: Run): string {
  const where = `${binding.address} (${binding.nic.name})`;
  const beside = others.length > 0 ? ` beside ${others.map((server) => server.address).join(', ')}` : '';
  if (state.mode === 'proxy') return `Proxy DHCP on ${where}${beside}.`;
  const hold = state.held === undefined ? '' : `; unknown machines wait: ${state.held}`;
  return `DHCP on ${where}, pool ${pool ? poolText(pool) : 'none'}${hold}.`;
}
