import type { StepName } from '../../contract/jobs.ts';
import { bootOnceOf } from './plan.ts';
import type { Run } from './run.ts';

/** What the sentences name. */
interface Facts {
  readonly run: Run;
  /** The host, with its serial number where it is known. */
  readonly machine: string;
  /** Its power state when the job began. */
  readonly power: string;
}

const WOULD_DO: Readonly<Record<StepName, (facts: Facts) => string>> = {
  preflight: ({ machine }) => `Checks ${machine}.`,
  'power-off': ({ machine, power }) => `Would switch ${machine} off immediately; its power is ${power} now.`,
  eject: () => 'Would eject the media in all CD slots of the BMC.',
  insert: ({ run: { job, host } }) => `Would insert ${job.mediaUrl ?? `the ISO ${job.image} as ${host.name} gets it`}.`,
  'boot-once': ({ run: { job, host, image } }) => {
    const { device, efi } = bootOnceOf(job, host, image);
    return `Would set it to boot from ${device} once, with ${efi ? 'UEFI' : 'BIOS'}.`;
  },
  'power-on': ({ machine }) => `Would switch ${machine} on.`,
  'power-cycle': ({ machine, power }) => `Would switch ${machine} off and on; its power is ${power} now.`,
  wake: ({ run: { host } }) => `Would send Wake-on-LAN to ${host.interfaces.map(({ mac }) => mac).join(', ')}.`,
  ask: ({ machine }) => `Would ask a technician to start ${machine}.`,
  watch: ({ run: { job, host } }) => `Would watch ${host.name} until ${job.image} has booted.`,
  finish: ({ run: { job } }) =>
    job.method === 'virtual-media' && job.kind !== 'live'
      ? 'Would eject the medium after the machine has read it, and leave the machine on.'
      : 'Would leave the machine on.',
  'clean-up': () => 'Nothing to restore.',
};

/** What a step would do to this machine, as a sentence. */
export function wouldDo(run: Run, name: StepName): string {
  const { serial } = run.host.facts;
  const machine = `${run.host.name}${serial === undefined ? '' : ` (serial ${serial})`}`;
  return WOULD_DO[name]({ run, machine, power: run.job.foundPower ?? 'unknown' });
}
