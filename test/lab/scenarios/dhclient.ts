import { join } from 'node:path';
import { startAppliance, type Appliance } from '../appliance.ts';
import { addressIn, Dhclient } from '../dhclient.ts';
import { cable, Capture, type Namespace } from '../namespace.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.66.1';
const POOL = '192.168.66.100-192.168.66.150';
const FIRST = '52:54:00:66:00:01';
const SECOND = '52:54:00:66:00:02';
const RACK = '52:54:00:66:00:03';

async function gets(appliance: Appliance, client: Dhclient): Promise<void> {
  const first = await client.lease(FIRST);
  expectThat(first === '192.168.66.100', `the first machine got ${first}`);
  await appliance.waitForEvent(({ type, mac }) => type === 'dhcp.os-lease' && mac === FIRST, 'the operating system took a lease');
  const second = await client.lease(SECOND);
  expectThat(second === '192.168.66.101', `the second machine got ${second}`);
}

/** The second machine asks first, and has forgotten everything, so that only the appliance can know which address was whose. */
async function keepsLeasesThroughKill(
  lab: Lab,
  appliance: Appliance,
  restart: () => Promise<Appliance>,
  client: Dhclient,
): Promise<Appliance> {
  await appliance.kill();
  const again = await restart();
  const addresses = [await client.lease(SECOND), await client.lease(FIRST)];
  lab.fact('addresses-after-kill-9', addresses);
  expectThat(addresses.join() === '192.168.66.101,192.168.66.100', `after kill -9 the machines got ${addresses.join(' and ')}`);
  return again;
}

async function releases(appliance: Appliance, client: Dhclient): Promise<void> {
  await client.release();
  await appliance.waitForEvent(({ type, mac }) => type === 'dhcp.release' && mac === FIRST, 'the machine gave its address back');
}

async function isRefused(lab: Lab, appliance: Appliance, client: Dhclient): Promise<void> {
  const far = '2037/12/31 00:00:00';
  const lease = `lease { interface "eth0"; fixed-address 10.99.0.5; option subnet-mask 255.255.255.0;
    option dhcp-lease-time 3600; option dhcp-message-type 5; option dhcp-server-identifier 10.99.0.1;
    renew 5 ${far}; rebind 5 ${far}; expire 5 ${far}; }\n`;
  const running = await client.boot(SECOND, { lease });
  const nak = await running.waitFor(/DHCPNAK/, 20_000);
  const address = addressIn(await running.waitFor(/bound to [\d.]+/, 30_000));
  expectThat(address === '192.168.66.101', `after the NAK the machine got ${address}`);
  const event = await appliance.waitForEvent(({ type, mac }) => type === 'dhcp.nak' && mac === SECOND, 'the refusal');
  lab.fact('nak', `${nak.text.trim()}: ${event.message}`);
}

const FIELDS = [
  'ip=192.168.66.20',
  'netmask=255.255.254.0',
  'gateway=192.168.66.254',
  'hostname=rack1',
  'leaseTime=60',
  'nameServers=192.168.66.53,192.168.66.54',
  'domainName=lab.example',
  'domainSearch=lab.example,example.org',
  'ntpServers=192.168.66.123',
  'logServers=192.168.66.14',
  'classlessRoutes=10.0.0.0/8=192.168.66.2',
];

/** As dhclient's script receives them. */
const RECEIVED: Record<string, string> = {
  new_ip_address: '192.168.66.20',
  new_subnet_mask: '255.255.254.0',
  new_broadcast_address: '192.168.67.255',
  new_routers: '192.168.66.254',
  new_host_name: 'rack1',
  new_dhcp_lease_time: '60',
  new_dhcp_renewal_time: '30',
  new_dhcp_rebinding_time: '52',
  new_dhcp_server_identifier: SERVER,
  new_domain_name_servers: '192.168.66.53 192.168.66.54',
  new_domain_name: 'lab.example',
  new_domain_search: 'lab.example. example.org.',
  new_ntp_servers: '192.168.66.123',
  new_log_servers: '192.168.66.14',
  new_classless_routes: '8 10 192 168 66 2 0 192 168 66 254',
};

/** As tcpdump prints the OFFER. */
const IN_THE_OFFER = [
  'Your-IP 192.168.66.20',
  `Server-IP ${SERVER}`,
  'Subnet-Mask (1), length 4: 255.255.254.0',
  'Default-Gateway (3), length 4: 192.168.66.254',
  'Hostname (12), length 5: "rack1"',
  'Lease-Time (51), length 4: 60',
  'Domain-Name-Server (6), length 8: 192.168.66.53,192.168.66.54',
  'Domain-Name (15), length 11: "lab.example"',
  'NTP (42), length 4: 192.168.66.123',
  'LOG (7), length 4: 192.168.66.14',
  'BR (28), length 4: 192.168.67.255',
  'RN (58), length 4: 30',
  'RB (59), length 4: 52',
];

async function receivesEveryField(lab: Lab, laptop: Namespace, appliance: Appliance, client: Dhclient): Promise<void> {
  await appliance.must('host', 'add', 'rack1', '--mac', RACK);
  await appliance.must('host', 'set', 'rack1', ...FIELDS);
  const capture = await Capture.start(laptop, 'lab0', join(lab.dir, 'offer.pcap'), 'udp port 67 or udp port 68');
  await client.lease(RACK);
  await capture.stop();
  const said = client.said('BOUND');
  for (const [name, value] of Object.entries(RECEIVED))
    expectThat(said[name] === value, `${name} is "${said[name] ?? 'absent'}", not "${value}"`);
  const text = (await capture.packets('', '-vvv')).join('\n').split(/^(?=\S)/m);
  const offer = text.find((packet) => packet.includes('Offer'));
  for (const words of IN_THE_OFFER) expectThat(offer?.includes(words) === true, `the OFFER lacks "${words}":\n${offer ?? text.join('\n')}`);
  lab.fact('fields-in-the-offer', FIELDS.length);
}

/** At half its 60 seconds the machine asks for more, straight to the server. */
async function renews(lab: Lab, appliance: Appliance, client: Dhclient): Promise<void> {
  const event = await appliance.waitForEvent(
    ({ type, mac, data }) => type === 'dhcp.ack' && mac === RACK && data.from === '192.168.66.20:68',
    'the renewal',
    60_000,
  );
  expectThat(event.data.to === '192.168.66.20:68', `the renewal was answered to ${String(event.data.to)}`);
  await pause(300);
  expectThat(client.said('RENEW').new_ip_address === '192.168.66.20', 'dhclient did not take the renewal');
  lab.say('renewed at half its time, by unicast');
}

const STAGES: Record<string, string> = {
  firmware: 'send dhcp-client-identifier 00:11:22:33; send vendor-class-identifier "PXEClient:Arch:00007:UNDI:003000";',
  ipxe: 'send user-class "iPXE"; send vendor-class-identifier "PXEClient:Arch:00007:UNDI:003010";',
  system: 'send dhcp-client-identifier ff:00:66:00:03:00:01:00:01:2c:11; send vendor-class-identifier "Linux";',
};

async function keepsOneAddress(lab: Lab, client: Dhclient): Promise<void> {
  const mac = '52:54:00:66:00:04';
  const addresses: string[] = [];
  for (const [stage, config] of Object.entries(STAGES)) addresses.push(`${stage} ${await client.lease(mac, { config })}`);
  lab.fact('one-machine', addresses);
  expectThat(new Set(addresses.map((text) => text.split(' ')[1])).size === 1, `one MAC had several addresses: ${addresses.join(', ')}`);
}

/** Holds port 67 of the laptop's other NIC, as the system's own sharing service might. */
async function dnsmasqOnOtherNic(laptop: Namespace, lab: Lab): Promise<void> {
  const other = await lab.namespace('other');
  await cable({ ns: laptop, dev: 'other0', address: '10.66.0.1/24' }, { ns: other, dev: 'eth0', address: '10.66.0.2/24' });
  const options = ['--interface=other0', '--except-interface=lo', '--bind-interfaces', '--port=0', '--dhcp-range=10.66.0.10,10.66.0.20'];
  const files = ['--conf-file=/dev/null', `--dhcp-leasefile=${join(lab.dir, 'dnsmasq.leases')}`, '--user=root', '--pid-file='];
  await laptop.spawn(['dnsmasq', '-d', ...files, ...options]).waitFor(/DHCP, IP range/, 10_000);
}

async function run(lab: Lab): Promise<void> {
  const [laptop, bench] = [await lab.namespace('dhc-laptop'), await lab.namespace('dhc-client')];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: bench, dev: 'eth0', mac: FIRST });
  await dnsmasqOnOtherNic(laptop, lab);
  const start = async (): Promise<Appliance> => {
    const args = ['--nic', 'lab0', '--dhcp', 'full', '--pool', POOL];
    return lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args }));
  };
  let appliance = await start();
  lab.say('started next to a dnsmasq that has port 67 of another NIC');
  const client = new Dhclient(bench, join(lab.dir, 'dhclient'));

  await gets(appliance, client);
  appliance = await keepsLeasesThroughKill(lab, appliance, start, client);
  await releases(appliance, client);
  await isRefused(lab, appliance, client);
  await keepsOneAddress(lab, client);
  await receivesEveryField(lab, laptop, appliance, client);
  await renews(lab, appliance, client);
}

export const dhclient: Scenario = {
  name: 'dhclient',
  title: 'Debian’s dhclient gets, renews, releases, is refused, and has the same lease after kill -9 of the appliance',
  tier: 'ci',
  needs: ['root', 'appliance', 'dhclient', 'dnsmasq', 'tcpdump', 'ping'],
  run,
};
