import { isAbsolute, join } from 'node:path';
import { mustRun, pause, run, Running, stopAll, type RunOptions, type RunResult } from './process.ts';

/** Namespaces are named bb<pid of their lab>-<name>, so that leftovers of a crashed lab can be distinguished from namespaces in use. */
const PREFIX = 'bb';
const NAME = /^bb(\d+)-/;

const live = new Set<Namespace>();
let counter = 0;

export interface LinkEnd {
  ns: Namespace;
  /** Interface name inside the namespace, at most 15 characters. */
  dev: string;
  mac?: string;
  /** `10.1.0.1/24`. */
  address?: string;
  /** Bridge in the same namespace that takes the interface. */
  bridge?: string;
}

/** One network namespace; everything in it goes with it. Needs root. */
export class Namespace implements AsyncDisposable {
  readonly name: string;
  #processes = new Set<Running>();

  private constructor(name: string) {
    this.name = name;
  }

  static async create(label: string): Promise<Namespace> {
    const ns = new Namespace(`${PREFIX}${process.pid}-${label}${counter++}`);
    await mustRun(['ip', 'netns', 'add', ns.name]);
    live.add(ns);
    await ns.ip('link', 'set', 'lo', 'up');
    return ns;
  }

  /** The command line that runs `command` inside. `ip netns exec` becomes the command, so the pid is the command's own. */
  inside(command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  /** Runs to the end; the caller looks at the exit code. */
  exec(command: readonly string[], options?: RunOptions): Promise<RunResult> {
    return run(this.inside(command), options);
  }

  /** Runs to the end and must succeed. */
  must(command: readonly string[], options?: RunOptions): Promise<string> {
    return mustRun(this.inside(command), options);
  }

  /** Starts a process that this namespace ends when it is disposed. */
  spawn(command: readonly string[], options?: RunOptions): Running {
    const running = new Running(this.inside(command), options);
    this.#processes.add(running);
    void running.exited.then(() => this.#processes.delete(running));
    return running;
  }

  ip(...args: string[]): Promise<string> {
    return mustRun(['ip', '-n', this.name, ...args]);
  }

  /**
   * A bridge that forwards immediately: no spanning tree, no forward delay, no multicast snooping. Its MAC address is given,
   * because otherwise it changes with the ports that join.
   */
  async bridge(dev: string, address?: string, mac = '02:bb:00:00:00:01'): Promise<void> {
    const immediate = ['stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'];
    await this.ip('link', 'add', dev, 'address', mac, 'type', 'bridge', ...immediate);
    await this.up(dev, address);
  }

  /** A tap for a virtual machine. */
  async tap(dev: string, bridge?: string): Promise<void> {
    await this.ip('tuntap', 'add', dev, 'mode', 'tap');
    if (bridge) await this.ip('link', 'set', dev, 'master', bridge);
    await this.up(dev);
  }

  async up(dev: string, address?: string): Promise<void> {
    if (address) await this.ip('addr', 'add', address, 'dev', dev);
    await this.ip('link', 'set', dev, 'up');
  }

  async down(dev: string): Promise<void> {
    await this.ip('link', 'set', dev, 'down');
  }

  /** Writes a sysctl of this namespace: `sysctl('net.ipv4.ip_unprivileged_port_start', '67')`. */
  async sysctl(key: string, value: string): Promise<void> {
    await this.must(['sh', '-c', `printf '%s' "$1" > /proc/sys/$2`, 'sh', value, key.replaceAll('.', '/')]);
  }

  /** Frames must leave the kernel complete where a relay or a VM reads them: checksum and segmentation offloads off. */
  async offloadsOff(...devs: string[]): Promise<void> {
    const { offloadsOffCommand } = await import('./packet-socket.ts');
    await this.must(offloadsOffCommand(devs));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#processes].map((running) => running.stop(2000)));
    await endStragglers(this.name);
    await run(['ip', 'netns', 'del', this.name]);
    live.delete(this);
  }
}

/** Lays a cable: a veth pair between two namespaces (or within one), both ends up. */
export async function cable(a: LinkEnd, b: LinkEnd): Promise<void> {
  const mac = (end: LinkEnd): string[] => (end.mac ? ['address', end.mac] : []);
  const left = ['name', a.dev, ...mac(a), 'netns', a.ns.name];
  const right = ['name', b.dev, ...mac(b), 'netns', b.ns.name];
  await mustRun(['ip', 'link', 'add', ...left, 'type', 'veth', 'peer', ...right]);
  for (const end of [a, b]) {
    if (end.bridge) await end.ns.ip('link', 'set', end.dev, 'master', end.bridge);
    await end.ns.up(end.dev, end.address);
  }
}

/** tcpdump on one interface; `stop` waits for the file to be complete. */
export class Capture implements AsyncDisposable {
  readonly file: string;
  #tcpdump: Running;

  private constructor(tcpdump: Running, file: string) {
    this.#tcpdump = tcpdump;
    this.file = file;
  }

  /** Resolves when tcpdump listens, so no packet after that is missed. `filter` is a pcap filter. */
  static async start(ns: Namespace, dev: string, file: string, filter = ''): Promise<Capture> {
    if (!isAbsolute(file)) throw new Error(`a capture needs an absolute path: ${file}`);
    const command = ['tcpdump', '-i', dev, '-U', '-s', '0', '-n', '--immediate-mode', '-Z', 'root', '-w', file];
    const tcpdump = ns.spawn(filter === '' ? command : [...command, filter]);
    await tcpdump.waitFor(/listening on/, 10_000);
    return new Capture(tcpdump, file);
  }

  async stop(): Promise<void> {
    if (this.#tcpdump.exitCode === undefined) await pause(150);
    await this.#tcpdump.stop(3000, 'SIGINT');
  }

  /** The packets as tcpdump prints them, one per line. */
  async packets(filter = '', ...flags: string[]): Promise<string[]> {
    const command = ['tcpdump', '-r', this.file, '-n', ...flags, ...(filter === '' ? [] : [filter])];
    const text = await mustRun(command);
    return text.split('\n').filter((line) => line !== '');
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Removes the namespaces of labs that are no longer running. Returns their names. */
export async function removeLeftovers(): Promise<string[]> {
  const listed = (await run(['ip', 'netns', 'list'])).stdout.split('\n').map((line) => line.split(' ')[0] ?? '');
  const orphans = listed.filter((name) => {
    const owner = NAME.exec(name)?.[1];
    return owner !== undefined && !isAlive(Number(owner));
  });
  for (const name of orphans) {
    await endStragglers(name);
    await run(['ip', 'netns', 'del', name]);
  }
  return orphans;
}

/** Ends everything this lab still holds; for signals and for the end of the program. */
export async function disposeAll(): Promise<void> {
  await Promise.all([...live].map((ns) => ns[Symbol.asyncDispose]()));
  await stopAll();
}

/** On the first SIGINT or SIGTERM everything is taken down before the program ends. */
export function disposeOnSignals(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.once(signal, () => {
      void disposeAll().finally(() => process.exit(code));
    });
  }
}

/** Undefined when network namespaces can be made here; otherwise why not. */
export function whyNoNamespaces(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are a Linux thing';
  if (process.getuid?.() !== 0) return 'root is needed for network namespaces';
  return undefined;
}

/** The project's own Node, which runs TypeScript. */
export const NODE = join(import.meta.dirname, '../../node_modules/.bin/node');

/** Processes that a namespace's programs left behind (a daemon, a killed parent's child) are found by the namespace itself. */
async function endStragglers(name: string): Promise<void> {
  const pids = (await run(['ip', 'netns', 'pids', name])).stdout.split('\n').map(Number).filter(Boolean);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    for (const pid of pids.filter(isAlive)) tryKill(pid, signal);
    for (let tries = 0; tries < 20 && pids.some(isAlive); tries++) await pause(50);
  }
}

function tryKill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
