import { join } from 'node:path';
import { startAppliance } from '../appliance.ts';
import { cable, NODE } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import { NOBODY, openDataDir } from './two-nics.ts';

const CLIENT = join(import.meta.dirname, '../../../node_modules/dhcp/bin/dhcp-cli.js');

interface Case {
  readonly name: string;
  /** What the appliance runs under: ping works for root, and not at all for NOBODY. */
  readonly wrapper?: readonly string[];
  /** Whether the squatter answers ping. */
  readonly echo: boolean;
  /** How the conflict must be found, and how the address that is offered in the end was looked at. */
  readonly found: 'icmp' | 'arp';
  readonly cleared: 'icmp' | 'arp';
}

const CASES: readonly Case[] = [
  { name: 'root', echo: true, found: 'icmp', cleared: 'icmp' },
  { name: 'root-firewall', echo: false, found: 'arp', cleared: 'icmp' },
  { name: 'nobody', wrapper: NOBODY, echo: true, found: 'arp', cleared: 'arp' },
];

/** Another machine uses the pool's first address; the machine must get the second, and the event must say how that was found. */
async function expectAvoided(lab: Lab, { name, wrapper, echo, found, cleared }: Case): Promise<void> {
  const [laptop, squatter, bench] = [await lab.namespace('cf-l'), await lab.namespace('cf-s'), await lab.namespace('cf-c')];
  await laptop.bridge('lab0', '192.168.64.1/24');
  await laptop.sysctl('net.ipv4.ip_unprivileged_port_start', '67');
  await cable({ ns: laptop, dev: 'to-bench', bridge: 'lab0' }, { ns: bench, dev: 'eth0' });
  await cable({ ns: laptop, dev: 'to-squat', bridge: 'lab0' }, { ns: squatter, dev: 'eth0', address: '192.168.64.100/24' });
  if (!echo) await squatter.sysctl('net.ipv4.icmp_echo_ignore_all', '1');
  await bench.ip('route', 'add', 'default', 'dev', 'eth0');
  const args = ['--nic', 'lab0', '--dhcp', 'full', '--pool', '192.168.64.100-192.168.64.110'];
  const dataDir = await openDataDir({ ...lab, dir: join(lab.dir, name) });
  const appliance = lab.use(await startAppliance(laptop, { dataDir, args, wrapper }));
  await bench.must([NODE, CLIENT, 'hostname', '--mac', '52-54-00-64-00-01'], { timeoutMs: 20_000 });
  const conflict = await appliance.waitForEvent(({ type }) => type === 'dhcp.conflict', 'the conflict');
  expectThat(conflict.ip === '192.168.64.100' && conflict.data.method === found, `${name}: ${conflict.message}`);
  const offer = await appliance.waitForEvent(({ type }) => type === 'dhcp.offer', 'the offer');
  expectThat(offer.ip === '192.168.64.101' && offer.data.conflictProbe === cleared, `${name}: ${offer.message}`);
  lab.fact(name, conflict.message);
}

async function run(lab: Lab): Promise<void> {
  for (const each of CASES) await expectAvoided(lab, each);
}

export const dhcpConflict: Scenario = {
  name: 'dhcp-conflict',
  title: 'An address that another machine uses is not offered: found by ping, or by ARP where ping is silent or not allowed',
  tier: 'ci',
  needs: ['root', 'appliance', 'ping'],
  run,
};
