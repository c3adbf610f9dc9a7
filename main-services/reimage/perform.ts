import { BootbenchError } from '../../contract/errors.ts';
import type { StepName } from '../../contract/jobs.ts';
import { retrying, within } from './attempts.ts';
import { cleanUp, needsCleanUp } from './clean-up.ts';
import { wouldDo } from './dry-run.ts';
import type { Run } from './run.ts';
import { STEPS } from './steps.ts';

/** Does the steps that are left, in order. Throws what ended one of them. */
export async function perform(run: Run, signal: AbortSignal): Promise<void> {
  for (let place = run.journal.next(); place !== undefined; place = run.journal.next()) {
    signal.throwIfAborted();
    if (run.job.dryRun && run.journal.step(place).name !== 'preflight') {
      run.journal.skipped(place, wouldDo(run, run.journal.step(place).name));
      continue;
    }
    await step(run, place, signal);
  }
}

async function step(run: Run, place: number, signal: AbortSignal): Promise<void> {
  const { journal, deps } = run;
  const { clock, timing } = deps;
  const { name } = journal.step(place);
  if (name === 'clean-up') throw new BootbenchError('E_INTERNAL', 'A clean-up is no step of its own.');
  const work = STEPS[name];
  journal.begin(place);
  try {
    const ms = deadlineOf(run, name);
    const tries = (inner: AbortSignal): Promise<void> =>
      retrying(
        clock,
        { tries: ms === undefined ? 1 : timing.tries, pause: timing.pause, onTry: (number, before) => noteTry(run, place, number, before) },
        inner,
        () => work({ run, place, signal: inner }),
      );
    await (ms === undefined ? tries(signal) : within(clock, ms, signal, () => late(run, name, ms), tries));
    journal.done(place);
  } catch (error) {
    if (!isStopping(signal)) journal.failed(place, error);
    throw error;
  }
}

/** Puts back what was changed, as a step of its own. */
export async function performCleanUp(run: Run, signal: AbortSignal): Promise<void> {
  const { journal, deps } = run;
  const known = journal.job.steps.findIndex(({ name }) => name === 'clean-up');
  if (known === -1 && !needsCleanUp(journal.job)) return;
  const place = known === -1 ? journal.append('clean-up') : known;
  journal.begin(place);
  const ms = deps.timing.deadline['clean-up'];
  try {
    await within(
      deps.clock,
      ms,
      signal,
      () => late(run, 'clean-up', ms),
      (inner) => cleanUp({ run, place, signal: inner }),
    );
    journal.done(place);
  } catch (error) {
    if (isStopping(signal)) throw error;
    journal.failed(place, error);
  }
}

/** Why a run is left as it is: the program ends, and goes on with it at its next start. */
export const STOPPING = new BootbenchError('E_CANCELLED', 'Bootbench stops.');

export function isStopping(signal: AbortSignal): boolean {
  return signal.aborted && signal.reason === STOPPING;
}

/** What waits for a person or a system has limits of its own. */
function deadlineOf({ deps }: Run, name: StepName): number | undefined {
  return name === 'ask' || name === 'watch' || name === 'finish' ? undefined : deps.timing.deadline[name];
}

function noteTry({ journal }: Run, place: number, number: number, before: BootbenchError | undefined): void {
  journal.tried(place, number);
  if (before) journal.say(place, `Try ${number - 1} failed: ${before.message}`);
}

function late({ job }: Run, name: StepName, ms: number): BootbenchError {
  return new BootbenchError('E_BMC_TIMEOUT', `The step ${name} of ${job.host} was not done within ${Math.round(ms / 1000)} s.`);
}
