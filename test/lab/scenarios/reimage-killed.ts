import type { Job } from '../../../contract/jobs.ts';
import type { Appliance } from '../appliance.ts';
import { startOnLabNetwork } from '../lab-network.ts';
import { addImageAndConfig, ALPHA, assignAlpha, expectGuest } from '../boot-run.ts';
import { addAlphaWithBmc, makeBmcNetwork, type BmcNetwork } from '../bmc/bmc-network.ts';
import { askBmc, untilBmc, type BmcLog } from '../bmc/control.ts';
import { startRedfishMachine } from '../bmc/redfish-machine.ts';
import { expectJob, expectReimaged, jobsOf, judgeBmc, judgeEvents, MEDIA_STEPS } from '../bmc/reimage-run.ts';
import { buildLabIso } from '../iso.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

/** Milliseconds before each answer of the BMC, so that what was observed still holds when the appliance is dead; and until power follows. */
const FAULTS = { slow: 120, settle: 2000 };

interface Killed {
  readonly lab: Lab;
  readonly bench: BmcNetwork;
}

/** kill -9, the state at that point, and a start on the same data: the job continues automatically. */
async function killAndStart(
  { lab, bench }: Killed,
  appliance: Appliance,
  when: string,
  stands: (log: BmcLog) => boolean,
): Promise<Appliance> {
  await appliance.kill();
  const log = await askBmc(bench.bmc);
  const state = `${log.power}, ${log.media.join() || 'no medium'}, ${log.starts.length} starts`;
  lab.fact(`killed ${when}`, state);
  expectThat(stands(log), `killed ${when}, but the machine is: ${state}`);
  const next = await startOnLabNetwork(lab, bench);
  const job = await onlyJob(next);
  expectThat(job.state === 'running', `${when}: the job is ${job.state} after the restart`);
  return next;
}

async function onlyJob(appliance: Appliance): Promise<Job> {
  const [job, ...others] = await jobsOf(appliance);
  expectThat(job !== undefined && others.length === 0, `there are ${others.length + (job ? 1 : 0)} jobs`);
  return job;
}

async function run(lab: Lab): Promise<void> {
  const bench = await makeBmcNetwork(lab);
  const { mac, uuid } = ALPHA;
  const machine = await startRedfishMachine(lab, bench.bmc, {
    ...{ profile: 'openbmc', mac, uuid, faults: FAULTS },
    machine: { ...ALPHA, firmware: 'bios', net: { tap: 'tap0' }, dir: lab.dir },
    mount: { tool: 'nbdkit', patient: true, dir: lab.dir },
  });
  const killed = { lab, bench };
  let appliance = await startOnLabNetwork(lab, bench);
  await addImageAndConfig(lab, appliance, await buildLabIso({ biosOnly: true }));
  await appliance.must('image', 'set', 'lab', '--kind', 'install');
  await addAlphaWithBmc(lab, appliance, machine.url);
  await assignAlpha(appliance, { args: 'bootbench.then=stay' });

  await appliance.must('reimage', ALPHA.name);
  await machine.waitFor(/^BMC-MOUNTS /, 30_000);
  appliance = await killAndStart(
    killed,
    appliance,
    'once the medium was inserted',
    ({ media, starts }) => media.length === 1 && starts.length === 0,
  );
  await untilBmc(bench.bmc, ({ starts }) => starts.length === 1, 'the machine was not powered on');
  appliance = await killAndStart(
    killed,
    appliance,
    'once the machine was powered on',
    ({ power, starts }) => power !== 'Off' && starts.length === 1,
  );
  const events = appliance.watchEvents();
  await events.waitFor(/"iso.patched-read"/, 60_000);
  appliance = await killAndStart(
    killed,
    appliance,
    'once the machine read its medium',
    ({ power, starts }) => power === 'On' && starts.length === 1,
  );

  const watched = appliance.begin('jobs', '--watch');
  await Promise.all([expectGuest(lab, machine), expectReimaged(lab, watched)]);
  const job = await expectJob(lab, appliance, ALPHA.name, MEDIA_STEPS, watched);
  const seen = await appliance.events();
  const resumed = seen.filter(({ type, data }) => type === 'job.step' && data.state === 'resumed').map(({ message }) => message);
  lab.fact('reported after the restarts', resumed);
  expectThat(resumed.length === 3, `${resumed.length} restarts are reported: ${resumed.join(' ')}`);
  judgeEvents(seen, job, 'iso.patched-read');
  await judgeBmc(lab, bench, job);
}

export const reimageKilled: Scenario = {
  name: 'reimage-killed',
  title:
    'kill -9 when the medium is inserted, when the machine has been powered on, and while it reads: the job continues each time, and the machine is started once.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'curl', 'nbdkit'],
  timeoutMs: 300_000,
  run,
};
