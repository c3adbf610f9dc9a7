import { join } from 'node:path';
import type { ApplianceStatus } from '../../../contract/appliance.ts';
import { startAppliance, type Appliance } from '../appliance.ts';
import { cable, NODE, type Namespace } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.63.1';
const OFFICE = '192.168.63.250';

/** The office's DHCP server on the same wire. `boot`: it names a boot file as well. */
async function startOffice(lab: Lab, office: Namespace, more: readonly string[]): Promise<void> {
  const files = ['--conf-file=/dev/null', '--leasefile-ro', '--user=root', '--pid-file='];
  const options = ['--interface=eth0', '--except-interface=lo', '--bind-interfaces', '--port=0', ...more];
  await office.spawn(['dnsmasq', '-d', ...files, ...options]).waitFor(/DHCP/, 10_000);
  lab.say(`dnsmasq answers at ${OFFICE}: ${more.join(' ')}`);
}

async function plug(lab: Lab, label: string): Promise<{ laptop: Namespace; office: Namespace }> {
  const [laptop, office] = [await lab.namespace(`${label}-l`), await lab.namespace(`${label}-o`)];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: office, dev: 'eth0', address: `${OFFICE}/24` });
  return { laptop, office };
}

async function serve(lab: Lab, laptop: Namespace, name: string, mode: string): Promise<Appliance> {
  const args = ['--nic', 'lab0', '--dhcp', mode, '--pool', '192.168.63.100-192.168.63.110'];
  return lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, name), args }));
}

async function dhcpOf(appliance: Appliance) {
  const { services } = await appliance.json<ApplianceStatus>('status');
  const dhcp = services.find(({ name }) => name === 'dhcp');
  expectThat(dhcp !== undefined, 'there is no DHCP service in the status');
  return dhcp;
}

/** Full mode must be refused with the server's address, while HTTP runs. dnsmasq pings 3 s before it offers, unless configured not to. */
async function refusesFull(lab: Lab, name: string, dnsmasq: readonly string[], portTaken = false): Promise<void> {
  const { laptop, office } = await plug(lab, name);
  await startOffice(lab, office, dnsmasq);
  if (portTaken) {
    const holder = laptop.spawn([NODE, '-e', HOLD_PORT_68]);
    await holder.waitFor(/held/, 5000);
  }
  const appliance = await serve(lab, laptop, name, 'full');
  const dhcp = await dhcpOf(appliance);
  expectThat(dhcp.error?.code === 'E_DHCP_OTHER_SERVER', `${name}: full mode was not refused: ${dhcp.message}`);
  expectThat(dhcp.error.message.includes(OFFICE) && dhcp.error.message.includes('proxy'), `${name}: ${dhcp.error.message}`);
  lab.fact(name, dhcp.error.message);
}

/** As dhclient or NetworkManager would on the laptop's own account. */
const HOLD_PORT_68 = `require('node:dgram').createSocket('udp4').bind(68, () => console.log('held'))`;

async function autoIsProxy(lab: Lab): Promise<void> {
  const { laptop, office } = await plug(lab, 'auto');
  await startOffice(lab, office, ['--dhcp-range=192.168.63.200,192.168.63.220', '--no-ping']);
  const dhcp = await dhcpOf(await serve(lab, laptop, 'auto', 'auto'));
  expectThat(dhcp.state === 'ready' && dhcp.message.startsWith('Proxy DHCP'), `auto: ${dhcp.message}`);
  lab.fact('auto', dhcp.message);
}

/** A server that comes later, and one that pings for 3 s before it offers: found by the scans while Bootbench runs. */
async function noticesLater(lab: Lab): Promise<void> {
  const { laptop, office } = await plug(lab, 'later');
  const appliance = await serve(lab, laptop, 'later', 'full');
  await startOffice(lab, office, ['--dhcp-range=192.168.63.200,192.168.63.220']);
  const event = await appliance.waitForEvent(({ type }) => type === 'dhcp.other-server', 'the other server is noticed', 20_000);
  const { message: text } = await dhcpOf(appliance);
  expectThat(text.includes(OFFICE) && text.includes('unknown machines'), `the service does not say so: ${text}`);
  lab.fact('later', event.message);
}

async function run(lab: Lab): Promise<void> {
  const range = '--dhcp-range=192.168.63.200,192.168.63.220';
  await refusesFull(lab, 'full-server', [range, '--no-ping', '--dhcp-boot=pxelinux.0']);
  await refusesFull(lab, 'proxy-server', [`--dhcp-range=192.168.63.0,proxy`, '--pxe-service=x86PC,Boot,undionly.kpxe']);
  await refusesFull(lab, 'port-68-taken', [range, '--no-ping'], true);
  await autoIsProxy(lab);
  await noticesLater(lab);
}

export const dhcpOtherServer: Scenario = {
  name: 'dhcp-other-server',
  title: 'Next to another DHCP or proxy server, full mode is refused, auto becomes a proxy, and a server that appears later is noticed',
  tier: 'ci',
  needs: ['root', 'appliance', 'dnsmasq'],
  run,
};
