import type { Settings } from '../../contract/appliance.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { LeaseRows } from '../../db/leases.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { Limits } from '../protection/limit-board.ts';
import type { BootService } from '../boot/boot.ts';
import { createNeighbours } from '../network/neighbours.ts';
import type { Binding } from '../network/types.ts';
import { createConflictProbe } from './conflict-probe.ts';
import type { ConflictProbe } from './conflict-probe.ts';
import { Evidence } from './evidence.ts';
import { Intake, type SenderClass } from './intake.ts';
import { LeaseTable } from './lease-table.ts';
import { createLeaseWriter } from './lease-writer.ts';
import type { LeaseWriter } from './lease-writer.ts';
import type { DesiredMode } from './mode.ts';
import { OtherServerMonitor } from './other-server-monitor.ts';
import type { MonitorOptions } from './other-server-monitor.ts';
import type { Pool } from './pool.ts';
import { clientName } from './sentences.ts';
import { DhcpServer } from './server.ts';
import type { ServerState } from './server.ts';
import type { DhcpSockets } from './sockets.ts';

/** Everything that exists between a start and the next stop. */
export interface Run {
  readonly binding: Binding;
  readonly pool: Pool | undefined;
  readonly state: ServerState;
  readonly sockets: DhcpSockets;
  readonly table: LeaseTable;
  readonly writer: LeaseWriter;
  readonly evidence: Evidence;
  readonly server: DhcpServer;
  readonly intake: Intake;
  readonly monitor: OtherServerMonitor;
  /** Aborted by the stop. */
  readonly end: AbortController;
}

export interface RunOptions {
  readonly settings: Settings;
  readonly boot: Pick<BootService, 'identifyMac' | 'decide' | 'notice'>;
  readonly activity: Pick<Activity, 'record'>;
  readonly limits: Limits;
  readonly db: Db;
  readonly rows: LeaseRows;
  readonly log: Log;
  readonly clock: Clock;
  readonly binding: Binding;
  readonly sockets: DhcpSockets;
  readonly desired: DesiredMode;
  /** The MAC that Bootbench's own scan for other servers uses. */
  readonly probeMac: string;
  readonly scan: MonitorOptions['scan'];
  readonly onScan: MonitorOptions['onResult'];
  /** Instead of ping and ARP, for tests. */
  readonly conflicts?: ConflictProbe;
}

/** For so long after the last dropped packet, unknown machines count as limited. */
const FLOOD_OVER_AFTER_MS = 60_000;

/** In proxy mode no address is assigned. */
const EMPTY_POOL: Pool = { first: 1, last: 0, without: 0 };

/** Puts the parts of a run together. It does not receive or scan yet. */
export function openRun(options: RunOptions): Run {
  const { binding, sockets, settings, db, rows, boot, log, clock } = options;
  const { mode, pool } = options.desired;
  const state: ServerState = { mode, answering: false };
  const evidence = new Evidence(options.activity, clock);
  const isHost = (mac: string): boolean => boot.identifyMac(mac).kind !== 'unknown';
  const table = new LeaseTable({
    pool: pool ?? EMPTY_POOL,
    reservedBy: rows.reservedBy,
    isHost,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    leases: rows.list(),
  });
  const writer = createLeaseWriter({ db, rows, log, clock });
  const server: DhcpServer = new DhcpServer({
    state,
    address: binding.address,
    netmask: binding.netmask,
    mtu: binding.nic.mtu,
    ports: { server: settings.dhcpPort, client: settings.dhcpClientPort },
    settings,
    boot,
    table,
    writer,
    evidence,
    conflicts: options.conflicts ?? systemProbe(options),
    strangersLimited: () => clock.monotonic() - intake.droppedAt < FLOOD_OVER_AFTER_MS,
    ownMacs: new Set([options.probeMac]),
    send: (bytes, to, from) => sockets.send(bytes, to, from),
    onReply: (packet, source) => sockets.replyReceived(packet, source),
    log,
    clock,
  });
  const intake: Intake = new Intake({
    // Bootbench's own scan comes back where its port is the server's.
    classOf: (mac) => (mac === options.probeMac ? 'known' : classOf(mac, { isHost, table })),
    handle: (bytes, arrival) => server.receive(bytes, arrival),
    hasRoomForStrangers: () => server.hasRoomForStrangers,
    dropped: ({ kind, mac, relay = binding.nic.name }) => {
      if (kind === 'stranger') options.limits.limited('dhcp-strangers', relay);
      else options.limits.limited('dhcp-machine', machineName(mac, boot));
    },
    clock,
  });
  const end = new AbortController();
  const stopWatching = db.onChanges((changes) => {
    if (changes.some(({ kind }) => kind === 'host')) table.hostsChanged();
  });
  end.signal.addEventListener('abort', () => {
    stopWatching();
    intake.close();
  });
  const monitor = new OtherServerMonitor({ scan: options.scan, onResult: options.onScan, clock, log, signal: end.signal });
  return { binding, pool, state, sockets, table, writer, evidence, server, intake, monitor, end };
}

function machineName(mac: string, boot: Pick<BootService, 'identifyMac'>): string {
  const identity = boot.identifyMac(mac);
  return clientName({
    mac,
    source: '',
    firmware: undefined,
    arch: undefined,
    host: identity.kind === 'host' ? identity.host.name : undefined,
  });
}

function classOf(mac: string, { isHost, table }: { isHost: (mac: string) => boolean; table: LeaseTable }): SenderClass {
  if (isHost(mac)) return 'host';
  return table.of(mac) !== undefined || table.offerOf(mac) !== undefined ? 'known' : 'stranger';
}

function systemProbe({ binding: { nic }, clock, sockets }: RunOptions): ConflictProbe {
  return createConflictProbe({ nic: nic.name, neighbours: createNeighbours({ nic }), clock, nudge: (ip) => sockets.nudge(ip) });
}
