import { existsSync, writeSync } from 'node:fs';
import { randomFrom } from '../impairment.ts';
import { pause } from '../process.ts';
import { DhcpSocket } from './dhcp-socket.ts';
import { Links } from './links.ts';
import { boot, type Phase, type SimulatedMachine } from './machine.ts';
import { Truth } from './truth.ts';

/**
 * One machine that boots once, `machine-process '<MachineJob as JSON>'`, in the machines' namespace. Before each phase it prints `phase NAME`; before a
 * phase where it holds (the second range, for the ISO) it prints `hold NAME` and waits, so that something can be broken. Ends with `booted ADDRESS` or
 * `fault …`.
 */
export interface MachineJob {
  readonly machine: SimulatedMachine;
  readonly iso: string;
  readonly dir: string;
  readonly bootFiles: Readonly<Record<string, string>>;
  readonly prefix: number;
  readonly holds?: readonly Hold[];
}

export interface Hold {
  readonly at: Phase;
  /** A file: the machine waits until it exists. Without one, it waits a moment. */
  readonly until?: string;
}

const HOLD_MS = 700;

async function main(job: MachineJob): Promise<void> {
  const links = new Links(job.prefix);
  await links.add('eth0', [job.machine]);
  const dhcp = await DhcpSocket.open('eth0', [500, 1000, 2000, 2000, 4000, 4000, 8000, 8000, 8000, 8000]);
  const times = new Map<Phase, number>();
  const before = async (phase: Phase): Promise<void> => {
    say(`phase ${phase}`);
    const time = (times.get(phase) ?? 0) + 1;
    times.set(phase, time);
    const hold = job.holds?.find(({ at }) => at === phase);
    if (!hold || time !== (phase === 'iso' ? 3 : 1)) return;
    say(`hold ${phase}`);
    await (hold.until === undefined ? pause(HOLD_MS) : fileExists(hold.until));
  };
  const common = { dhcp, links, truth: new Truth(job.iso, job.dir), bootFiles: job.bootFiles, random: randomFrom(1), readAll: true };
  try {
    const { address, retries } = await boot(job.machine, { ...common, before });
    say(`booted ${address} after ${retries} repeated requests`);
  } catch (error) {
    say(`fault ${error instanceof Error ? error.message : String(error)}`);
  }
  dhcp.close();
  await links.close();
}

async function fileExists(path: string): Promise<void> {
  while (!existsSync(path)) await pause(50);
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}

await main(JSON.parse(process.argv[2] ?? '') as MachineJob);
