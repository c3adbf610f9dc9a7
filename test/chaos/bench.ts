import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Appliance, type ApplianceOptions } from '../lab/appliance.ts';
import { callAll, type AnyCall } from '../lab/machines/calls.ts';
import { cable, Namespace } from '../lab/namespace.ts';

export const SERVER = '10.99.0.1';
export const PREFIX = 16;
const POOL = '10.99.16.0-10.99.63.255';
export const NIC = 'lab0';

/** A laptop and a machine's side, joined by a cable, and the laptop's data directory, which outlives every start of the program. */
export interface ChaosBench extends AsyncDisposable {
  readonly dir: string;
  readonly dataDir: string;
  readonly laptop: Namespace;
  readonly machines: Namespace;
  /** Starts the real program; more than one at a time is the caller's fault. */
  start(options?: Partial<ApplianceOptions>): Promise<Appliance>;
  /** The program's options, for a caller that starts it in another way. */
  readonly options: ApplianceOptions;
  call(...calls: readonly AnyCall[]): Promise<unknown[]>;
}

/** Everything in `dir`, which is emptied. */
export async function makeChaosBench(dir: string): Promise<ChaosBench> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  const laptop = await Namespace.create('chaos');
  const machines = await Namespace.create('bench');
  await cable({ ns: laptop, dev: NIC, address: `${SERVER}/${PREFIX}` }, { ns: machines, dev: 'eth0' });
  await laptop.offloadsOff(NIC);
  await machines.offloadsOff('eth0');
  // Each card answers for its own address only.
  for (const [key, value] of Object.entries({ arp_ignore: '1', rp_filter: '0' }))
    for (const scope of ['all', 'default']) await machines.sysctl(`net.ipv4.conf.${scope}.${key}`, value);
  const dataDir = join(dir, 'data');
  const options: ApplianceOptions = { dataDir, args: ['--nic', NIC, '--dhcp', 'full', '--pool', POOL], timeoutMs: 60_000 };
  const started: Appliance[] = [];
  return {
    ...{ dir, dataDir, laptop, machines, options },
    async start(more = {}) {
      const appliance = await Appliance.start(laptop, { ...options, ...more });
      started.push(appliance);
      return appliance;
    },
    call: (...calls) => callAll(laptop, dataDir, calls),
    async [Symbol.asyncDispose]() {
      for (const appliance of started) await appliance[Symbol.asyncDispose]();
      await machines[Symbol.asyncDispose]();
      await laptop[Symbol.asyncDispose]();
    },
  };
}
