import type { BenchEvent } from '../../../contract/appliance.ts';
import type { Job } from '../../../contract/jobs.ts';
import type { ProfileName } from '../../fixtures/redfish-bmc/profiles.ts';
import { startOnBench } from '../bench.ts';
import { addImageAndConfig, ALPHA, assignAlpha, expectEvents, expectGuest } from '../boot-run.ts';
import { addAlphaWithBmc, BMC, makeBmcBench, type BmcBench } from '../bmc/bmc-bench.ts';
import { askBmc, type BmcLog } from '../bmc/control.ts';
import { startRedfishMachine } from '../bmc/redfish-machine.ts';
import { expectJob, expectReimaged, MEDIA_STEPS } from '../bmc/reimage-run.ts';
import { buildLabIso } from '../iso.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

interface Reimage {
  readonly profile: ProfileName;
  readonly firmware: 'bios' | 'uefi';
  readonly kind: 'install' | 'live';
}

/** Off at first; one command; then it has booted its own medium, and stands as its kind of image has it. */
async function run(lab: Lab, { profile, firmware, kind }: Reimage): Promise<void> {
  const bench = await makeBmcBench(lab);
  const machine = await startRedfishMachine(lab, bench.bmc, {
    ...{ profile, mac: ALPHA.mac, uuid: ALPHA.uuid },
    machine: { ...ALPHA, firmware, net: { tap: 'tap0' }, dir: lab.dir },
  });
  const appliance = await startOnBench(lab, bench);
  await addImageAndConfig(lab, appliance, firmware === 'bios' ? await buildLabIso({ biosOnly: true }) : undefined);
  await appliance.must('image', 'set', 'lab', '--kind', kind);
  await addAlphaWithBmc(lab, appliance, machine.url);
  await assignAlpha(appliance, { args: 'bootbench.then=stay' });
  expectThat((await askBmc(bench.bmc)).power === 'Off', 'the machine is not off at first');
  const watched = appliance.begin('reimage', ALPHA.name, '--watch');
  await Promise.all([expectGuest(lab, machine), expectReimaged(lab, watched)]);
  const job = await expectJob(lab, appliance, ALPHA.name, MEDIA_STEPS, watched);
  expectThat(machine.said('FIRMWARE') === firmware, `it booted by ${machine.said('FIRMWARE') ?? 'nothing'}`);
  judgeEvents(await appliance.events(), job);
  await judgeBmc(lab, bench, job, kind);
}

/** What the job rests on was seen, and not before it began. */
function judgeEvents(events: readonly BenchEvent[], job: Job): void {
  expectEvents(events, ['job.started', 'bmc.media', 'iso.opened', 'iso.patched-read', 'dhcp.os-lease', 'config.served', 'boot.complete']);
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

async function judgeBmc(lab: Lab, { bmc }: BmcBench, job: Job, kind: Reimage['kind']): Promise<void> {
  const { power, media, starts, boot }: BmcLog = await askBmc(bmc);
  lab.fact('at the end', `${power}, ${media.length > 0 ? media.join() : 'no medium'}, override ${String(boot.BootSourceOverrideEnabled)}`);
  expectThat(power === 'On', `the machine is ${power}`);
  expectThat(starts.length === 1 && starts[0]?.bootDevice === 'cdrom', `it was started as ${JSON.stringify(starts)}`);
  expectThat(starts[0].cdUrl === job.mediaUrl, `it was started with ${starts[0].cdUrl ?? 'no medium'}, not ${job.mediaUrl ?? 'none'}`);
  if (kind === 'live') expectThat(media.join() === job.mediaUrl, 'the medium of a live system was taken away');
  else expectThat(media.length === 0, `the medium is still there: ${media.join()}`);
}

const NEEDS: Scenario['needs'] = [
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

export const reimageRedfishUefi: Scenario = {
  name: 'reimage-redfish-uefi',
  title:
    'One command reimages a machine that is off: its BMC (Redfish, Dell) shows it the ISO, UEFI boots it, and the medium is taken out.',
  tier: 'ci',
  needs: NEEDS,
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'dell', firmware: 'uefi', kind: 'install' }),
};

export const reimageRedfishBios: Scenario = {
  name: 'reimage-redfish-bios',
  title: 'An ISO for BIOS only: the BMC (Redfish, HPE) is told to boot by BIOS, and the machine does.',
  tier: 'full',
  needs: NEEDS,
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'hpe', firmware: 'bios', kind: 'install' }),
};

export const reimageLive: Scenario = {
  name: 'reimage-live',
  title: 'A live image: the job is done when the system has booted, and its medium stays in the BMC (Redfish, Lenovo).',
  tier: 'full',
  needs: NEEDS,
  timeoutMs: 300_000,
  run: (lab) => run(lab, { profile: 'lenovo', firmware: 'uefi', kind: 'live' }),
};
