import { join } from 'node:path';
import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, ALPHA, expectEvents, expectWholeBoot, hostOf, powerOn } from '../boot-run.ts';
import { LOCAL_DISK_SAYS, makeLocalDisk } from '../local-disk.ts';
import { expectThat, type Scenario } from '../scenario.ts';

export const onceThenLocal: Scenario = {
  name: 'once-then-local',
  title: 'Assigned once: the machine boots the ISO, phones home, reboots from the network, and gets its own disk.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 240_000,
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await addAlpha(lab, appliance, { args: 'bootbench.then=reboot', assign: ['--once'] });
    const disk = await makeLocalDisk(join(lab.dir, 'disk.img'));
    const machine = await powerOn(lab, bench, { firmware: 'bios', disk, reboots: true });
    await expectWholeBoot(lab, machine, appliance);
    const line = await machine.waitFor(new RegExp(LOCAL_DISK_SAYS), 90_000, /(?!)/);
    lab.fact('seconds from power-on to the local disk', Math.round(line.at * 10) / 10);
    expectThat(count(machine.serial.text, /LAB-DONE/g) === 1, 'the guest ran twice');
    expectEvents(await appliance.events(), ['assignment.armed', 'iso.opened', 'assignment.done', 'dhcp.discover', 'script.served']);
    const { assignment } = await hostOf(appliance, ALPHA.name);
    expectThat(assignment?.state === 'done', `the assignment is ${assignment?.state ?? 'gone'}, not done`);
    lab.fact('events that completed it', assignment.evidence.map(String));
  },
};

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
