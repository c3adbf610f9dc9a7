import { BootbenchError } from '../../contract/errors.ts';
import type { StepName } from '../../contract/jobs.ts';
import { withDeadline } from '../../util/async.ts';
import { retrying } from './retrying.ts';
import { cleanUp, needsCleanUp } from './clean-up.ts';
import { wouldDo } from './dry-run.ts';
import type { JobRun } from './job-run.ts';
import { stepTimedOut, tryFailed } from './sentences.ts';
import { StepContext } from './step-context.ts';
import { STEP_ACTIONS } from './steps.ts';

/** Does the steps that are left, in order. Throws what ended one of them. */
export async function perform(run: JobRun, signal: AbortSignal): Promise<void> {
  for (let place = run.journal.next(); place !== undefined; place = run.journal.next()) {
    signal.throwIfAborted();
    const { name } = run.journal.step(place);
    if (run.job.dryRun && name !== 'preflight') run.journal.skipped(place, wouldDo(run, name));
    else await performStep(run, place, signal);
  }
}

async function performStep(run: JobRun, place: number, signal: AbortSignal): Promise<void> {
  const { journal } = run;
  const { name } = journal.step(place);
  if (name === 'clean-up') throw new BootbenchError('E_INTERNAL', 'clean-up is not a step of a plan');
  journal.begin(place);
  try {
    await (hasOwnLimit(name)
      ? STEP_ACTIONS[name](new StepContext(run, place, signal))
      : withinDeadline(run, place, name, signal, (context) => retryStep(context, STEP_ACTIONS[name])));
    journal.done(place);
  } catch (error) {
    if (!isStopping(signal)) journal.failed(place, error);
    throw error;
  }
}

/** Restores what was changed, as a step of its own. */
export async function performCleanUp(run: JobRun, signal: AbortSignal): Promise<void> {
  const { journal } = run;
  const known = journal.job.steps.findIndex(({ name }) => name === 'clean-up');
  if (known === -1 && !needsCleanUp(journal.job)) return;
  const place = known === -1 ? journal.append('clean-up') : known;
  journal.begin(place);
  try {
    await withinDeadline(run, place, 'clean-up', signal, cleanUp);
    journal.done(place);
  } catch (error) {
    if (isStopping(signal)) throw error;
    journal.failed(place, error);
  }
}

/** Why a run is left as it is: the program ends, and continues the job at its next start. */
export const STOPPING = new BootbenchError('E_CANCELLED', 'Bootbench is stopping.');

export function isStopping(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason === STOPPING;
}

type OwnLimit = 'ask' | 'watch' | 'finish';

/** Steps that wait for a person or a system have limits of their own, and are not retried. */
function hasOwnLimit(name: StepName): name is OwnLimit {
  return name === 'ask' || name === 'watch' || name === 'finish';
}

function withinDeadline(
  run: JobRun,
  place: number,
  name: Exclude<StepName, OwnLimit>,
  signal: AbortSignal,
  work: (context: StepContext) => Promise<void>,
): Promise<void> {
  const { clock, timing } = run.deps;
  const ms = timing.deadline[name];
  const late = (): BootbenchError => stepTimedOut(run.job.host, name, ms);
  return withDeadline(clock, ms, late, (inner) => work(new StepContext(run, place, inner)), signal);
}

function retryStep(context: StepContext, action: (context: StepContext) => Promise<void>): Promise<void> {
  const { deps, journal, place, signal } = context;
  const { tries, pause } = deps.timing;
  const onTry = (number: number, before: BootbenchError | undefined): void => {
    journal.tried(place, number);
    if (before) context.report(tryFailed(number - 1, before.message));
  };
  return retrying(deps.clock, { tries, pause, onTry }, signal, () => action(context));
}
