import { rowsFor } from '../../../contract/coverage-words.ts';
import { LOCAL_BOOT, type BootMethod, type CoverageRow, type Host, type Image } from '../../../contract/inventory.ts';
import { isUnderWay, type Job, type JobMethod } from '../../../contract/jobs.ts';
import type { BenchEvent } from '../../../contract/appliance.ts';
import type { BmcStatus } from '../../../contract/bmc.ts';
import { PHONED_HOME } from './labels.ts';
import type { ByName } from '../../store/store.ts';

/** How a machine would be reimaged, and why so; or why it cannot be. */
export interface Plan {
  readonly host: Host;
  readonly method: JobMethod;
  readonly reason: string;
  /** One sentence: why this machine is left out. */
  readonly blocked?: string;
  /** Whether its arguments reach what its firmware starts; empty where the ISO's own boot loader is not used. */
  readonly coverage: readonly CoverageRow[];
  /** What will probably stop it. */
  readonly warning?: string;
}

export interface PlanSources {
  readonly images: ByName<Image>;
  readonly jobs: ByName<Job>;
  readonly bmcs: ByName<BmcStatus>;
}

export function planOf(host: Host, { images, jobs, bmcs }: PlanSources): Plan {
  const blocked = whyNot(host, images, jobs);
  const status = bmcs[host.name];
  const planned = methodFor(host, images[host.assignment?.image ?? ''], status);
  const warning = blocked === undefined ? warningOf(host, status) : undefined;
  return {
    host,
    ...planned,
    coverage: coverageFor(host, images[host.assignment?.image ?? ''], planned.method),
    ...(blocked !== undefined && { blocked }),
    ...(warning !== undefined && { warning }),
  };
}

/** The rows of the machine's firmware, where the ISO's own boot loader starts. */
function coverageFor({ assignment, facts }: Host, image: Image | undefined, method: JobMethod): readonly CoverageRow[] {
  if (!image || image.unpatched === true) return [];
  if (method !== 'virtual-media' && !networkStartsLoader(assignment?.method, image)) return [];
  return rowsFor(image.index.coverage ?? [], facts.firmwareArch);
}

/** It does from iPXE's network disk. Method `kernel` goes without it, and is chosen for systems that are known only. */
function networkStartsLoader(method: BootMethod | undefined, { index }: Image): boolean {
  if (method === undefined) return (index.profile?.id ?? 'unknown') === 'unknown';
  return method === 'http-san' || method === 'uefi-http';
}

function whyNot({ name, assignment }: Host, images: ByName<Image>, jobs: ByName<Job>): string | undefined {
  if (!assignment) return 'No ISO is assigned to it. Choose one first.';
  if (assignment.image === LOCAL_BOOT) return 'It is assigned to boot its own disk. Choose an ISO first.';
  if (!(assignment.image in images)) return `Its image ${assignment.image} is not in the library any more. Choose another.`;
  if (Object.values(jobs).some((job) => job.host === name && isUnderWay(job))) return 'A job for it is under way.';
  return undefined;
}

/** As the appliance chooses; it looks again when the job begins, and says what it found. */
function methodFor(host: Host, image: Image | undefined, status: BmcStatus | undefined): { method: JobMethod; reason: string } {
  if (!host.bmc) return { method: 'by-hand', reason: 'It has no BMC, so it is woken by Wake-on-LAN, or you start it.' };
  const wished = host.assignment?.method;
  if (wished === 'virtual-media') return { method: 'virtual-media', reason: 'Virtual media is chosen for it.' };
  if (wished !== undefined && wished !== 'local') return { method: 'pxe', reason: 'Network boot is chosen for it.' };
  const hasMedia = status?.identity?.media ?? !host.bmc.address.startsWith('ipmi:');
  if (!hasMedia) return { method: 'pxe', reason: 'Its BMC has no virtual media.' };
  if (image && !image.index.biosBootable && !image.index.uefiBootable)
    return { method: 'pxe', reason: 'Its ISO has no boot catalogue, so no firmware starts it from a CD.' };
  return { method: 'virtual-media', reason: 'Its BMC shows the ISO as a CD, which stays for as long as the installer runs.' };
}

function warningOf({ bmc }: Host, status: BmcStatus | undefined): string | undefined {
  if (!bmc || !status) return undefined;
  if (status.error) return status.error.message;
  if (!status.hasPassword) return 'No password is known for its BMC. Enter it on the host’s page.';
  const { comparison } = status;
  const isRefused = comparison && comparison.kind !== 'same' && comparison.rows.some(({ verdict }) => verdict === 'other');
  return isRefused ? comparison.message : undefined;
}

/** What it runs now, as far as this page knows. */
export function runsNow({ assignment }: Host, last: BenchEvent | undefined): string | undefined {
  if (assignment?.state === 'done' && assignment.image !== LOCAL_BOOT) return assignment.image;
  if (last?.type === 'boot.complete') return PHONED_HOME;
  return undefined;
}

/** Live images leave disks alone, unless somebody tells them otherwise. */
export function overwrites(plans: readonly Plan[], images: ByName<Image>): boolean {
  return plans.some(({ host }) => images[host.assignment?.image ?? '']?.kind !== 'live');
}

/** How many at once may be chosen; not more than there are. */
export function concurrencies(count: number): number[] {
  return [1, 2, 4, 8, 16, 32, 64].filter((each, index, all) => index === 0 || (all[index - 1] ?? 0) < count);
}
