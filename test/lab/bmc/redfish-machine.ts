import { join } from 'node:path';
import { NODE, type Namespace } from '../namespace.ts';
import { SerialLine } from '../qemu.ts';
import type { Lab } from '../scenario.ts';
import { BMC, BMC_PASSWORD, BMC_USER } from './bmc-network.ts';
import type { RedfishOrder } from './redfish-process.ts';

const PROGRAM = join(import.meta.dirname, 'redfish-process.ts');

type Own = 'host' | 'port' | 'username' | 'password';
export type RedfishOptions = Omit<RedfishOrder, Own> & Partial<Pick<RedfishOrder, 'host' | 'port'>>;

/** A machine that is off, with a fake Redfish BMC of that vendor; what either of them says is its serial line. */
export async function startRedfishMachine(lab: Lab, ns: Namespace, options: RedfishOptions): Promise<SerialLine & { url: string }> {
  const { tls = false, host = BMC, port = 8000 } = options;
  const order: RedfishOrder = { ...options, tls, host, port, username: BMC_USER, password: BMC_PASSWORD };
  const running = ns.spawn([NODE, PROGRAM, JSON.stringify(order)]);
  await running.waitFor(/^BMC-READY /, 20_000);
  const machine = lab.use(new SerialLine(running, options.machine?.dir ?? options.mount?.dir ?? lab.dir));
  return Object.assign(machine, { url: `${tls ? 'redfish' : 'redfish+http'}://${host}:${port}` });
}
