import { makeLabNetwork, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { addImageAndConfig, ALPHA, assignAlpha, powerOn } from '../boot-run.ts';
import { LOCAL_DISK_SAYS, makeLocalDisk } from '../local-disk.ts';
import type { Appliance } from '../appliance.ts';
import type { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { join } from 'node:path';

const NEVER = /(?!)/;

export const unknownHost: Scenario = {
  name: 'unknown-host',
  title:
    'An unknown machine: with ignore it gets an address and no boot file; with exit it boots its disk; with wait it boots once adopted.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 240_000,
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    await withPolicy(lab, bench, 'ignore', expectAddressOnly);
    await withPolicy(lab, bench, 'exit', expectItLeaves);
    await withPolicy(lab, bench, 'wait', expectAdoptionBoots);
  },
};

type Judge = (lab: Lab, machine: Machine, appliance: Appliance) => Promise<void>;

async function withPolicy(lab: Lab, bench: LabNetwork, policy: string, judge: Judge): Promise<void> {
  await using appliance = await startOnLabNetwork(lab, bench, { dataDir: join(lab.dir, policy), args: ['--unknown', policy] });
  const disk = await makeLocalDisk(join(lab.dir, 'disk.img'));
  await using machine = await powerOn(lab, bench, { firmware: 'bios', disk });
  await judge(lab, machine, appliance);
  await appliance.waitForEvent(({ type, mac }) => type === 'host.discovered' && mac === ALPHA.mac, 'the machine is noted as discovered');
  lab.say(`--unknown ${policy}: as it should be`);
}

/** The lease is complete but names nothing to boot, so the firmware continues with the disk. */
async function expectAddressOnly(lab: Lab, machine: Machine, appliance: Appliance): Promise<void> {
  await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 90_000, NEVER);
  const text = machine.serial.text;
  expectThat(/net0: 192\.168\.77\.1\d\d\/255\.255\.255\.0/.test(text), 'the machine got no address of the pool');
  expectThat(!text.includes('Filename: '), 'the machine was given a boot file');
  const offer = await appliance.waitForEvent(({ type }) => type === 'dhcp.offer', 'an offer');
  lab.fact('ignore', offer.message);
}

async function expectItLeaves(lab: Lab, machine: Machine, appliance: Appliance): Promise<void> {
  const output = await machine.waitFor(/Bootbench: Unknown machine/, 60_000, NEVER);
  await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 60_000, NEVER);
  expectThat(!machine.serial.text.includes('Waiting ('), 'it waited instead of leaving');
  await appliance.waitForEvent(({ type }) => type === 'script.refused', 'a refusal');
  lab.fact('exit', output.text);
}

async function expectAdoptionBoots(lab: Lab, machine: Machine, appliance: Appliance): Promise<void> {
  const output = await machine.waitFor(/Waiting \(/, 60_000, NEVER);
  lab.fact('wait', output.text);
  await addImageAndConfig(lab, appliance);
  await appliance.must('host', 'adopt', ALPHA.mac, ALPHA.name);
  await appliance.must('host', 'set', ALPHA.name, 'vars.role=bench');
  await assignAlpha(appliance);
  const done = await machine.waitFor(/LAB-DONE/, 90_000);
  lab.fact('wait: seconds from power-on, adopted meanwhile, to done', Math.round(done.at));
}
