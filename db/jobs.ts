import { isUnderWay, type Job } from '../contract/jobs.ts';
import { objects } from './objects.ts';
import type { Db } from './open.ts';

/** Jobs as rows, written before and after each of their steps. */
export interface JobRows {
  /** Oldest first. */
  list(): Job[];
  get(id: string): Job | undefined;
  put(job: Job): void;
  /** Writes all or none. */
  putAll(jobs: readonly Job[]): void;
  /** Forgets the oldest finished jobs but for `keep` of them. */
  prune(keep: number): void;
}

export function jobRows(db: Db): JobRows {
  const rows = objects(db, 'job');
  const list = (): Job[] => rows.list().sort((a, b) => a.createdAt - b.createdAt || a.since - b.since);
  return {
    list,
    get: (id) => rows.get(id),
    put: (job) => rows.put(job.id, job),
    putAll: (jobs) =>
      db.write(() => {
        for (const job of jobs) rows.put(job.id, job);
      }),
    prune(keep) {
      const finished = list().filter((job) => !isUnderWay(job));
      const old = finished.slice(0, Math.max(0, finished.length - keep));
      if (old.length > 0) db.write(() => old.forEach(({ id }) => rows.remove(id)));
    },
  };
}
