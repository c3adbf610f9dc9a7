import type { StepName } from '../../contract/jobs.ts';
import type { JobRun } from './job-run.ts';
import { bootOnceOf } from './plan.ts';
import { dryRun } from './sentences.ts';

/** What each step would do to this machine, as a sentence. */
const WOULD_DO: Readonly<Record<StepName, (run: JobRun) => string>> = {
  preflight: (run) => dryRun.preflight(machineOf(run)),
  'power-off': (run) => dryRun.powerOff(machineOf(run), run.job.foundPower ?? 'unknown'),
  eject: () => dryRun.eject,
  insert: ({ job, host }) => dryRun.insert(job.mediaUrl ?? dryRun.ownMedium(job.image, host.name)),
  'boot-once': ({ job, host, image }) => {
    const { device, efi } = bootOnceOf(job, host, image);
    return dryRun.bootOnce(device, efi);
  },
  'power-on': (run) => dryRun.powerOn(machineOf(run)),
  'power-cycle': (run) => dryRun.powerCycle(machineOf(run), run.job.foundPower ?? 'unknown'),
  wake: ({ host }) => dryRun.wake(host.interfaces.map(({ mac }) => mac)),
  ask: (run) => dryRun.ask(machineOf(run)),
  watch: ({ job, host }) => dryRun.watch(host.name, job.image),
  finish: ({ job }) => (job.method === 'virtual-media' && job.kind !== 'live' ? dryRun.finishMedia : dryRun.finish),
  'clean-up': () => dryRun.cleanUp,
};

export function wouldDo(run: JobRun, name: StepName): string {
  return WOULD_DO[name](run);
}

function machineOf({ host }: JobRun): string {
  const { serial } = host.facts;
  return serial === undefined ? host.name : `${host.name} (serial ${serial})`;
}
