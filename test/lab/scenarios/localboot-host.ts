import { join } from 'node:path';
import { makeLabNetwork, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { ALPHA, powerOn } from '../boot-run.ts';
import { LOCAL_DISK_SAYS, makeLocalDisk } from '../local-disk.ts';
import type { MachineOptions } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const NEVER = /(?!)/;

async function expectLocalDisk(
  lab: Lab,
  bench: LabNetwork,
  how: string,
  firmware: MachineOptions['firmware'],
  timeoutMs: number,
): Promise<void> {
  const disk = await makeLocalDisk(join(lab.dir, `disk-${how}.img`));
  await using machine = await powerOn(lab, bench, { firmware, disk });
  await machine.waitFor(/boots its own disk/, timeoutMs, NEVER);
  const line = await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), timeoutMs, NEVER);
  expectThat(!machine.serial.text.includes('LAB-GRUB'), 'it booted the ISO');
  lab.fact(`${firmware}, ${how}: seconds to the local disk`, Math.round(line.at * 10) / 10);
}

export const localbootHost: Scenario = {
  name: 'localboot-host',
  title: 'A host that is assigned to localboot gets a script that starts its own disk, by exit and by sanboot.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip);
    await appliance.must('assign', ALPHA.name, '--image', 'localboot', '--always');
    for (const how of ['exit', 'sanboot']) {
      await appliance.must('host', 'set', ALPHA.name, `localBoot=${how}`);
      await expectLocalDisk(lab, bench, how, 'bios', 60_000);
    }
  },
};

/** Proves that exiting with an error makes OVMF continue: after iPXE's exit it tries HTTP Boot, which gets no boot file, then the disk. */
export const localbootUefi: Scenario = {
  name: 'localboot-uefi',
  title: 'A UEFI host that is assigned to localboot leaves iPXE for the EFI boot loader on its own disk.',
  tier: 'ci',
  needs: ['root', 'qemu', 'ovmf', 'iso-tools', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip);
    await appliance.must('assign', ALPHA.name, '--image', 'localboot', '--always');
    await expectLocalDisk(lab, bench, 'exit', 'uefi', 150_000);
  },
};
