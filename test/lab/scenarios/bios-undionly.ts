import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectEvents, expectWholeBoot, powerOn } from '../boot-run.ts';
import { expectThat, type Scenario } from '../scenario.ts';

/** QEMU has no BIOS network ROM but iPXE's, so the interface's boot-file override makes the old iPXE load the newer one. */
export const biosUndionly: Scenario = {
  name: 'bios-undionly',
  title: 'A BIOS machine loads undionly.kpxe by TFTP from its ROM, and that iPXE boots the ISO.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance, { set: ['bootFile=undionly.kpxe'] });
    const machine = await powerOn(lab, bench, { firmware: 'bios' });
    const events = await expectWholeBoot(lab, machine, appliance);
    expectEvents(events, ['dhcp.offer', 'tftp.started', 'tftp.completed', 'dhcp.offer', 'script.served']);
    const stages = machine.serial.lines
      .map(({ text }) => /iPXE (\d\S+) -- Open Source/.exec(text)?.[1])
      .filter((version) => version !== undefined);
    lab.fact('iPXE in the ROM, then loaded', stages);
    expectThat(stages.length === 2 && stages[0] !== stages[1], `expected two different iPXEs, saw ${stages.join(', ')}`);
  },
};
