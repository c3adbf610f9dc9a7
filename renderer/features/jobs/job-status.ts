import { isUnderWay, type Job, type JobStep } from '../../../contract/jobs.ts';

export type JobVerb = 'confirm' | 'cancel' | 'retry';

export function currentStep({ steps }: Pick<Job, 'steps'>): JobStep | undefined {
  return steps.find(({ state }) => state === 'running');
}

/** The step at which a job failed, if it failed at one. */
export function failedStep({ steps }: Pick<Job, 'steps'>): JobStep | undefined {
  return steps.find(({ state }) => state === 'failed');
}

/** The newest message of the running step, or why the job failed. */
export function latestMessage(job: Job): string | undefined {
  const failed = failedStep(job);
  if (!isUnderWay(job) && failed?.error) return failed.error.message;
  return currentStep(job)?.evidence.at(-1);
}

/** What can be requested of a job now. */
export function verbsOf(job: Job): JobVerb[] {
  if (job.state === 'waiting') return ['confirm', 'cancel'];
  // Restoring the previous state cannot be cancelled.
  if (isUnderWay(job)) return job.ending === undefined ? ['cancel'] : [];
  return job.state === 'failed' || job.state === 'cancelled' ? ['retry'] : [];
}
