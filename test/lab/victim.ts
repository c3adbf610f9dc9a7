import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startAppliance, type Appliance } from './appliance.ts';
import { cable, NODE, type Namespace } from './namespace.ts';
import type { Running } from './process.ts';
import type { Figures } from './victim-probe.ts';
import { expectThat, type Lab, type Need } from './scenario.ts';

/**
 * What the scenarios victim-… share: a known host (the victim) and a stranger on one wire with the appliance. The stranger sends at a rate, and
 * the victim measures how long its own requests take meanwhile.
 */
export const SERVER = '192.168.91.1';
export const VICTIM_MAC = '52:54:00:91:00:01';
export const VICTIM_ADDRESS = '192.168.91.50';
/** The stranger's first address; the others follow. */
const STRANGER_FIRST = 100;
/** The boot file that the victim reads: bytes of no meaning, dropped into the data directory. */
export const BOOT_FILE = 'undionly.kpxe';
const BOOT_FILE_BYTES = 100_000;
/** Strangers' requests per second. */
export const RATE = 1000;
export const NEEDS: readonly Need[] = ['root', 'appliance'];

const PROBE = join(import.meta.dirname, 'victim-probe.ts');
const FLOOD = join(import.meta.dirname, 'victim-flood.ts');

export interface Scene {
  readonly appliance: Appliance;
  readonly laptop: Namespace;
  readonly victim: Namespace;
  readonly stranger: Namespace;
}

/**
 * `serve` are its options after `--nic`. The victim is host node-1 with a reservation, and has its address without asking for it. The stranger
 * has `addresses` addresses. `prefix`: of the network.
 */
export async function victimScene(lab: Lab, serve: readonly string[], addresses = 1, prefix = 24): Promise<Scene> {
  const [laptop, victim, stranger] = [await lab.namespace('vi-l'), await lab.namespace('vi-v'), await lab.namespace('vi-s')];
  await laptop.bridge('lab0', `${SERVER}/${prefix}`);
  await cable(
    { ns: laptop, dev: 'to-victim', bridge: 'lab0' },
    { ns: victim, dev: 'eth0', mac: VICTIM_MAC, address: `${VICTIM_ADDRESS}/${prefix}` },
  );
  await cable({ ns: laptop, dev: 'to-stranger', bridge: 'lab0' }, { ns: stranger, dev: 'eth0' });
  for (const address of strangerAddresses(addresses)) await stranger.ip('addr', 'add', `${address}/${prefix}`, 'dev', 'eth0');
  const dataDir = join(lab.dir, 'data');
  mkdirSync(join(dataDir, 'boot-files'), { recursive: true });
  writeFileSync(join(dataDir, 'boot-files', BOOT_FILE), Buffer.alloc(BOOT_FILE_BYTES, 7));
  const appliance = lab.use(await startAppliance(laptop, { dataDir, args: ['--nic', 'lab0', ...serve] }));
  await appliance.must('host', 'add', 'node-1', '--mac', VICTIM_MAC, '--ip', VICTIM_ADDRESS);
  return { appliance, laptop, victim, stranger };
}

export function strangerAddresses(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `192.168.91.${STRANGER_FIRST + index}`);
}

/** Runs the stranger's flood until the function has ended. `what` and `args` are those of victim-flood.ts. */
export async function during<T>(scene: Scene, what: string, args: readonly string[], work: () => Promise<T>): Promise<T> {
  return duringCommand(scene, [FLOOD, what, SERVER, ...args], work);
}

/** The same with another program than victim-flood.ts. */
export async function duringCommand<T>(scene: Scene, command: readonly string[], work: (flood: Running) => Promise<T>): Promise<T> {
  const flood = scene.stranger.spawn([NODE, ...command]);
  await flood.waitFor(/^flooding/, 30_000);
  try {
    return await work(flood);
  } finally {
    await flood.stop(3000);
  }
}

/** What the victim measures in `seconds`; `what` is one of victim-probe.ts. */
export async function measure({ victim }: Scene, what: string, seconds = 10): Promise<Figures> {
  const printed = await victim.must([NODE, PROBE, what, SERVER, String(seconds)], { timeoutMs: seconds * 1000 + 60_000 });
  return JSON.parse(printed) as Figures;
}

/** Figures as facts of the run, and whether they are within the limit. */
export function judge(lab: Lab, name: string, figures: Figures, limitMs: number): void {
  const { count, failed, p50, p99, max, errors } = figures;
  lab.fact(
    name,
    `p50 ${p50} ms, p99 ${p99} ms, longest ${max} ms; ${failed} of ${count} failed${errors.length === 0 ? '' : `: ${errors[0]}`}`,
  );
  expectThat(failed === 0, `${name}: ${failed} of ${count} requests failed: ${errors.join('; ')}`);
  expectThat(p99 <= limitMs, `${name}: p99 is ${p99} ms; the limit is ${limitMs} ms`);
}
