import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Appliance, type ApplianceOptions } from './appliance.ts';
import { cable, type Namespace } from './namespace.ts';
import type { Lab } from './scenario.ts';

/** The appliance's address on the lab network, and the pool it leases from. */
export const SERVER = '192.168.77.1';
export const POOL = '192.168.77.100-192.168.77.150';

export interface LabNetwork {
  /** The appliance's namespace; br0 is its NIC, tap0 the virtual machine's cable. */
  ns: Namespace;
}

/**
 * The bench that most scenarios use: a namespace with bridge br0 (192.168.77.1/24) and tap0 on it. An IPv6 router
 * advertises itself from a namespace of its own, because iPXE otherwise waits 4 s (2025) to 16 s (2019) for one.
 */
export async function makeLabNetwork(lab: Lab): Promise<LabNetwork> {
  const ns = await lab.namespace('bench');
  await ns.bridge('br0', `${SERVER}/24`);
  await ns.tap('tap0', 'br0');
  await addRouter(lab, ns);
  return { ns };
}

async function addRouter(lab: Lab, bench: Namespace): Promise<void> {
  const router = await lab.namespace('router');
  await cable({ ns: bench, dev: 'to-router', bridge: 'br0' }, { ns: router, dev: 'eth0' });
  await router.ip('-6', 'addr', 'add', 'fd00:77::1/64', 'dev', 'eth0', 'nodad');
  const quiet = ['--no-daemon', '--conf-file=/dev/null', '--port=0', '--leasefile-ro', '--pid-file='];
  router.spawn(['dnsmasq', ...quiet, '--enable-ra', '--interface=eth0', '--dhcp-range=fd00:77::,ra-only,64,1h', '--ra-param=eth0,10']);
}

/** The appliance on the bench's NIC, with the lab's pool; its data directory is in the run's folder. */
export async function startOnLabNetwork(lab: Lab, bench: LabNetwork, options: Partial<ApplianceOptions> = {}): Promise<Appliance> {
  const dataDir = options.dataDir ?? join(lab.dir, 'data');
  mkdirSync(dataDir, { recursive: true });
  const args = ['--nic', 'br0', '--dhcp', 'full', '--pool', POOL, ...(options.args ?? [])];
  const appliance = lab.use(await Appliance.start(bench.ns, { ...options, dataDir, args }));
  lab.say(`appliance ready at ${appliance.ready.boot}`);
  return appliance;
}
