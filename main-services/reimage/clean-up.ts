import { asBootbenchError } from '../../contract/errors.ts';
import type { Job, StepName } from '../../contract/jobs.ts';
import type { BmcProvider } from '../bmc/provider.ts';
import { happened, say, type At } from './run.ts';

/** Whether a step was begun, and so may have changed something. Pure. */
export function wasBegun({ steps }: Pick<Job, 'steps'>, ...names: StepName[]): boolean {
  return steps.some(({ name, state }) => names.includes(name) && state !== 'pending' && state !== 'skipped');
}

/** Whether a job that ends early leaves anything behind. A preflight only looks, but for the assignment. Pure. */
export function needsCleanUp(job: Pick<Job, 'steps' | 'foundAssignment' | 'dryRun'>): boolean {
  if (job.dryRun) return false;
  return job.foundAssignment !== undefined || wasBegun(job, 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'power-cycle');
}

/** Puts the lab back as it was found, as far as it can, and says what it could not. Never fails. */
export async function cleanUp(at: At): Promise<void> {
  const { job } = at.run;
  putAssignmentBack(at);
  if (!wasBegun(job, 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'power-cycle')) return;
  const provider = await best(at, 'The BMC could not be asked', async () => (await at.run.machine(at.signal)).provider);
  if (!provider) return;
  if (wasBegun(job, 'boot-once')) {
    const cleared = await best(at, 'The boot override could not be cleared', () => provider.clearBoot(at.signal).then(() => true));
    if (cleared) say(at, 'The boot override is cleared.');
  }
  // Off before the eject: a system that runs from the medium would lose its root.
  if (wasBegun(job, 'insert')) await ejectOff(at, provider);
  await putPowerBack(at, provider);
}

/** An assignment that was over before the job is over again, so that no later netboot installs by surprise. */
function putAssignmentBack(at: At): void {
  const { job, host, deps } = at.run;
  if (job.foundAssignment !== 'done' || host.assignment?.state !== 'armed') return;
  deps.inventory.setAssignmentState(host.name, 'done', []);
  say(at, `The assignment of ${host.name} is done again, as it was found.`);
}

async function ejectOff(at: At, provider: BmcProvider): Promise<void> {
  await best(at, 'The machine could not be switched off', async () => {
    if ((await provider.powerStatus(at.signal)) === 'off') return;
    await provider.powerOff(at.signal);
    happened(at, 'bmc.power', 'The machine is off.');
  });
  await best(at, 'The medium could not be ejected', async () => {
    await provider.ejectAll(at.signal);
    happened(at, 'bmc.media', 'The medium is ejected.');
  });
}

async function putPowerBack(at: At, provider: BmcProvider): Promise<void> {
  const { foundPower } = at.run.job;
  if (foundPower !== 'on' && foundPower !== 'off') return;
  await best(at, `The machine could not be switched ${foundPower}, as it was found`, async () => {
    if ((await provider.powerStatus(at.signal)) !== foundPower) {
      if (foundPower === 'on') await provider.powerOn(at.signal);
      else await provider.powerOff(at.signal);
    }
    happened(at, 'bmc.power', `The machine is ${foundPower}, as it was found.`);
  });
}

async function best<T>(at: At, failing: string, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    at.signal.throwIfAborted();
    say(at, `${failing}: ${asBootbenchError(error).message}`);
    return undefined;
  }
}
