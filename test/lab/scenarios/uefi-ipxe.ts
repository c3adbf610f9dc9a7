import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectEvents, expectWholeBoot, powerOn } from '../boot-run.ts';
import { expectThat, type Scenario } from '../scenario.ts';

export const uefiIpxe: Scenario = {
  name: 'uefi-ipxe',
  title: 'A UEFI machine’s own PXE client loads ipxe.efi by TFTP, and that iPXE boots the ISO.',
  tier: 'ci',
  needs: ['root', 'qemu', 'ovmf', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance);
    const machine = await powerOn(lab, bench, { firmware: 'uefi' });
    const events = await expectWholeBoot(lab, machine, appliance);
    expectEvents(events, ['dhcp.offer', 'tftp.completed', 'dhcp.offer', 'script.served']);
    expectThat(machine.said('FIRMWARE') === 'uefi', 'the guest was not started by UEFI');
    expectThat(machine.serial.text.includes('NBP filename is ipxe.efi'), 'the firmware was not given ipxe.efi');
  },
};
