import { startOnLabNetwork } from '../lab-network.ts';
import { addImageAndConfig } from '../boot-run.ts';
import { BMC, fetchAuthority, makeBmcNetwork } from '../bmc/bmc-network.ts';
import { addFleet, judgeFleet, judgeGuest, members, startMachines } from '../bmc/fleet.ts';
import type { MountOptions } from '../bmc/mounts.ts';
import { expectReimaged, jobsOf } from '../bmc/reimage-run.ts';
import { parseEvents } from '../appliance.ts';
import { buildLabIso } from '../iso.ts';
import { expectThat, type Scenario } from '../scenario.ts';

/** How each machine’s BMC mounts what it is given. */
const MOUNTS: readonly Pick<MountOptions, 'tool' | 'only'>[] = [{ tool: 'httpfs2' }, { tool: 'nbdkit' }, { tool: 'nbdkit', only: 'https' }];

export const reimageMounts: Scenario = {
  name: 'reimage-mounts',
  title:
    'BMCs that mount their media by httpfs2, by nbdkit, and by nbdkit over TLS: each machine boots from its mount, with its own arguments.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'curl', 'httpfs2', 'nbdkit'],
  timeoutMs: 300_000,
  async run(lab) {
    const fleet = members(MOUNTS.length);
    const bench = await makeBmcNetwork(lab, fleet.length);
    const appliance = await startOnLabNetwork(lab, bench, { args: ['--https-port', '7443'] });
    const events = appliance.watchEvents();
    const ca = await fetchAuthority(lab, bench);
    const mountOf = new Map(fleet.map(({ name }, at) => [name, { tool: 'nbdkit', ...MOUNTS[at], ca } as const]));
    const machines = await startMachines(lab, bench, fleet, ({ name }) => mountOf.get(name));
    await addImageAndConfig(lab, appliance, await buildLabIso({ biosOnly: true }));
    await addFleet(lab, bench, fleet);
    for (const [name, { only }] of mountOf) if (only) await appliance.must('host', 'set', name, `bmcUrlScheme=${only}`);
    await expectReimaged(lab, appliance.begin('reimage', ...mountOf.keys(), '--concurrency', '3', '--watch'), 200_000);
    for (const each of machines) await judgeGuest(each);
    const jobs = await jobsOf(appliance);
    judgeFleet(lab, fleet, jobs, parseEvents(events.lines.map(({ text }) => text)), 3);
    for (const { member, machine } of machines) {
      const { tool, only = 'http' } = mountOf.get(member.name) ?? {};
      const { mediaUrl = '', steps = [] } = jobs.find(({ host }) => host === member.name) ?? {};
      expectThat(mediaUrl.startsWith(`${only}://`), `${member.name} was given ${mediaUrl}`);
      await machine.waitFor(new RegExp(`^BMC-MOUNTS ${mediaUrl}$`), 0);
      const read = steps.find(({ name }) => name === 'insert')?.evidence.find((sentence) => sentence.startsWith('It was read'));
      expectThat(read?.includes(BMC) ?? false, `the insert step of ${member.name} does not say that its BMC reads`);
      lab.fact(`${tool ?? ''} over ${only}`, read ?? '');
    }
  },
};
