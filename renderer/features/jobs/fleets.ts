import { isUnderWay, type Job } from '../../../contract/jobs.ts';
import { machines } from '../../format/count.ts';
import { formatNames } from '../../format/list.ts';
import { compareNames } from '../../model/names.ts';
import type { ByName } from '../../store/store.ts';
import { failedStep, stepTitle } from './job-labels.ts';

export type JobFilter = 'all' | 'under way' | 'failed' | 'done';
export const JOB_FILTERS: readonly JobFilter[] = ['all', 'under way', 'failed', 'done'];

/** Jobs that were started together. */
export interface Fleet {
  readonly id: string;
  readonly jobs: readonly Job[];
  readonly startedAt: number;
  readonly dryRun: boolean;
}

export function passes(job: Job, filter: JobFilter): boolean {
  switch (filter) {
    case 'all':
      return true;
    case 'under way':
      return isUnderWay(job);
    case 'failed':
      return job.state === 'failed';
    case 'done':
      return job.state === 'done';
  }
}

/** Newest first; within one by name, so that rows do not move while they change. */
export function fleetsOf(jobs: readonly Job[]): Fleet[] {
  const groups = Map.groupBy(jobs, ({ fleet }) => fleet);
  return [...groups]
    .map(([id, members]) => ({
      id,
      jobs: members.toSorted((a, b) => compareNames(a.host, b.host)),
      startedAt: Math.min(...members.map(({ createdAt }) => createdAt)),
      dryRun: members.every(({ dryRun }) => dryRun),
    }))
    .sort((a, b) => b.startedAt - a.startedAt);
}

/** The newest job of each host. */
export function newestJobs(jobs: ByName<Job>): Map<string, Job> {
  const newest = new Map<string, Job>();
  for (const job of Object.values(jobs)) {
    const known = newest.get(job.host);
    if (!known || job.createdAt >= known.createdAt) newest.set(job.host, job);
  }
  return newest;
}

export function underWay(jobs: ByName<Job>): number {
  return Object.values(jobs).filter(isUnderWay).length;
}

/** `Reimage of 3 machines`, `Reimage of r750-03`, `Dry run for 3 machines`. */
export function fleetTitle({ jobs, dryRun }: Fleet): string {
  const [only] = jobs;
  const whom = jobs.length === 1 && only ? only.host : machines(jobs.length);
  return dryRun ? `Dry run for ${whom}` : `Reimage of ${whom}`;
}

/** `2 done, 1 failed, 1 under way`. */
export function fleetCounts({ jobs }: Fleet): string {
  const count = (test: (job: Job) => boolean, word: string): string[] => {
    const found = jobs.filter(test).length;
    return found === 0 ? [] : [`${found} ${word}`];
  };
  return [
    ...count(({ state }) => state === 'done', 'done'),
    ...count(({ state }) => state === 'failed', 'failed'),
    ...count(({ state }) => state === 'cancelled', 'cancelled'),
    ...count(({ state }) => state === 'waiting', 'waiting for you'),
    ...count(({ state }) => state === 'running', 'running'),
    ...count(({ state }) => state === 'queued', 'to come'),
  ].join(', ');
}

export interface Ending {
  readonly state: 'ready' | 'failed' | 'off';
  readonly message: string;
  /** Who did not get there, and where it stopped. */
  readonly failures: readonly string[];
}

/** What became of a fleet that is over. */
export function endingOf(fleet: Fleet): Ending {
  const of = (state: Job['state']): Job[] => fleet.jobs.filter((job) => job.state === state);
  const [done, failed, cancelled] = [of('done'), of('failed'), of('cancelled')];
  const failures = failed.map((job) => {
    const step = failedStep(job);
    return step ? `${job.host} at ${stepTitle(step.name)}: ${step.error?.message ?? 'it failed.'}` : `${job.host} failed.`;
  });
  return {
    state: failed.length > 0 ? 'failed' : done.length > 0 ? 'ready' : 'off',
    message: [
      done.length > 0 && doneSentence(done, fleet.dryRun),
      failed.length > 0 && `${formatNames(hosts(failed))} failed.`,
      cancelled.length > 0 && `${formatNames(hosts(cancelled))} ${cancelled.length === 1 ? 'was' : 'were'} cancelled.`,
    ]
      .filter((part) => part !== false)
      .join(' '),
    failures,
  };
}

function doneSentence(done: readonly Job[], dryRun: boolean): string {
  const whom = formatNames(hosts(done));
  if (dryRun) return `The dry run for ${whom} is done; nothing was changed.`;
  return `${whom} ${done.length === 1 ? 'is' : 'are'} reimaged.`;
}

function hosts(jobs: readonly Job[]): string[] {
  return jobs.map(({ host }) => host);
}

/** Fleets of which something was under way before, and nothing is now. */
export function endedFleets(before: ByName<Job>, now: ByName<Job>): string[] {
  const running = (jobs: ByName<Job>): Set<string> => new Set(Object.values(jobs).flatMap((job) => (isUnderWay(job) ? [job.fleet] : [])));
  const still = running(now);
  const known = new Set(Object.values(now).map(({ fleet }) => fleet));
  return [...running(before)].filter((fleet) => !still.has(fleet) && known.has(fleet));
}
