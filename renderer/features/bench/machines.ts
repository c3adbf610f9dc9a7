import type { BenchEvent, Progress } from '../../../contract/appliance.ts';
import type { Discovered, Host, Lease } from '../../../contract/inventory.ts';
import { isUnderWay, type Job } from '../../../contract/jobs.ts';
import { compareNames } from '../../model/names.ts';
import type { State } from '../../ui/state.tsx';
import { newestJobs } from '../jobs/fleets.ts';
import { jobStatus } from '../jobs/labels.ts';
import { bootProgress, type BootProgress } from './boot-progress.ts';
import { BOOT } from './labels.ts';

/** A machine of the live list: a host, or one that asked to boot and is none. */
export interface Machine {
  readonly key: string;
  readonly mac: string;
  readonly boot: BootProgress;
  readonly host?: Host;
  readonly discovered?: Discovered;
  /** Its newest job, while it is under way, or until the machine has activity again after it failed. */
  readonly job?: Job;
}

export interface MachinesKnown {
  readonly hosts: Readonly<Record<string, Host>>;
  readonly discovered: Readonly<Record<string, Discovered>>;
  readonly leases: Readonly<Record<string, Lease>>;
  readonly events: readonly BenchEvent[];
  readonly lastEvents: Readonly<Record<string, BenchEvent>>;
  readonly progress: readonly Progress[];
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The hosts view has all of them. */
const MAX_SHOWN = 60;
/** A host without activity for this long is not live. */
const LIVE_FOR_MS = 24 * 3_600_000;

/** The live machines: those that need a technician first, then those that boot, then the rest; by name within, so that rows seldom move. */
export function liveMachines(known: MachinesKnown, now: number): { machines: Machine[]; quiet: number } {
  const activity = byMachine(known);
  const jobs = newestJobs(known.jobs);
  const hosts = Object.values(known.hosts).map((host) => withJob(machineOf(host, activity, known, now), jobs.get(host.name)));
  const strangers = Object.values(known.discovered).map((discovered) => strangerOf(discovered, activity, now));
  const live = [...hosts.filter((machine) => isLive(machine, now)), ...strangers].sort(byUrgency);
  const machines = live.slice(0, MAX_SHOWN);
  return { machines, quiet: hosts.length + strangers.length - machines.length };
}

interface Activity {
  readonly events: Map<string, BenchEvent[]>;
  readonly progress: Map<string, Progress[]>;
}

function machineOf(host: Host, activity: Activity, { lastEvents }: MachinesKnown, now: number): Machine {
  const macs = host.interfaces.map(({ mac }) => mac);
  const keys = [host.name, ...macs];
  const found = keys.flatMap((key) => activity.events.get(key) ?? []);
  const last = lastEvents[host.name];
  const events = found.length === 0 && last ? [last] : [...new Set(found)];
  const progress = [...new Set(keys.flatMap((key) => activity.progress.get(key) ?? []))];
  return {
    key: host.name,
    mac: macs[0] ?? '',
    host,
    boot: bootProgress({ events, progress, assignment: host.assignment, now }),
  };
}

function withJob(machine: Machine, job: Job | undefined): Machine {
  if (!job || job.dryRun) return machine;
  const isOpen = isUnderWay(job) || (job.state === 'failed' && (machine.boot.heardAt ?? 0) <= (job.endedAt ?? 0));
  return isOpen ? { ...machine, job } : machine;
}

/** A machine that is not a host never gets further than its request, whatever a former host with that MAC did. */
function strangerOf(discovered: Discovered, activity: Activity, now: number): Machine {
  const events = (activity.events.get(discovered.mac) ?? []).filter(({ host }) => host === undefined);
  const boot = bootProgress({ events, progress: activity.progress.get(discovered.mac) ?? [], now });
  const word = boot.state === 'off' ? BOOT.requested : boot.word;
  return { key: discovered.mac, mac: discovered.mac, discovered, boot: { ...boot, word, heardAt: discovered.lastSeen } };
}

/** Events and progress by host name, and by MAC where no host is named; an address alone is looked up among the leases. */
function byMachine({ events, progress, leases }: MachinesKnown): Activity {
  const keyOf = ({ host, mac, ip }: Pick<BenchEvent, 'host' | 'mac' | 'ip'>): string | undefined =>
    host ?? mac ?? (ip === undefined ? undefined : leases[ip]?.mac);
  return { events: grouped(events, keyOf), progress: grouped(progress, keyOf) };
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

function isLive({ boot, host, job }: Machine, now: number): boolean {
  if (job && (isUnderWay(job) || now - (job.endedAt ?? 0) < LIVE_FOR_MS)) return true;
  const isArmed = host?.assignment?.state === 'armed' && boot.isWaiting;
  return isArmed || boot.moving !== undefined || (boot.heardAt !== undefined && now - boot.heardAt < LIVE_FOR_MS);
}

const RANK: Record<State, number> = { needs: 0, failed: 0, working: 1, ready: 2, off: 3 };

/** A job under way is work, even while its machine says nothing; one that waits or failed needs somebody. */
function rankOf({ boot, job }: Machine): number {
  if (!job) return RANK[boot.state];
  const ofJob = RANK[jobStatus(job).state];
  return isUnderWay(job) ? Math.min(RANK.working, ofJob, RANK[boot.state]) : Math.min(ofJob, RANK[boot.state]);
}

function byUrgency(a: Machine, b: Machine): number {
  const strange = Number(a.discovered !== undefined) - Number(b.discovered !== undefined);
  return rankOf(a) - rankOf(b) || strange || compareNames(a.key, b.key);
}
