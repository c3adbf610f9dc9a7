import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectWholeBoot, powerOn } from '../boot-run.ts';
import { buildLabIso } from '../iso.ts';
import type { Scenario } from '../scenario.ts';

/** An ISO as vendors make it, with no placeholder in its GRUB configuration. */
function plainIso(firmware: 'bios' | 'uefi'): Scenario {
  return {
    name: `plain-iso-${firmware}`,
    title: `An ISO that is not prepared for Bootbench boots on ${firmware.toUpperCase()} with the host’s own arguments in its boot configuration.`,
    tier: firmware === 'bios' ? 'ci' : 'full',
    needs: ['root', 'qemu', 'ovmf', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
    async run(lab) {
      const iso = await buildLabIso({ kernelArguments: 'lab.vendor=1', volumeId: 'PLAIN' });
      const bench = await makeLabNetwork(lab);
      const appliance = await startOnLabNetwork(lab, bench);
      await addAlpha(lab, appliance, { iso });
      const machine = await powerOn(lab, bench, { firmware });
      await expectWholeBoot(lab, machine, appliance, { before: ['lab.vendor=1 console=ttyS0 quiet lab.name='] });
    },
  };
}

export const plainIsoBios = plainIso('bios');
export const plainIsoUefi = plainIso('uefi');
