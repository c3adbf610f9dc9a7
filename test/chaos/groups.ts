import type { ChaosCase, Stage } from './case.ts';
import { diskCases, smallDiskStage } from './disk-cases.ts';
import { nicCases } from './nic-cases.ts';
import { databaseCases, upstreamCases, workerCases } from './process-cases.ts';
import { clockCases, stoppedCases } from './time-cases.ts';

/** Cases that share one bench, its data directory and, where they do not end it, one running program. */
export interface ChaosGroup {
  readonly name: string;
  readonly cases: readonly ChaosCase[];
  /** Called before the first case. */
  readonly prepare?: (stage: Stage) => Promise<AsyncDisposable>;
}

export const GROUPS: readonly ChaosGroup[] = [
  { name: 'nic', cases: nicCases },
  { name: 'full-disk', cases: diskCases, prepare: smallDiskStage },
  { name: 'stopped', cases: stoppedCases },
  { name: 'clock', cases: clockCases },
  { name: 'upstream', cases: upstreamCases },
  { name: 'worker', cases: workerCases },
  { name: 'database', cases: databaseCases },
];
