import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startAppliance } from '../appliance.ts';
import { Capture, NODE, cable, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import type { Answers } from './asking-client.ts';

const CLIENT = join(import.meta.dirname, 'asking-client.ts');
const LAB_ADDRESS = '192.168.50.1';
const CORP_ADDRESS = '10.9.0.1';
const CORP_MAC = '02:bb:00:00:09:01';
const HTTP_PORT = 7080;

/** An ordinary user without a single right; only the sysctl lets it open low ports. */
export const NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--bounding-set=-all', '--no-new-privs'];

/** A data directory that NOBODY may write. */
export async function openDataDir(lab: Lab): Promise<string> {
  const dataDir = join(lab.dir, 'data');
  await mkdir(dataDir, { recursive: true });
  await chmod(dataDir, 0o777);
  return dataDir;
}

async function asks(ns: Namespace, mac: string): Promise<readonly string[]> {
  const said = await ns.must([NODE, CLIENT, 'ask', mac, String(HTTP_PORT), LAB_ADDRESS, CORP_ADDRESS]);
  return (JSON.parse(said) as Answers).answers;
}

/** Holds corp0's port 67, as a company's own tool might, and leases nothing to strangers. */
async function dnsmasqOnCorp(ns: Namespace, lab: Lab): Promise<void> {
  const leases = join(lab.dir, 'dnsmasq.leases');
  const options = ['--interface=corp0', '--except-interface=lo', '--bind-interfaces', '--port=0', '--dhcp-range=10.9.0.0,static'];
  const dnsmasq = ns.spawn(['dnsmasq', '-d', '--conf-file=/dev/null', `--dhcp-leasefile=${leases}`, '--user=root', ...options]);
  await dnsmasq.waitFor(/DHCP, static leases only/, 10_000);
}

/**
 * What left by corp0 that is not the kernel's own: ARP, ICMP errors and resets are what a laptop without Bootbench answers too, to a port where
 * no program listens.
 */
const OURS = `ether src ${CORP_MAC} and ip and not icmp and not igmp and not (tcp[tcpflags] & tcp-rst != 0)`;

async function run(lab: Lab): Promise<void> {
  const [laptop, labClient, corpClient] = [await lab.namespace('two'), await lab.namespace('lab'), await lab.namespace('corp')];
  await cable({ ns: laptop, dev: 'lab0', address: `${LAB_ADDRESS}/24` }, { ns: labClient, dev: 'eth0', address: '192.168.50.2/24' });
  await cable(
    { ns: laptop, dev: 'corp0', address: `${CORP_ADDRESS}/24`, mac: CORP_MAC },
    { ns: corpClient, dev: 'eth0', address: '10.9.0.2/24' },
  );
  await laptop.ip('route', 'add', 'default', 'via', '10.9.0.2');
  await labClient.ip('route', 'add', 'default', 'via', LAB_ADDRESS);
  await corpClient.ip('route', 'add', 'default', 'via', CORP_ADDRESS);
  await laptop.sysctl('net.ipv4.ip_unprivileged_port_start', '67');
  await dnsmasqOnCorp(laptop, lab);

  const corp = lab.use(await Capture.start(laptop, 'corp0', join(lab.dir, 'corp0.pcap')));
  const args = ['--nic', 'lab0', '--pool', '192.168.50.100-192.168.50.150', '--http-port', String(HTTP_PORT)];
  lab.use(await startAppliance(laptop, { dataDir: await openDataDir(lab), args, wrapper: NOBODY }));
  lab.say('the appliance is ready, next to a dnsmasq that holds port 67 on corp0');

  const served = await asks(labClient, '52:54:00:00:50:02');
  for (const service of ['dhcp', 'tftp', 'tcp', 'http']) {
    expectThat(
      served.some((answer) => answer.startsWith(`${service} from ${LAB_ADDRESS}`)),
      `the client on the right NIC got no ${service} answer: ${served.join(', ')}`,
    );
  }
  const refused = await asks(corpClient, '52:54:00:00:09:02');
  await corp.stop();

  const asked = await corp.packets('ether dst ff:ff:ff:ff:ff:ff and udp dst port 67 or tcp[tcpflags] == tcp-syn or udp dst port 69');
  expectThat(asked.length >= 10, `the client on the wrong NIC did not ask: only ${asked.length} packets were seen`);
  const left = await corp.packets(OURS);
  expectThat(left.length === 0, `packets left by the wrong NIC:\n${left.join('\n')}`);
  expectThat(refused.length === 0, `the client on the wrong NIC was answered: ${refused.join(', ')}`);
  lab.fact('answers-on-lab0', served.length);
  lab.fact('questions-on-corp0', asked.length);
  lab.fact('packets-out-of-corp0', left.length);
}

export const twoNics: Scenario = {
  name: 'two-nics',
  title: 'with two NICs and the default route on the wrong one, no UDP or TCP packet is sent or answered on the wrong NIC',
  tier: 'ci',
  needs: ['root', 'appliance', 'tcpdump', 'dnsmasq'],
  run,
};
