import type { BenchEvent } from '../../../contract/appliance.ts';
import type { BmcStatus } from '../../../contract/bmc.ts';
import { LOCAL_BOOT, type Host, type Image } from '../../../contract/inventory.ts';
import { isUnderWay, type Job, type JobPreview } from '../../../contract/jobs.ts';
import type { ByName } from '../../store/store.ts';
import { PHONED_HOME } from './labels.ts';

/** A machine of the sheet; `preview` is what the appliance would do, undefined until it has answered. */
export interface PlannedMachine {
  readonly host: Host;
  readonly preview: JobPreview | undefined;
}

export interface PlanSources {
  readonly hosts: ByName<Host>;
  readonly images: ByName<Image>;
  readonly jobs: ByName<Job>;
  readonly bmcs: ByName<BmcStatus>;
}

/** The machines that are known, each with its preview. */
export function plannedMachines(names: readonly string[], hosts: ByName<Host>, previews: readonly JobPreview[] = []): PlannedMachine[] {
  const byHost = new Map(previews.map((preview) => [preview.host, preview]));
  return names.flatMap((name) => (hosts[name] ? [{ host: hosts[name], preview: byHost.get(name) }] : []));
}

/** Those that a job would be started for. */
export function startable(machines: readonly PlannedMachine[]): PlannedMachine[] {
  return machines.filter(({ preview }) => preview !== undefined && preview.refusal === undefined);
}

/** Changes whenever a preview of these hosts may change. */
export function previewRevision(names: readonly string[], { hosts, images, jobs, bmcs }: PlanSources): string {
  const active = Object.values(jobs).filter((job) => isUnderWay(job) && names.includes(job.host));
  const revisions = names.map((name) => {
    const { updatedAt, assignment } = hosts[name] ?? {};
    const status = bmcs[name];
    return [updatedAt, assignment, images[assignment?.image ?? '']?.updatedAt, status?.checkedAt, status?.hasPassword, status?.error?.code];
  });
  return JSON.stringify([revisions, active.map(({ id }) => id).sort()]);
}

/** The system on its disk now, as far as it is known. */
export function currentSystem({ assignment }: Host, last: BenchEvent | undefined): string | undefined {
  if (assignment?.state === 'done' && assignment.image !== LOCAL_BOOT) return assignment.image;
  if (last?.type === 'boot.complete') return PHONED_HOME;
  return undefined;
}

/** Whether an installer will overwrite disks; live images leave them alone. */
export function overwritesDisks(machines: readonly PlannedMachine[], images: ByName<Image>): boolean {
  return machines.some(({ host }) => images[host.assignment?.image ?? '']?.kind !== 'live');
}

/** Choices for how many jobs run at a time; no more than there are machines. */
export function concurrencies(count: number): number[] {
  return [1, 2, 4, 8, 16, 32, 64].filter((each, index, all) => index === 0 || (all[index - 1] ?? 0) < count);
}
