import { isUnderWay, type Job } from '../../../contract/jobs.ts';
import { compareNames } from '../../model/names.ts';
import type { ByName } from '../../store/store.ts';

export type JobFilter = 'all' | 'active' | 'failed' | 'done';
export const JOB_FILTERS: readonly JobFilter[] = ['all', 'active', 'failed', 'done'];

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
    case 'active':
      return isUnderWay(job);
    case 'failed':
    case 'done':
      return job.state === filter;
  }
}

/** Newest first; within one by host name, so that rows do not move while they change. */
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

/** The fleet with this id; undefined while none of its jobs is known. */
export function fleetWith(jobs: ByName<Job>, id: string): Fleet | undefined {
  return fleetsOf(Object.values(jobs).filter(({ fleet }) => fleet === id))[0];
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

export function countUnderWay(jobs: ByName<Job>): number {
  return Object.values(jobs).filter(isUnderWay).length;
}

export function fleetsUnderWay(jobs: ByName<Job>): Set<string> {
  return new Set(Object.values(jobs).flatMap((job) => (isUnderWay(job) ? [job.fleet] : [])));
}

/** Fleets that were under way before and have finished now. */
export function endedFleets(before: ByName<Job>, now: ByName<Job>): string[] {
  const running = fleetsUnderWay(now);
  const known = new Set(Object.values(now).map(({ fleet }) => fleet));
  return [...fleetsUnderWay(before)].filter((fleet) => !running.has(fleet) && known.has(fleet));
}
