import { join } from 'node:path';
import type { BenchEvent } from '../../contract/appliance.ts';
import { NODE, type Namespace } from './namespace.ts';
import { mustRun, pause, run, Running, type RunOptions, type RunResult } from './process.ts';

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'bin/bootbench.mjs');

/** How the command line of Bootbench is run; the default is this computer's, in the namespace. */
export interface Program {
  spawn(args: readonly string[], options: RunOptions): Running;
  exec(args: readonly string[], options: RunOptions): Promise<RunResult>;
}

export interface ApplianceOptions {
  /** The folder of database and token, owned by the caller, so that a second start finds the first one's leases. */
  dataDir: string;
  /** Options of `serve` after `--data-dir`: `['--nic', 'br0', '--pool', '10.0.0.100-10.0.0.200']`. */
  args?: readonly string[];
  env?: Record<string, string>;
  /** Put before the program: `['setpriv', '--reuid', '65534', …]`. */
  wrapper?: readonly string[];
  /** Another build than this computer's, which may call the data directory by another name. */
  system?: { readonly program: Program; readonly pathOf: (path: string) => string };
  /** Milliseconds until the ready line. */
  timeoutMs?: number;
}

/** The one line that `serve` prints when every service listens. */
export interface Ready {
  event: 'ready';
  api: string;
  boot: string;
  ui: string;
}

/** `bootbench serve` in a namespace (or on the host, for what needs no root), and its command line. */
export class Appliance implements AsyncDisposable {
  readonly process: Running;
  readonly ready: Ready;
  readonly #program: Program;
  readonly #options: ApplianceOptions;

  private constructor(program: Program, process: Running, ready: Ready, options: ApplianceOptions) {
    this.#program = program;
    this.process = process;
    this.ready = ready;
    this.#options = options;
  }

  /** Resolves at the ready line; throws with what it said when it ends or is late. */
  static async start(ns: Namespace | undefined, options: ApplianceOptions): Promise<Appliance> {
    const program = options.system?.program ?? programOf(ns, options);
    const running = program.spawn(['serve', ...dataDirOf(options), ...(options.args ?? [])], { env: options.env, cwd: ROOT });
    try {
      const line = await running.waitFor(/"event":\s*"ready"/, options.timeoutMs ?? 20_000);
      return new Appliance(program, running, JSON.parse(line.text) as Ready, options);
    } catch (error) {
      await running.stop();
      throw error;
    }
  }

  /** Runs a command of the CLI against this appliance; the caller looks at the exit code. */
  cli(...args: string[]): Promise<RunResult> {
    return this.#program.exec([...args, ...dataDirOf(this.#options)], { cwd: ROOT, env: this.#options.env });
  }

  /** Runs a CLI command that must succeed. */
  async must(...args: string[]): Promise<string> {
    const result = await this.cli(...args);
    if (result.code !== 0) throw new Error(`bootbench ${args.join(' ')}: exit ${result.code}: ${(result.stderr || result.stdout).trim()}`);
    return result.stdout;
  }

  /** Runs a CLI command with --json and parses what it prints. */
  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.must(...args, '--json')) as T;
  }

  /** All events so far, oldest first. */
  async events(): Promise<BenchEvent[]> {
    const lines = await this.must('events', '--limit', '1000', '--json');
    return parseEvents(lines.split('\n'));
  }

  /** The first event that `wanted` accepts, asked for until `timeoutMs` is over. */
  async waitForEvent(wanted: (event: BenchEvent) => boolean, what: string, timeoutMs = 10_000): Promise<BenchEvent> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const found = (await this.events()).find(wanted);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`no event in ${timeoutMs} ms: ${what}`);
      await pause(300);
    }
  }

  /** `events --watch`, running: each of its lines is one event as JSON, from the first on. */
  watchEvents(): Running {
    return this.begin('events', '--watch', '--since', '0', '--json');
  }

  /** A command of the CLI that takes its time. */
  begin(...args: string[]): Running {
    // A large ISO is searched for a minute where the computer is busy.
    return this.#program.spawn([...args, ...dataDirOf(this.#options)], { cwd: ROOT, env: this.#options.env, timeoutMs: 180_000 });
  }

  stop(): Promise<number> {
    return this.process.stop(8000);
  }

  /** kill -9, as a power cut would. */
  async kill(): Promise<void> {
    await this.process.stop(0, 'SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.process.save(`${this.#options.dataDir}.log`);
  }
}

/** Starts the appliance in a namespace. */
export function startAppliance(ns: Namespace, options: ApplianceOptions): Promise<Appliance> {
  return Appliance.start(ns, options);
}

function dataDirOf({ dataDir, system }: ApplianceOptions): string[] {
  return ['--data-dir', system?.pathOf(dataDir) ?? dataDir];
}

function programOf(ns: Namespace | undefined, { wrapper = [] }: ApplianceOptions): Program {
  const command = (args: readonly string[]): string[] => [...wrapper, NODE, PROGRAM, ...args];
  return {
    spawn: (args, options) => (ns ? ns.spawn(command(args), options) : new Running(command(args), options)),
    exec: (args, options) => (ns ? ns.exec(command(args), options) : run(command(args), options)),
  };
}

/** The events among lines of `events --json`. */
export function parseEvents(lines: readonly string[]): BenchEvent[] {
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as BenchEvent);
}

/** A file's sha256 as the guest prints it. */
export async function sha256Of(file: string): Promise<string> {
  return (await mustRun(['sha256sum', file])).slice(0, 64);
}
