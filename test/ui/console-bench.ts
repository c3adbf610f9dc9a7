import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HostInput } from '../../contract/inventory.ts';
import type { Appliance } from '../../main-services/appliance/appliance.ts';
import { startOnLoopback } from '../fixtures/appliance.ts';
import { PtyPair } from '../fixtures/pty-pair.ts';
import { UI } from './page-checks.ts';

/** A machine on a serial port: socat has a pseudo-terminal at one end, and the other end is here. */
export class SerialMachine implements AsyncDisposable {
  readonly #dir = mkdtempSync(join(tmpdir(), 'serial-machine-'));
  readonly #socket = join(this.#dir, 'machine');
  readonly pair = new PtyPair(`UNIX-CONNECT:${this.#socket}`);
  readonly #server: Server;
  #machine: Socket | undefined;
  /** All that was typed, each time that the adapter was plugged in. */
  typed = '';

  constructor() {
    this.#server = createServer((machine) => {
      this.#machine = machine;
      machine.on('error', () => undefined);
      machine.on('data', (bytes) => (this.typed += bytes.toString('latin1')));
    });
  }

  get url(): string {
    return `serial:${this.pair.port}?baud=115200`;
  }

  async plug(): Promise<void> {
    if (!this.#server.listening) {
      this.#server.listen(this.#socket);
      await once(this.#server, 'listening');
    }
    await this.pair.plug();
  }

  unplug(): Promise<void> {
    return this.pair.unplug();
  }

  /** Locks the port as another program does, until it is disposed of. */
  async hold(): Promise<AsyncDisposable> {
    const holder = spawn('flock', ['--nonblock', '--no-fork', realpathSync(this.pair.port), 'sh', '-c', 'echo held; exec sleep 300']);
    await once(holder.stdout, 'data');
    const ended = once(holder, 'exit');
    return {
      async [Symbol.asyncDispose]() {
        holder.kill();
        await ended;
      },
    };
  }

  print(text: string): void {
    this.#machine?.write(text.replaceAll('\n', '\r\n'));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pair[Symbol.asyncDispose]();
    this.#machine?.destroy();
    this.#server.close();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

/** The appliance with the built UI on loopback, and machines on serial ports. */
export class ConsoleBench implements AsyncDisposable {
  readonly appliance: Appliance;
  readonly #dataDir: string;
  readonly #plugged: SerialMachine[] = [];
  /** By the names of their hosts. */
  readonly machines = new Map<string, SerialMachine>();

  private constructor(appliance: Appliance, dataDir: string) {
    this.appliance = appliance;
    this.#dataDir = dataDir;
  }

  static async start(): Promise<ConsoleBench> {
    const dataDir = mkdtempSync(join(tmpdir(), 'bootbench-consoles-'));
    return new ConsoleBench(await startOnLoopback(dataDir, { uiDir: UI }), dataDir);
  }

  /** A host with a machine on its console. */
  async add(name: string, more: Partial<HostInput> = {}): Promise<SerialMachine> {
    const machine = await this.plugged();
    this.machines.set(name, machine);
    this.addHost(name, { console: machine.url, ...more });
    await this.#opened(name);
    return machine;
  }

  /** A machine on a port that is not the console of a host yet. */
  async plugged(): Promise<SerialMachine> {
    const machine = new SerialMachine();
    this.#plugged.push(machine);
    await machine.plug();
    return machine;
  }

  /** What a machine prints before is not received. */
  #opened(name: string): Promise<void> {
    const { consoles } = this.appliance.rooms;
    return new Promise((resolve) => {
      const unsubscribe = consoles.subscribe(({ host, state }) => {
        if (host !== name || state !== 'open') return;
        resolve();
        queueMicrotask(() => unsubscribe());
      });
    });
  }

  addHost(name: string, more: Partial<HostInput> = {}): void {
    const number = this.appliance.rooms.inventory.listHosts().length + 1;
    const mac = `52:54:00:00:00:${number.toString(16).padStart(2, '0')}`;
    this.appliance.rooms.inventory.addHost(HostInput.parse({ name, interfaces: [{ mac }], ...more }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.appliance.stop();
    for (const machine of this.#plugged) await machine[Symbol.asyncDispose]();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }
}
