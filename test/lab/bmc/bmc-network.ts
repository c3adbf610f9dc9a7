import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, SERVER, type LabNetwork } from '../lab-network.ts';
import { ALPHA } from '../boot-run.ts';
import { cable, type Namespace } from '../namespace.ts';
import type { Lab } from '../scenario.ts';

/** The BMC's address, on the network of the machines. */
export const BMC = '192.168.77.9';
export const BMC_USER = 'ADMIN';
/** Nothing else in the lab says this, so it can be searched for. */
export const BMC_PASSWORD = 'canary-4711-pw';

export interface BmcNetwork extends LabNetwork {
  /** Where the BMC and its machine are: bridge br0 with the BMC's address, tap0, tap1 … for the machines. */
  bmc: Namespace;
}

/** The bench, and a BMC with its machines on one cable to it. */
export async function makeBmcNetwork(lab: Lab, machines = 1): Promise<BmcNetwork> {
  const { ns } = await makeLabNetwork(lab);
  const bmc = await lab.namespace('bmc');
  await bmc.bridge('br0', `${BMC}/24`, '02:bb:00:00:00:09');
  await cable({ ns, dev: 'to-bmc', bridge: 'br0' }, { ns: bmc, dev: 'eth0', bridge: 'br0' });
  for (let n = 0; n < machines; n++) await bmc.tap(`tap${n}`, 'br0');
  return { ns, bmc };
}

/** Host alpha with a BMC. */
export async function addAlphaWithBmc(lab: Lab, appliance: Appliance, url: string): Promise<void> {
  await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip, ...bmcWords(lab, url));
  await appliance.must('host', 'set', ALPHA.name, 'vars.role=bench');
}

/** The BMC options of a command line; the password is in a file. */
export function bmcWords(lab: Lab, url: string, password = BMC_PASSWORD): string[] {
  const file = join(lab.dir, `${password}.txt`.replace(BMC_PASSWORD, 'password'));
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return ['--bmc', url, '--bmc-user', BMC_USER, '--bmc-password-file', file];
}

/** The appliance’s authority, as a technician installs it in the BMCs; the path of its file. */
export async function fetchAuthority(lab: Lab, { bmc }: BmcNetwork): Promise<string> {
  const file = join(lab.dir, 'ca.pem');
  await bmc.must(['curl', '-sS', '--fail', '-o', file, `http://${SERVER}:7080/bootbench-ca.pem`]);
  return file;
}
