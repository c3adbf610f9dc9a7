import type { Settings } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import { leaseRows } from '../../db/leases.ts';
import type { LeaseRows } from '../../db/leases.ts';
import type { Db } from '../../db/open.ts';
import type { Activity } from '../activity/activity.ts';
import type { BootService } from '../boot/boot.ts';
import type { Limits } from '../protection/limit-board.ts';
import type { Binding, BoundService, DeviceSockets } from '../network/types.ts';
import type { ConflictProbe } from './conflict-probe.ts';
import { leasesOfWrongClock, movedLease } from './lease-clock.ts';
import { consequenceOf, desiredMode, modeAfterScan, statusMessage } from './mode.ts';
import type { DesiredMode } from './mode.ts';
import { LONG_WINDOW_MS, SHORT_WINDOW_MS } from './other-server-monitor.ts';
import { probeDhcpServers, randomMac } from './probe.ts';
import type { OtherServer } from './probe.ts';
import { openRun } from './run.ts';
import type { Run } from './run.ts';
import * as sentences from './sentences.ts';
import { DhcpSockets } from './sockets.ts';

export interface DhcpServiceOptions {
  readonly settings: Settings;
  readonly boot: Pick<BootService, 'identifyMac' | 'decide' | 'notice'>;
  readonly activity: Pick<Activity, 'record'>;
  readonly limits: Limits;
  readonly db: Db;
  readonly sockets: DeviceSockets;
  readonly log: Log;
  readonly clock: Clock;
  /** Numbers from 0 to below 1. */
  readonly rng?: () => number;
  /** Instead of ping and ARP, for tests. */
  readonly conflicts?: ConflictProbe;
}

export interface DhcpStatus {
  readonly mode: 'off' | 'full' | 'proxy';
  /** What it does, or why it waits. */
  readonly message: string;
  readonly ports: { dhcp?: number; pxe?: number };
  /** The other servers that the last scan found; undefined until the first one has ended. */
  readonly others: readonly OtherServer[] | undefined;
}

/** The first scan is short; the second follows soon and waits for servers that ping before they offer. */
const SECOND_SCAN_AFTER_MS = 5_000;
/** After a scan that found no server, a cable that is plugged in again need not wait for the next scan before known machines are served. */
const CLEAN_SCAN_MAX_AGE_MS = 600_000;
const MAX_LEASES_IN_EVENT = 100;
const MAX_LEASES_IN_MESSAGE = 10;

/** DHCP on one NIC. Serves in `auto` as a proxy once another server responds, until the next start. */
export class DhcpService implements BoundService {
  readonly #options: DhcpServiceOptions;
  readonly #rows: LeaseRows;
  readonly #rng: () => number;
  readonly #probeMac: string;
  readonly #listeners = new Set<(status: DhcpStatus) => void>();
  #run: Run | undefined;
  #cleanScan: { nic: string; address: string; until: number } | undefined;
  /** The server that the last start was refused for: repeated attempts are reported once. */
  #refusedFor: string | undefined;

  constructor(options: DhcpServiceOptions) {
    this.#options = options;
    this.#rows = leaseRows(options.db);
    this.#rng = options.rng ?? Math.random;
    this.#probeMac = randomMac(this.#rng);
  }

  /**
   * Errors: E_DHCP_OTHER_SERVER in full mode while another server responds; E_DHCP_DEFAULT_ROUTE on a NIC with the default route or on Wi-Fi,
   * unless that was confirmed; E_DHCP_POOL for a pool that does not fit; and those of `DeviceSockets.udp`.
   */
  async start(binding: Binding): Promise<{ port: number; message: string }> {
    await this.stop();
    const { settings, sockets, clock, log } = this.#options;
    if (settings.dhcp === 'off') return { port: 0, message: sentences.DHCP_OFF };
    const desired = desiredMode(settings, binding);
    const run = this.#open(binding, await DhcpSockets.open({ binding, sockets, settings, clock, log }), desired);
    this.#run = run;
    try {
      run.sockets.listen((bytes, arrival) => run.intake.push(bytes, arrival));
      if (desired.mode === 'proxy') {
        await run.sockets.openPxe();
        run.monitor.scheduleScan(0);
      } else {
        await this.#scanBeforeFull(run);
      }
      run.state.answering = true;
    } catch (error) {
      if (this.#run === run) await this.stop();
      throw error;
    }
    this.#notify();
    return { port: run.sockets.ports.dhcp, message: this.status().message };
  }

  stop(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    run?.end.abort();
    run?.server.stop();
    run?.sockets.close();
    return Promise.resolve();
  }

  status(): DhcpStatus {
    if (!this.#run) return { mode: 'off', message: sentences.DHCP_OFF, ports: {}, others: undefined };
    const { state, binding, pool, sockets, monitor } = this.#run;
    const others = monitor.lastResult;
    return { mode: state.mode, message: statusMessage(state, binding, pool, others ?? []), ports: sockets.ports, others };
  }

  /** Called when the status changes, such as when another server appears. Returns the function that unsubscribes. */
  onStatus(listener: (status: DhcpStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Scans for other servers now, long enough for those that ping before they offer. Undefined when DHCP does not run. */
  async scan(): Promise<readonly OtherServer[] | undefined> {
    const run = this.#run;
    if (!run) return undefined;
    await run.monitor.scan(LONG_WINDOW_MS);
    return run.end.signal.aborted ? undefined : run.monitor.lastResult;
  }

  /** Deletes the lease of an address, so that another machine can have it. E_NOT_FOUND. */
  releaseLease(ip: string): void {
    const lease = this.#rows.byIp(ip);
    if (!lease) throw new BootbenchError('E_NOT_FOUND', sentences.leaseNotFound(ip), { next: sentences.LIST_LEASES });
    this.#run?.writer.flush();
    this.#run?.table.free(ip);
    this.#rows.remove(ip);
    const message = sentences.releasedManually(lease.mac, ip);
    this.#options.activity.record({ type: 'dhcp.release', mac: lease.mac, ip, message, data: { byHand: true } });
  }

  /** The clock of this computer was set by so many milliseconds: leases end after as long as they were given for, not earlier or years later. */
  clockSet(ms: number): void {
    const { db, activity } = this.#options;
    this.#run?.writer.flush();
    this.#run?.table.moveTimes(ms);
    const moved = this.#rows.list().map((lease) => movedLease(lease, ms));
    if (moved.length === 0) return;
    db.write(() => moved.forEach((lease) => this.#rows.put(lease)));
    activity.record({ type: 'dhcp.lease-clock', message: sentences.clockSet(ms, moved.length), data: { ms, leases: moved.length } });
  }

  #open(binding: Binding, sockets: DhcpSockets, desired: DesiredMode): Run {
    this.#correctLeaseTimes();
    const run: Run = openRun({
      ...this.#options,
      binding,
      sockets,
      desired,
      rows: this.#rows,
      probeMac: this.#probeMac,
      scan: (windowMs) => this.#scan(run, windowMs),
      onScan: (others, added) => this.#considerScan(run, others, added),
    });
    return run;
  }

  #scan({ binding, sockets: { relayPath: relay }, end }: Run, windowMs: number): Promise<OtherServer[]> {
    const { sockets, settings, clock } = this.#options;
    const mac = this.#probeMac;
    return probeDhcpServers({ binding, sockets, settings, clock, rng: this.#rng, mac, relay, windowMs, signal: end.signal });
  }

  /** Scans before full mode starts, unless a recent scan was clean and only the cable was out. */
  async #scanBeforeFull(run: Run): Promise<void> {
    const { binding, state, monitor, evidence } = run;
    if (this.#hasCleanScan(binding)) {
      state.closedBecause = sentences.SCAN_RUNNING;
      monitor.scheduleScan(0, SHORT_WINDOW_MS);
      return;
    }
    const others = await this.#scan(run, SHORT_WINDOW_MS);
    if (run.end.signal.aborted) throw new BootbenchError('E_CANCELLED', sentences.STOPPED_DURING_SCAN);
    const [first] = others;
    if (first !== undefined && this.#options.settings.dhcp === 'full') {
      if (this.#refusedFor !== first.serverId) evidence.otherServer(first, sentences.FULL_NOT_STARTED);
      this.#refusedFor = first.serverId;
      throw new BootbenchError('E_DHCP_OTHER_SERVER', sentences.fullRefused(sentences.describeServer(first), binding.nic.name));
    }
    this.#refusedFor = undefined;
    await monitor.accept(others);
    monitor.scheduleScan(SECOND_SCAN_AFTER_MS);
  }

  async #considerScan(
    { state, binding, sockets, evidence }: Run,
    others: readonly OtherServer[],
    added: readonly OtherServer[],
  ): Promise<void> {
    const { settings, clock } = this.#options;
    const { mode, closedBecause } = modeAfterScan(state.mode, settings.dhcp, others);
    if (mode === 'proxy') await sockets.openPxe();
    else if (closedBecause === undefined) {
      this.#cleanScan = { nic: binding.nic.name, address: binding.address, until: clock.monotonic() + CLEAN_SCAN_MAX_AGE_MS };
    }
    Object.assign(state, { mode, closedBecause });
    for (const server of added) evidence.otherServer(server, consequenceOf(mode));
    this.#notify();
  }

  #hasCleanScan({ nic, address }: Binding): boolean {
    const scan = this.#cleanScan;
    return scan?.nic === nic.name && scan.address === address && scan.until > this.#options.clock.monotonic();
  }

  /** A clock that was ahead leaves leases that would keep their addresses until that time comes. */
  #correctLeaseTimes(): void {
    const { boot, settings, clock, db, activity } = this.#options;
    const secondsOf = (mac: string): number => {
      const identity = boot.identifyMac(mac);
      return (identity.kind === 'host' ? identity.iface.leaseTime : undefined) ?? settings.leaseTime;
    };
    const corrected = leasesOfWrongClock(this.#rows.list(), clock.now(), secondsOf);
    if (corrected.length === 0) return;
    db.write(() => corrected.forEach((lease) => this.#rows.put(lease)));
    const addresses = corrected.map(({ ip }) => ip);
    const message = sentences.wrongClock(addresses, MAX_LEASES_IN_MESSAGE);
    activity.record({ type: 'dhcp.lease-clock', message, data: { leases: addresses.slice(0, MAX_LEASES_IN_EVENT) } });
  }

  #notify(): void {
    if (this.#run) for (const listener of this.#listeners) listener(this.status());
  }
}
