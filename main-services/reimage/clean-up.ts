import { asBootbenchError } from '../../contract/errors.ts';
import type { Job, StepName } from '../../contract/jobs.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import * as sentences from './sentences.ts';
import type { StepContext } from './step-context.ts';

const CHANGES: readonly StepName[] = ['power-off', 'eject', 'insert', 'boot-once', 'power-on', 'power-cycle'];

/** Whether a step was started, and so may have changed something. Pure. */
export function wasStarted({ steps }: Pick<Job, 'steps'>, ...names: readonly StepName[]): boolean {
  return steps.some(({ name, state }) => names.includes(name) && state !== 'pending' && state !== 'skipped');
}

/** Whether a job that ends early leaves anything behind. A preflight changes nothing but the assignment. Pure. */
export function needsCleanUp(job: Pick<Job, 'steps' | 'foundAssignment' | 'dryRun'>): boolean {
  if (job.dryRun) return false;
  return job.foundAssignment !== undefined || wasStarted(job, ...CHANGES);
}

/** Restores the previous state as far as possible, and reports what it could not restore. Never fails. */
export async function cleanUp(context: StepContext): Promise<void> {
  const { job, signal } = context;
  restoreAssignment(context);
  if (!wasStarted(job, ...CHANGES)) return;
  const provider = await attempt(context, sentences.BMC_NOT_REACHED, async () => (await context.machine()).provider);
  if (!provider) return;
  if (wasStarted(job, 'boot-once')) {
    const cleared = await attempt(context, sentences.OVERRIDE_NOT_CLEARED, () => provider.clearBoot(signal).then(() => true));
    if (cleared) context.report(sentences.OVERRIDE_CLEARED);
  }
  // Off before the eject: a system that runs from the medium would lose its root.
  if (wasStarted(job, 'insert')) await ejectPoweredOff(context, provider);
  await restorePower(context, provider);
}

/** An assignment that was done before the job is done again, so that no later netboot installs by surprise. */
function restoreAssignment(context: StepContext): void {
  const { job, host, deps } = context;
  if (job.foundAssignment !== 'done' || host.assignment?.state !== 'armed') return;
  deps.inventory.setAssignmentState(host.name, 'done', []);
  context.report(sentences.assignmentRestored(host.name));
}

async function ejectPoweredOff(context: StepContext, provider: BmcProvider): Promise<void> {
  const { signal } = context;
  await attempt(context, sentences.NOT_POWERED_OFF, async () => {
    if ((await provider.powerStatus(signal)) === 'off') return;
    await provider.powerOff(signal);
    context.recordChange('bmc.power', sentences.MACHINE_OFF);
  });
  await attempt(context, sentences.MEDIUM_NOT_EJECTED, async () => {
    await provider.ejectAll(signal);
    context.recordChange('bmc.media', sentences.MEDIUM_EJECTED);
  });
}

async function restorePower(context: StepContext, provider: BmcProvider): Promise<void> {
  const { signal } = context;
  const { foundPower } = context.job;
  if (foundPower !== 'on' && foundPower !== 'off') return;
  await attempt(context, sentences.notRestored(foundPower), async () => {
    if ((await provider.powerStatus(signal)) !== foundPower) {
      if (foundPower === 'on') await provider.powerOn(signal);
      else await provider.powerOff(signal);
    }
    context.recordChange('bmc.power', sentences.powerRestored(foundPower));
  });
}

/** A failure is reported, unless the step itself was ended. */
async function attempt<T>(context: StepContext, failure: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    context.signal.throwIfAborted();
    context.report(sentences.withError(failure, asBootbenchError(error).message));
    return undefined;
  }
}
