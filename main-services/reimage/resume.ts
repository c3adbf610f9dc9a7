import type { BenchEvent } from '../../contract/appliance.ts';
import type { Job, JobStep, StepName } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { Journal } from './journal.ts';
import { STARTS, storedBootEvents } from './boot-events.ts';
import { interruptedTooLong, resumed, resumedEvent, startedMeanwhile } from './sentences.ts';

/** Steps that only wait: they can continue after any time. */
const WAITING: ReadonlySet<StepName> = new Set(['preflight', 'ask', 'watch', 'finish']);

type ResumeDeps = Pick<ReimageDeps, 'timing' | 'activity' | 'inventory' | 'rows' | 'clock'>;

/** A job that was running when the program ended, ready to continue or to be cleaned up; its step says which. */
export function resumeJob(deps: ResumeDeps, job: Job): Journal {
  const journal = new Journal(deps, job);
  if (job.ending !== undefined) return journal;
  const failed = job.steps.find(({ state }) => state === 'failed');
  if (failed) {
    journal.update({ ending: failed.error?.code === 'E_CANCELLED' ? 'cancelled' : 'failed' });
    return journal;
  }
  const place = journal.next();
  const step = place === undefined ? undefined : job.steps[place];
  if (place === undefined || step?.state !== 'running') return journal;
  if (isTooOld(step, deps)) {
    journal.failed(place, interruptedTooLong(step.name, deps.clock.now() - (step.startedAt ?? 0)));
    journal.update({ ending: 'failed' });
    return journal;
  }
  const started = step.name === 'power-cycle' ? startedSince(deps, job, step.since) : undefined;
  if (started) {
    journal.report(place, startedMeanwhile(started.message), [started.seq]);
    journal.done(place);
  } else repeatStep(journal, place, step);
  return journal;
}

/** A machine that already boots is not powered off again: its one boot would be lost. */
function startedSince({ activity, inventory }: ResumeDeps, { host }: Job, since = 0): BenchEvent | undefined {
  return storedBootEvents(activity, inventory.getHost(host), since).find(({ type }) => STARTS.has(type));
}

function isTooOld({ name, startedAt }: JobStep, { timing, clock }: Pick<ReimageDeps, 'timing' | 'clock'>): boolean {
  return !WAITING.has(name) && clock.now() - (startedAt ?? 0) > timing.resume;
}

/** An interrupted step is repeated from where it started: what its first run left is read back by the step itself (decideStart). */
function repeatStep(journal: Journal, place: number, { name }: JobStep): void {
  journal.update({ steps: journal.job.steps.map((step, at) => (at === place ? { ...step, state: 'pending', resumed: true } : step)) });
  journal.report(place, resumed(name));
  journal.record('job.step', resumedEvent(journal.job.host, name), {
    step: name,
    state: 'resumed',
  });
}
