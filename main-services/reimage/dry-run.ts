import type { StepName } from '../../contract/jobs.ts';
import { bootOnceOf } from './plan.ts';
import type { Run } from './run.ts';

/** What a step would do to this machine, as a sentence. */
export function wouldDo(run: Run, name: StepName): string {
  const { job, host } = run;
  const { serial } = host.facts;
  const who = `${host.name}${serial === undefined ? '' : ` (serial ${serial})`}`;
  const { device, efi } = bootOnceOf(job, host, run.image);
  switch (name) {
    case 'preflight':
      return `Looks at ${who}.`;
    case 'power-off':
      return `Would switch ${who} off at once; it is ${job.foundPower ?? 'unknown'} now.`;
    case 'eject':
      return 'Would eject whatever is in the BMC’s CD slots.';
    case 'insert':
      return `Would insert ${job.mediaUrl ?? `the ISO ${job.image}, as ${host.name} gets it`}.`;
    case 'boot-once':
      return `Would have it boot from ${device} once, by ${efi ? 'UEFI' : 'BIOS'}.`;
    case 'power-on':
      return `Would switch ${who} on.`;
    case 'power-cycle':
      return `Would switch ${who} off and on; it is ${job.foundPower ?? 'unknown'} now.`;
    case 'wake':
      return `Would send Wake-on-LAN to ${host.interfaces.map(({ mac }) => mac).join(', ')}.`;
    case 'ask':
      return `Would ask somebody to start ${who}.`;
    case 'watch':
      return `Would watch ${host.name} until ${job.image} has booted.`;
    case 'finish':
      return job.method === 'virtual-media' && job.kind !== 'live'
        ? 'Would eject the medium once the machine has left it, and leave the machine on.'
        : 'Would leave the machine on.';
    case 'clean-up':
      return 'Nothing would have to be put back.';
  }
}
