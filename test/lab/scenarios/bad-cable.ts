import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectEvents, expectWholeBoot, powerOn } from '../boot-run.ts';
import { cableToMachine, countsOf } from '../frame-relay.ts';
import { pause } from '../process.ts';
import { expectThat, type Scenario } from '../scenario.ts';

/** Damage that a bad crimp or an overloaded switch does; TCP and TFTP must live with it. */
const BAD = { seed: 11, loss: 0.01, duplicate: 0.005, reorder: 0.01, delayMs: 0.2 };

export const badCable: Scenario = {
  name: 'bad-cable',
  title: 'A machine on a cable that loses, doubles and reorders frames still loads undionly.kpxe by TFTP and boots the ISO.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 300_000,
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance, { set: ['bootFile=undionly.kpxe'] });
    const { netdev, plugged, carrier } = await cableToMachine(bench.ns, 'br0', BAD);
    const machine = await powerOn(lab, bench, { firmware: 'bios', net: { netdev } });
    await plugged();
    const events = await expectWholeBoot(lab, machine, appliance, { timeoutMs: 240_000 });
    expectEvents(events, ['tftp.completed', 'script.served', 'iso.opened']);
    await pause(300);
    const { left, right } = countsOf(carrier);
    lab.fact('frames to the machine', JSON.stringify(right));
    lab.fact('frames from the machine', JSON.stringify(left));
    expectThat(right.lost > 10 && left.lost > 3, 'the cable was better than it should have been');
  },
};
