import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Appliance } from '../lab/appliance.ts';
import { callAll, type AnyCall } from '../lab/machines/calls.ts';
import { cable, Namespace, NODE } from '../lab/namespace.ts';
import type { Sample } from './contest.ts';
import { meter } from './usage.ts';

export const SERVER = '10.90.0.1';
export const CLIENT = '10.90.0.2';
export const CLIENT_MAC = '52:54:00:90:00:01';
export const MIB = 1 << 20;

export interface Ends {
  /** Bootbench and its peer. */
  readonly laptop: Namespace;
  readonly client: Namespace;
}

/** Two namespaces and the cable between them: `lab0` on the laptop, `eth0` on the client. */
export async function twoEnds(parts: AsyncDisposableStack, mtu = 1500): Promise<Ends> {
  const [laptop, client] = [parts.use(await Namespace.create('laptop')), parts.use(await Namespace.create('client'))];
  await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/16` }, { ns: client, dev: 'eth0', mac: CLIENT_MAC, address: `${CLIENT}/16` });
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

  /** How late the event loop of the services was in the slowest 1 % of its turns since the last call, ms. */
  async loopP99Ms(): Promise<number> {
    const token = readFileSync(join(this.#dataDir, 'api-token'), 'utf8').trim();
    const url = `${this.appliance.ready.api}/metrics`;
    const text = await this.#laptop.must(['curl', '-sS', '--fail', '-H', `Authorization: Bearer ${token}`, url]);
    return 1000 * Number(/^bootbench_event_loop_delay_seconds\{quantile="0\.99"\} (\S+)$/m.exec(text)?.[1]);
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

/** A sample before its server's CPU time and memory are added. */
export type Done = Omit<Sample, 'cpuSeconds' | 'rssMb'>;

/** One round of one side: what the work did, with the CPU time and the memory of its server. */
export async function metered(pid: number, work: () => Promise<Done>): Promise<Sample> {
  const running = meter(pid);
  try {
    const done = await work();
    return { ...done, ...running.stop() };
  } finally {
    running.stop();
  }
}

/** Runs a script of this folder in the client's namespace; it prints one JSON value. */
export async function inClient<T>(client: Namespace, script: string, job: object, timeoutMs = 60_000): Promise<T> {
  const command = [NODE, join(import.meta.dirname, script), JSON.stringify(job)];
  return JSON.parse(await client.must(command, { timeoutMs })) as T;
}

/** Reads a file to its end once. `sum`: its SHA-256, which is not taken while the time counts. */
export async function completeRead(client: Namespace, url: string, sum: string): Promise<Done> {
  const format = '%{http_code} %{size_download} %{time_total}';
  const text = await client.must(['curl', '-sS', '-o', '/dev/null', '-w', format, url], { timeoutMs: 300_000 });
  const [status = 0, bytes = 0, seconds = NaN] = text.split(' ').map(Number);
  return { value: bytes / MIB / seconds, bytes, requests: 1, got: `status ${status}, ${bytes} bytes, sha256 ${sum}` };
}

/** The SHA-256 of what a client reads. */
export async function sumOf(client: Namespace, url: string): Promise<string> {
  return (await client.must(['sh', '-c', 'curl -sS --fail "$1" | sha256sum', 'sh', url], { timeoutMs: 300_000 })).slice(0, 64);
}
