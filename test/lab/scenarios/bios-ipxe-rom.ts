import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, ALPHA, expectWholeBoot, hostOf, powerOn } from '../boot-run.ts';
import { expectThat, type Scenario } from '../scenario.ts';

export const biosIpxeRom: Scenario = {
  name: 'bios-ipxe-rom',
  title: 'A BIOS machine whose network ROM is iPXE boots the ISO with its own arguments and its own config.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance);
    const machine = await powerOn(lab, bench, { firmware: 'bios' });
    await expectWholeBoot(lab, machine, appliance);
    const { assignment, facts } = await hostOf(appliance, ALPHA.name);
    expectThat(assignment?.state === 'done', `the assignment is ${assignment?.state ?? 'gone'}, not done`);
    expectThat(facts.uuid === ALPHA.uuid, `the stored UUID is ${facts.uuid ?? 'none'}`);
    expectThat(facts.serial === ALPHA.serial, `the stored serial number is ${facts.serial ?? 'none'}`);
    expectThat(facts.product === ALPHA.product, `the stored product is ${facts.product ?? 'none'}`);
  },
};
