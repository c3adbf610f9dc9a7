import type { BenchEvent } from '../../contract/appliance.ts';
import { BootbenchError } from '../../contract/errors.ts';
import type { Job, JobStep, StepName } from '../../contract/jobs.ts';
import type { ReimageDeps } from './deps.ts';
import { Journal } from './journal.ts';
import { STARTS, storedBootEvents } from './boot-events.ts';

/** Steps that only wait: they can be gone on with after any time. */
const WAITING: ReadonlySet<StepName> = new Set(['preflight', 'ask', 'watch', 'finish']);

type ResumeDeps = Pick<ReimageDeps, 'timing' | 'activity' | 'inventory' | 'rows' | 'clock'>;

/** A job that was under way when the program ended, ready to go on or to be cleaned up; its step says which. */
export function takeUp(deps: ResumeDeps, job: Job): Journal {
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
    const minutes = Math.round((deps.clock.now() - (step.startedAt ?? 0)) / 60_000);
    const sentence = `Bootbench was not running for ${minutes} minutes in the midst of ${step.name}, so the job is cleaned up.`;
    journal.failed(place, new BootbenchError('E_JOB_TIMEOUT', sentence, { next: 'Look at the machine, then try the job again.' }));
    journal.update({ ending: 'failed' });
    return journal;
  }
  const sign = step.name === 'power-cycle' ? startedSince(deps, job, step.since) : undefined;
  if (sign) {
    journal.say(place, `Bootbench was restarted during power-cycle, and the machine had started: ${sign.message}`, [sign.seq]);
    journal.done(place);
  } else goOn(journal, place, step);
  return journal;
}

/** A machine that boots already is not switched off again: its one boot would be lost. */
function startedSince({ activity, inventory }: ResumeDeps, { host }: Job, since = 0): BenchEvent | undefined {
  return storedBootEvents(activity, inventory.getHost(host), since).find(({ type }) => STARTS.has(type));
}

function isTooOld({ name, startedAt }: JobStep, { timing, clock }: Pick<ReimageDeps, 'timing' | 'clock'>): boolean {
  return !WAITING.has(name) && clock.now() - (startedAt ?? 0) > timing.resume;
}

/** A step that was cut off is done again; a power cycle with its boot override, which the one before may have used up. */
function goOn(journal: Journal, place: number, { name }: JobStep): void {
  const override = journal.job.steps.findLastIndex((step, at) => at < place && step.name === 'boot-once');
  const from = name === 'power-cycle' && override !== -1 ? override : place;
  journal.update({
    steps: journal.job.steps.map((step, at) =>
      at >= from && at <= place ? { ...step, state: 'pending', since: name === 'power-cycle' ? undefined : step.since } : step,
    ),
  });
  journal.say(from, `Bootbench was restarted during ${name}; the job goes on here.`);
  journal.record('job.step', `${journal.job.host}: Bootbench was restarted during ${name}; the job goes on.`, {
    step: name,
    state: 'resumed',
  });
}
