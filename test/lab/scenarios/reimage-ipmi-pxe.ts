import { join } from 'node:path';
import { startOnLabNetwork } from '../lab-network.ts';
import { addImageAndConfig, ALPHA, assignAlpha, expectEvents, expectWholeBoot, hostOf } from '../boot-run.ts';
import { addAlphaWithBmc, makeBmcNetwork } from '../bmc/bmc-network.ts';
import { IPMI_URL, startIpmiMachine } from '../bmc/ipmi-machine.ts';
import { expectJob, expectReimaged, PXE_STEPS } from '../bmc/reimage-run.ts';
import { LOCAL_DISK_SAYS, makeLocalDisk } from '../local-disk.ts';
import { expectThat, type Scenario } from '../scenario.ts';

const NEVER = /(?!)/;

/** The machine boots from the network first for as long as it runs, so after the installation it comes by again. */
export const reimageIpmiPxe: Scenario = {
  name: 'reimage-ipmi-pxe',
  title: 'IPMI (pyghmi): boot once by PXE, power cycle, netboot with its own arguments; then it PXE-boots again and gets its own disk.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'pyghmi'],
  timeoutMs: 300_000,
  async run(lab) {
    const bench = await makeBmcNetwork(lab);
    const disk = await makeLocalDisk(join(lab.dir, 'disk.img'));
    const virtual = { ...ALPHA, firmware: 'bios', net: { tap: 'tap0' }, disk, reboots: true, dir: lab.dir } as const;
    const machine = await startIpmiMachine(lab, bench, virtual);
    const appliance = await startOnLabNetwork(lab, bench);
    await addImageAndConfig(lab, appliance);
    await addAlphaWithBmc(lab, appliance, IPMI_URL);
    await assignAlpha(appliance, { args: 'bootbench.then=reboot' });
    const watched = appliance.begin('reimage', ALPHA.name, '--watch');
    await Promise.all([expectWholeBoot(lab, machine, appliance), expectReimaged(lab, watched)]);
    await expectJob(lab, appliance, ALPHA.name, PXE_STEPS, watched);
    const line = await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 90_000, NEVER);
    lab.fact('seconds from the BMC’s start to the local disk', Math.round(line.at * 10) / 10);
    expectThat(machine.allSaid('CONFIG-SHA256').length === 1, 'the guest ran twice');
    const events = await appliance.events();
    expectEvents(events, ['job.started', 'bmc.power', 'job.done']);
    expectEvents(events, ['job.started', 'iso.opened', 'assignment.done', 'job.done', 'dhcp.discover', 'script.served']);
    expectThat((await hostOf(appliance, ALPHA.name)).assignment?.state === 'done', 'the assignment is not done');
  },
};
