import { join } from 'node:path';
import { PROFILE_NAMES } from '../../fixtures/redfish-bmc/profiles.ts';
import { parseEvents } from '../appliance.ts';
import { startOnLabNetwork } from '../lab-network.ts';
import { addImageAndConfig } from '../boot-run.ts';
import { BMC, BMC_PASSWORD, BMC_USER, makeBmcNetwork } from '../bmc/bmc-network.ts';
import { addFleet, configOf, judgeFleet, judgeGuest, members, startMachines } from '../bmc/fleet.ts';
import type { FleetOrder, ReadMedium } from '../bmc/fleet-process.ts';
import { expectReimaged, jobsOf } from '../bmc/reimage-run.ts';
import { buildSmallIso } from '../bmc/small-iso.ts';
import { buildLabIso } from '../iso.ts';
import { NODE } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const PROGRAM = join(import.meta.dirname, '../bmc/fleet-process.ts');
/** Those that mount by HTTP. */
const PROFILES = PROFILE_NAMES.filter((name) => name !== 'nfs-only' && name !== 'idrac8');

async function eight(lab: Lab): Promise<void> {
  const fleet = members(8);
  const bench = await makeBmcNetwork(lab, fleet.length);
  const machines = await startMachines(lab, bench, fleet);
  const appliance = await startOnLabNetwork(lab, bench);
  const events = appliance.watchEvents();
  await addImageAndConfig(lab, appliance, await buildLabIso({ biosOnly: true }));
  await addFleet(lab, bench, fleet);
  await expectReimaged(lab, appliance.begin('reimage', ...fleet.map(({ name }) => name), '--concurrency', '2', '--watch'), 400_000);
  for (const machine of machines) await judgeGuest(machine);
  judgeFleet(lab, fleet, await jobsOf(appliance), parseEvents(events.lines.map(({ text }) => text)), 2);
}

async function sixtyFour(lab: Lab): Promise<void> {
  const fleet = members(64);
  const bench = await makeBmcNetwork(lab, 0);
  const order: FleetOrder = {
    machines: fleet.map(({ name, mac, uuid, port }, at) => ({
      name,
      mac,
      uuid,
      port,
      profile: PROFILES[at % PROFILES.length] ?? 'dell',
      host: BMC,
      username: BMC_USER,
      password: BMC_PASSWORD,
    })),
  };
  const bmcs = bench.bmc.spawn([NODE, PROGRAM, JSON.stringify(order)]);
  await bmcs.waitFor(/^BMC-READY/, 60_000);
  const appliance = await startOnLabNetwork(lab, bench);
  const events = appliance.watchEvents();
  await addImageAndConfig(lab, appliance, await buildSmallIso());
  await addFleet(lab, bench, fleet);
  const begun = Date.now();
  await expectReimaged(lab, appliance.begin('reimage', ...fleet.map(({ name }) => name), '--concurrency', '32', '--watch'), 240_000);
  lab.fact('seconds for 64 machines, 32 at once', Math.round((Date.now() - begun) / 1000));
  const read = bmcs.lines.flatMap(({ text }) => (text.startsWith('READ ') ? [JSON.parse(text.slice(5)) as ReadMedium] : []));
  const jobs = await jobsOf(appliance);
  for (const member of fleet) {
    const mine = read.filter(({ name }) => name === member.name);
    const job = jobs.find(({ host }) => host === member.name);
    const [first] = mine;
    expectThat(
      mine.length === 1 && first?.hosts.join() === member.name,
      `${member.name} read the media of ${mine.flatMap(({ hosts }) => hosts).join()}`,
    );
    expectThat(first.url === job?.mediaUrl, `${member.name} read ${first.url}, but its job inserted ${job?.mediaUrl ?? 'nothing'}`);
    expectThat(first.config === configOf(member) && first.phoned === 204, `${member.name} got ${first.config}, and ${first.phoned}`);
  }
  judgeFleet(lab, fleet, jobs, parseEvents(events.lines.map(({ text }) => text)), 32);
}

export const reimageFleet: Scenario = {
  name: 'reimage-fleet',
  title: 'Eight machines are reimaged by one command, two at a time; each boots its own medium, and no job relies on another’s evidence.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'qemu-img', 'appliance', 'dnsmasq', 'openssl'],
  timeoutMs: 480_000,
  run: eight,
};

export const reimageFleet64: Scenario = {
  name: 'reimage-fleet-64',
  title: '64 machines of seven vendors, at HTTP level: each reads its own medium once, 32 jobs at a time, none crosses another.',
  tier: 'full',
  alone: true,
  needs: ['root', 'iso-tools', 'appliance', 'dnsmasq', 'openssl'],
  timeoutMs: 420_000,
  run: sixtyFour,
};
