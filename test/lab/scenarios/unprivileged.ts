import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeLabNetwork, startOnLabNetwork } from '../lab-network.ts';
import { addAlpha, expectWholeBoot, powerOn } from '../boot-run.ts';
import { expectThat, type Scenario } from '../scenario.ts';

const NOBODY = 65534;
const NO_POWERS = ['--clear-groups', '--no-new-privs', '--inh-caps=-all', '--bounding-set=-all'];

export const unprivileged: Scenario = {
  name: 'unprivileged',
  title: 'The appliance runs as an unprivileged user without any capability, the sysctl set, and a BIOS machine boots from it.',
  tier: 'ci',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'appliance', 'dnsmasq', 'tcpdump'],
  async run(lab) {
    const bench = await makeLabNetwork(lab);
    await bench.ns.sysctl('net.ipv4.ip_unprivileged_port_start', '67');
    const dataDir = join(lab.dir, 'data');
    mkdirSync(dataDir);
    chownSync(dataDir, NOBODY, NOBODY);
    const wrapper = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, ...NO_POWERS];
    const appliance = await startOnLabNetwork(lab, bench, { dataDir, wrapper, env: { HOME: dataDir } });
    const status = readFileSync(`/proc/${appliance.process.pid ?? 0}/status`, 'utf8');
    for (const [field, wanted] of [
      ['Uid', `${NOBODY}\t${NOBODY}\t${NOBODY}\t${NOBODY}`],
      ['CapEff', '0000000000000000'],
      ['CapPrm', '0000000000000000'],
      ['CapBnd', '0000000000000000'],
      ['NoNewPrivs', '1'],
    ] as const) {
      const found = new RegExp(`^${field}:\\t(.*)$`, 'm').exec(status)?.[1] ?? 'nothing';
      lab.fact(field, found.replaceAll('\t', ' '));
      expectThat(found === wanted, `the appliance’s ${field} is ${found}`);
    }
    await addAlpha(lab, appliance);
    const machine = await powerOn(lab, bench, { firmware: 'bios' });
    await expectWholeBoot(lab, machine, appliance);
  },
};
