import { join } from 'node:path';
import { startAppliance } from '../appliance.ts';
import { cable, NODE } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const SERVER = '192.168.65.1';
const CLIENT = join(import.meta.dirname, '../../../node_modules/dhcp/bin/dhcp-cli.js');
const MACS = ['52-54-00-65-00-01', '52-54-00-65-00-02'];

/** The command of the npm package `dhcp`: DISCOVER and REQUEST by broadcast from the real ports, in the package's own dialect. */
async function run(lab: Lab): Promise<void> {
  const [laptop, bench] = [await lab.namespace('pkg-laptop'), await lab.namespace('pkg-client')];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: bench, dev: 'eth0' });
  await bench.ip('route', 'add', 'default', 'dev', 'eth0');
  const args = ['--nic', 'lab0', '--dhcp', 'full', '--pool', '192.168.65.100-192.168.65.110', '--router', '192.168.65.254'];
  const appliance = lab.use(await startAppliance(laptop, { dataDir: join(lab.dir, 'data'), args }));
  for (const [index, mac] of MACS.entries()) {
    const said = await bench.must([NODE, CLIENT, 'hostname', '--mac', mac], { timeoutMs: 20_000 });
    const wanted = `192.168.65.10${index}`;
    expectThat(said.includes(SERVER) && said.includes('192.168.65.254'), `the client ${mac} printed no server or router: ${said}`);
    const event = await appliance.waitForEvent((each) => each.type === 'dhcp.ack' && each.ip === wanted, `${mac} has ${wanted}`);
    expectThat(event.mac === mac.replaceAll('-', ':'), `${wanted} went to ${event.mac ?? 'no machine'}`);
  }
  lab.fact('leases', MACS.length);
}

export const dhcpPackage: Scenario = {
  name: 'dhcp-package',
  title: 'The client of the npm package dhcp gets its leases',
  tier: 'ci',
  needs: ['root', 'appliance'],
  run,
};
