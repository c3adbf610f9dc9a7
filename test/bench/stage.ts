import { join } from 'node:path';
import { Appliance } from '../lab/appliance.ts';
import { callAll, type AnyCall } from '../lab/machines/calls.ts';
import { cable, Namespace, NODE } from '../lab/namespace.ts';
import type { Sample } from './contest.ts';
import { usageOf } from './usage.ts';

export const SERVER = '10.90.0.1';
export const CLIENT = '10.90.0.2';

export interface Ends {
  /** Bootbench and its peer. */
  readonly laptop: Namespace;
  readonly client: Namespace;
}

/** Two namespaces and the cable between them: `lab0` on the laptop, `eth0` on the client. */
export async function twoEnds(parts: AsyncDisposableStack, mtu = 1500): Promise<Ends> {
  const [laptop, client] = [parts.use(await Namespace.create('laptop')), parts.use(await Namespace.create('client'))];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/16` }, { ns: client, dev: 'eth0', address: `${CLIENT}/16` });
  await laptop.ip('link', 'set', 'lab0', 'mtu', String(mtu));
  await client.ip('link', 'set', 'eth0', 'mtu', String(mtu));
  return { laptop, client };
}

/** The built program on the laptop's end, with its inventory. */
export class Product {
  readonly appliance: Appliance;
  readonly #laptop: Namespace;
  readonly #dataDir: string;

  private constructor(appliance: Appliance, laptop: Namespace, dataDir: string) {
    this.appliance = appliance;
    this.#laptop = laptop;
    this.#dataDir = dataDir;
  }

  /** `args`: options of `serve` besides the NIC. */
  static async start(
    parts: AsyncDisposableStack,
    laptop: Namespace,
    dir: string,
    args: readonly string[] = ['--dhcp', 'off'],
  ): Promise<Product> {
    const dataDir = join(dir, 'data');
    const appliance = await Appliance.start(laptop, { dataDir, args: ['--nic', 'lab0', ...args], timeoutMs: 60_000 });
    return new Product(parts.use(appliance), laptop, dataDir);
  }

  get pid(): number {
    return this.appliance.process.pid ?? 0;
  }

  calls(calls: readonly AnyCall[]): Promise<unknown[]> {
    return callAll(this.#laptop, this.#dataDir, calls);
  }

  /** The URLs of the hosts' ISOs, with their tokens. */
  async mediaUrls(hosts: readonly string[]): Promise<URL[]> {
    const answers = (await this.calls(hosts.map((host) => ['host.mediaUrl', { host }]))) as { url: string }[];
    return answers.map(({ url }) => new URL(url));
  }
}

/** One round of one side: what the work did, with the CPU time and the memory of its server. */
export async function metered(pid: number, work: () => Promise<Omit<Sample, 'cpuSeconds' | 'rssMb'>>): Promise<Sample> {
  const before = usageOf(pid).cpuSeconds;
  const done = await work();
  const { cpuSeconds, rssMb } = usageOf(pid);
  return { ...done, cpuSeconds: cpuSeconds - before, rssMb };
}

/** Runs a script of this folder in the client's namespace; it prints one JSON value. */
export async function inClient<T>(client: Namespace, script: string, job: object, timeoutMs = 60_000): Promise<T> {
  const command = [NODE, join(import.meta.dirname, script), JSON.stringify(job)];
  return JSON.parse(await client.must(command, { timeoutMs })) as T;
}
