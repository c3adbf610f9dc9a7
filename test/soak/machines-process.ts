import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { DhcpSocket } from '../lab/machines/dhcp-socket.ts';
import { Links } from '../lab/machines/links.ts';
import { boot, BootFault, type BootEnvironment, type SimulatedMachine } from '../lab/machines/machine.ts';
import { Truth } from '../lab/machines/truth.ts';
import { randomFrom } from '../lab/impairment.ts';
import { pause } from '../lab/process.ts';

/**
 * Machines that boot again and again until they are ended by SIGTERM: `machines-process '<MachinesJob as JSON>'`, run inside a namespace with the
 * interface eth0. Each boot is a JSON line: `{event:'boot'}` or `{event:'fault'}`.
 */
export interface MachinesJob {
  readonly machines: readonly SimulatedMachine[];
  readonly iso: string;
  /** A folder for what is compared. */
  readonly dir: string;
  /** SHA-256 by name. */
  readonly bootFiles: Readonly<Record<string, string>>;
  readonly prefix: number;
  readonly seed: number;
  /** Milliseconds between two boots of a machine: from, to. */
  readonly idleMs: readonly [number, number];
}

/** One boot in so many reads its complete ISO. */
const COMPLETE_EVERY = 16;
/** The machines are switched on one after the other, as fast as a technician could press their buttons. */
const STAGGER_MS = 400;

async function main(job: MachinesJob): Promise<void> {
  const truth = new Truth(job.iso, job.dir);
  const links = new Links(job.prefix);
  await links.add('eth0', job.machines);
  const dhcp = await DhcpSocket.open('eth0');
  say({ event: 'ready' });
  const end = new AbortController();
  process.once('SIGTERM', () => end.abort());
  const common = { dhcp, links, truth, bootFiles: job.bootFiles };
  await Promise.all(job.machines.map((machine, index) => live(machine, index, job, common, end.signal)));
  say({ event: 'end', dhcpRepeats: dhcp.repeats });
  dhcp.close();
  await links.close();
}

async function live(
  machine: SimulatedMachine,
  index: number,
  job: MachinesJob,
  common: Omit<BootEnvironment, 'random' | 'readAll'>,
  signal: AbortSignal,
): Promise<void> {
  const random = randomFrom(job.seed + index * 7919);
  const [from, to] = job.idleMs;
  const idle = (): Promise<unknown> =>
    Promise.race([pause(from + random() * (to - from)), signal.aborted ? undefined : once(signal, 'abort')]);
  await Promise.race([pause(random() * Math.max(to, job.machines.length * STAGGER_MS)), once(signal, 'abort')]);
  for (let count = 0; !signal.aborted; count++) {
    const result = await oneBoot(machine, { ...common, random, readAll: (count + index) % COMPLETE_EVERY === 0 });
    say({ name: machine.name, ...result });
    await idle();
  }
}

async function oneBoot(machine: SimulatedMachine, environment: BootEnvironment): Promise<object> {
  try {
    return { event: 'boot', ...(await boot(machine, environment)) };
  } catch (error) {
    if (error instanceof BootFault) return { event: 'fault', kind: error.kind, phase: error.phase, message: error.message };
    return {
      event: 'fault',
      kind: 'error',
      phase: 'unknown',
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

function say(message: object): void {
  writeSync(1, JSON.stringify(message) + '\n');
}

await main(JSON.parse(process.argv[2] ?? '') as MachinesJob);
