import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import type { Job, StepName } from '../../../contract/jobs.ts';
import type { Appliance } from '../appliance.ts';
import { expectEvents } from '../boot-run.ts';
import type { Running } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { BMC, type BmcNetwork } from './bmc-network.ts';
import { askBmc, type BmcLog } from './control.ts';

export const MEDIA_STEPS: readonly StepName[] = ['preflight', 'power-off', 'eject', 'insert', 'boot-once', 'power-on', 'watch', 'finish'];
export const PXE_STEPS: readonly StepName[] = ['preflight', 'boot-once', 'power-cycle', 'watch', 'finish'];
export const MANUAL_STEPS: readonly StepName[] = ['preflight', 'wake', 'ask', 'watch', 'finish'];

/** What a machine with a Redfish BMC, booting from its virtual CD, is made of. */
export const REIMAGE_NEEDS: Scenario['needs'] = [
  'root',
  'qemu',
  'ovmf',
  'iso-tools',
  'guest-kernel',
  'qemu-img',
  'appliance',
  'dnsmasq',
  'curl',
  'openssl',
];

/** Waits for `reimage --watch` to end well, and keeps what it printed. */
export async function expectReimaged(lab: Lab, watched: Running, timeoutMs = 150_000): Promise<void> {
  const late = new Promise<undefined>((resolve) => {
    setTimeout(resolve, timeoutMs, undefined).unref();
  });
  const code = await Promise.race([watched.exited, late]);
  lab.say(watched.text.replaceAll('\n', '\n     '));
  expectThat(code !== undefined, `reimage --watch was not over in ${timeoutMs / 1000} s`);
  expectThat(code === 0, `reimage --watch ended with ${code}`);
}

export async function jobsOf(appliance: Appliance): Promise<readonly Job[]> {
  return appliance.json<Job[]>('jobs');
}

/** The newest job of a host: these steps, each of them done, each with its evidence, and all of it was printed by --watch. */
export async function expectJob(
  lab: Lab,
  appliance: Appliance,
  host: string,
  steps: readonly StepName[],
  watched: { readonly text: string },
): Promise<Job> {
  const job = (await jobsOf(appliance)).filter((one) => one.host === host).sort((a, b) => b.createdAt - a.createdAt)[0];
  expectThat(job !== undefined, `no job found for ${host}`);
  expectThat(job.state === 'done', `the job is ${job.state}`);
  const names = job.steps.map(({ name }) => name);
  expectThat(names.join() === steps.join(), `its steps are ${names.join(', ')}`);
  for (const step of job.steps) {
    expectThat(step.state === 'done', `${step.name} is ${step.state}`);
    expectThat(step.evidence.length > 0, `${step.name} shows no evidence`);
    for (const sentence of step.evidence) expectThat(watched.text.includes(sentence), `“${sentence}” of ${step.name} was not reported`);
  }
  lab.fact(
    'steps',
    job.steps.map(({ name, evidence }) => `${name}: ${evidence.join(' ')}`),
  );
  return job;
}

/** What a boot from virtual media leaves behind. */
const BOOT_BY_MEDIA: readonly EventType[] = [
  'bmc.media',
  'iso.opened',
  'iso.patched-read',
  'dhcp.os-lease',
  'config.served',
  'boot.complete',
];

/** What the job rests on was seen, and not before it began. `missable`: what was lost with a killed appliance, which stores events a little later. */
export function judgeEvents(events: readonly BenchEvent[], job: Job, missable?: EventType): void {
  expectEvents(events, ['job.started', ...BOOT_BY_MEDIA.filter((type) => type !== missable)]);
  // A quick machine boots before its BMC shows that it is on.
  expectEvents(events, ['job.started', 'bmc.power', 'job.done']);
  expectEvents(events, ['job.started', 'bmc.media', 'iso.opened', 'assignment.done', 'job.done']);
  const known = new Set(events.map(({ seq }) => seq));
  const named = job.steps.flatMap((step) => step.events);
  expectThat(
    named.length > 0 && named.every((seq) => known.has(seq) && seq > job.since),
    `the steps rest on the events ${named.join(', ')}`,
  );
  const reader = events.find(({ type }) => type === 'iso.opened');
  expectThat(reader?.ip === BMC, `the ISO was opened from ${reader?.ip ?? 'nowhere'}`);
}

/** The machine was started once, from the job’s medium, and stands as its kind of image has it. */
export async function judgeBmc(lab: Lab, { bmc }: BmcNetwork, job: Job): Promise<void> {
  const { power, media, starts, boot }: BmcLog = await askBmc(bmc);
  lab.fact('at the end', `${power}, ${media.length > 0 ? media.join() : 'no medium'}, override ${String(boot.BootSourceOverrideEnabled)}`);
  expectThat(power === 'On', `the machine is ${power}`);
  expectThat(starts.length === 1 && starts[0]?.bootDevice === 'cdrom', `it was started as ${JSON.stringify(starts)}`);
  expectThat(starts[0].cdUrl === job.mediaUrl, `it was started with ${starts[0].cdUrl ?? 'no medium'}, not ${job.mediaUrl ?? 'none'}`);
  if (job.kind === 'live') expectThat(media.join() === job.mediaUrl, 'the medium of a live system was taken away');
  else expectThat(media.length === 0, `the medium is still there: ${media.join()}`);
}
