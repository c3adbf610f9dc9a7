import { join } from 'node:path';
import type { Appliance } from '../lab/appliance.ts';
import { bootFileHashes, inventoryOf } from '../lab/machines/inventory.ts';
import type { MachineJob } from '../lab/machines/machine-process.ts';
import type { Phase, SimulatedMachine } from '../lab/machines/machine.ts';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { NODE } from '../lab/namespace.ts';
import { pause, type Running } from '../lab/process.ts';
import { PREFIX, type ChaosBench } from './bench.ts';

/** One thing that is broken on purpose. `run` returns what was seen, and throws when it is not what is expected. */
export interface ChaosCase {
  readonly name: string;
  readonly expected: string;
  run(stage: Stage): Promise<string>;
}

export const MACHINE: SimulatedMachine = { name: 'm000', dev: 'm0', mac: '52:54:00:99:00:00' };
/** The first host has a reservation; the machine that boots gets its address from the pool. */
const RESERVED: SimulatedMachine = { name: 'm001', dev: 'm1', mac: '52:54:00:99:00:01' };
const BOOT_MS = 150_000;

/** What a case works with. The program and its inventory are there when a case begins. */
export class Stage {
  readonly bench: ChaosBench;
  iso = '';
  #appliance: Appliance | undefined;

  constructor(bench: ChaosBench) {
    this.bench = bench;
  }

  get appliance(): Appliance {
    if (!this.#appliance) throw new Error('the program is not started');
    return this.#appliance;
  }

  /** Starts the program if it does not run. `isoSource`: what the image is, when it is not the file itself. */
  async ready(options: Parameters<ChaosBench['start']>[0] = {}, isoSource?: string): Promise<Appliance> {
    if (this.#appliance?.process.exitCode === undefined && this.#appliance) return this.#appliance;
    this.#appliance = await this.bench.start(options);
    if (this.iso === '') {
      this.iso = await buildSoakIso(2);
      await this.bench.call(...inventoryOf([RESERVED, MACHINE], isoSource ?? this.iso, '10.99.1'));
    }
    return this.#appliance;
  }

  /** Stops the program, before its disk is taken away. */
  async end(): Promise<void> {
    await this.#appliance?.stop();
  }

  /** Powers the machine on. */
  machine(holdAt?: Phase): Running {
    const job: MachineJob = {
      ...{ machine: MACHINE, iso: this.iso, dir: join(this.bench.dir, 'views'), bootFiles: bootFileHashes(), prefix: PREFIX },
      ...(holdAt === undefined ? {} : { holds: [{ at: holdAt }] }),
    };
    return this.bench.machines.spawn([NODE, join(import.meta.dirname, '../lab/machines/machine-process.ts'), JSON.stringify(job)]);
  }

  /** A complete boot; returns what it said. */
  async boots(machine = this.machine()): Promise<string> {
    return (await machine.waitFor(/^booted /, BOOT_MS, /^fault /)).text;
  }

  /** Every service is ready, within half a minute. */
  async healthy(): Promise<void> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const { services } = await this.appliance.json<{ services: { name: string; state: string; message?: string }[] }>('status');
      const bad = services.filter(({ state }) => state !== 'ready');
      if (bad.length === 0) return;
      if (Date.now() > deadline) throw new Error(`not ready: ${JSON.stringify(bad)}`);
      await pause(500);
    }
  }
}

export function mustBe(holds: boolean, sentence: string): asserts holds {
  if (!holds) throw new Error(sentence);
}
