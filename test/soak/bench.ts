import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Appliance } from '../lab/appliance.ts';
import { FrameRelay } from '../lab/frame-relay.ts';
import { callAll } from '../lab/machines/calls.ts';
import type { SimulatedMachine } from '../lab/machines/machine.ts';
import { bootFileHashes, inventoryOf } from '../lab/machines/inventory.ts';
import { Namespace, NODE } from '../lab/namespace.ts';
import type { Running } from '../lab/process.ts';
import type { MachinesJob } from './machines-process.ts';
import type { SoakOptions } from './options.ts';

export const SERVER = '10.88.0.1';
const PREFIX = 16;
/** Every other machine has a reservation, the rest an address of the pool. */
const POOL = '10.88.2.0-10.88.3.255';
export const PROBE_MS = 10_000;

/** The appliance on one end of a bad cable, and on the other all machines. */
export interface SoakBench extends AsyncDisposable {
  readonly appliance: Appliance;
  readonly relay: FrameRelay;
  readonly dataDir: string;
  readonly probe: string;
  startMachines(iso: string): Promise<Running>;
}

export function machinesOf(count: number): SimulatedMachine[] {
  return Array.from({ length: count }, (_, index) => {
    const number = index.toString(16).padStart(4, '0');
    return { name: `m${String(index).padStart(3, '0')}`, dev: `m${index}`, mac: `52:54:00:88:${number.slice(0, 2)}:${number.slice(2)}` };
  });
}

/** Everything in `dir`, which is emptied. */
export async function makeBench(dir: string, options: SoakOptions, iso: string): Promise<SoakBench> {
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  await using parts = new AsyncDisposableStack();
  const laptop = parts.use(await Namespace.create('soak'));
  const switchboard = parts.use(await Namespace.create('machines'));
  const impairment = { seed: options.seed, loss: options.loss, duplicate: options.loss / 2, reorder: options.loss * 2, delayMs: 0.5 };
  const ends = [
    { ns: laptop, dev: 'lab0', address: `${SERVER}/${PREFIX}` },
    { ns: switchboard, dev: 'eth0' },
  ] as const;
  const relay = parts.use(await FrameRelay.start(...ends, impairment));
  // Each card answers for its own address only.
  for (const [key, value] of [
    ['arp_ignore', '1'],
    ['rp_filter', '0'],
  ] as const)
    for (const scope of ['all', 'default']) await switchboard.sysctl(`net.ipv4.conf.${scope}.${key}`, value);
  const [dataDir, probe] = [join(dir, 'data'), join(dir, 'probe.jsonl')];
  const env = {
    NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'probe.ts')).href} --disable-warning=ExperimentalWarning`,
    BOOTBENCH_PROBE: probe,
    BOOTBENCH_PROBE_MS: String(PROBE_MS),
  };
  const args = ['--nic', 'lab0', '--dhcp', 'full', '--pool', POOL];
  const appliance = parts.use(await Appliance.start(laptop, { dataDir, args, env, timeoutMs: 60_000 }));
  const machines = machinesOf(options.machines);
  await callAll(laptop, dataDir, inventoryOf(machines, iso, '10.88.1'));
  const owned = parts.move();
  return {
    ...{ appliance, relay, dataDir, probe },
    async startMachines(isoFile) {
      const job: MachinesJob = {
        ...{
          machines,
          iso: isoFile,
          dir: join(dir, 'views'),
          bootFiles: bootFileHashes(),
          prefix: PREFIX,
          seed: options.seed,
          idleMs: [3000, 12_000],
        },
      };
      const running = switchboard.spawn([NODE, join(import.meta.dirname, 'machines-process.ts'), JSON.stringify(job)]);
      await running.waitFor(/"ready"/, 60_000);
      return running;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
