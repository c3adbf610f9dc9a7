import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectEvents, expectWholeBoot, powerOn } from '../boot-run.ts';
import { expectThat, type Scenario } from '../scenario.ts';

/** OVMF's switch for its own PXE client, so that HTTP Boot is its only way. */
const PXE_OFF = ['-fw_cfg', 'name=opt/org.tianocore/IPv4PXESupport,string=n'];

export const uefiHttp: Scenario = {
  name: 'uefi-http',
  title: 't1: UEFI HTTP Boot takes the URL of an option 67 that ends with a NUL, loads ipxe.efi by HTTP, and that iPXE boots the ISO.',
  tier: 'full',
  needs: ['root', 'qemu', 'ovmf', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance);
    const machine = await powerOn(lab, bench, { firmware: 'uefi', extra: PXE_OFF });
    const events = await expectWholeBoot(lab, machine, appliance);
    expectEvents(events, ['dhcp.offer', 'bootfile.served', 'dhcp.offer', 'script.served']);
    expectThat(machine.said('FIRMWARE') === 'uefi', 'the guest was not started by UEFI');
    expectThat(machine.serial.text.includes('URI: http://192.168.77.1:7080/boot/ipxe.efi'), 'the firmware was not given the URL');
  },
};
