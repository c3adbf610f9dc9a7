import { writeSync } from 'node:fs';
import { randomFrom } from '../lab/impairment.ts';
import { DhcpSocket } from '../lab/machines/dhcp-socket.ts';
import { Links } from '../lab/machines/links.ts';
import { boot, type Phase, type SimulatedMachine } from '../lab/machines/machine.ts';
import { Truth } from '../lab/machines/truth.ts';
import { pause } from '../lab/process.ts';

/**
 * One machine that boots once, `machine-process '<MachineJob as JSON>'`, in the bench's namespace. Before each phase it prints `phase NAME`; before the
 * phase `holdAt` (the second range, for the ISO) it prints `hold` and waits a moment, in which something can be broken. Ends with `booted ADDRESS` or `fault …`.
 */
export interface MachineJob {
  readonly machine: SimulatedMachine;
  readonly iso: string;
  readonly dir: string;
  readonly bootFiles: Readonly<Record<string, string>>;
  readonly prefix: number;
  readonly holdAt?: Phase;
}

const HOLD_MS = 700;

async function main(job: MachineJob): Promise<void> {
  const links = new Links(job.prefix);
  await links.add('eth0', [job.machine]);
  const dhcp = await DhcpSocket.open('eth0', [500, 1000, 2000, 2000, 4000, 4000, 8000, 8000, 8000, 8000]);
  let times = 0;
  const before = async (phase: Phase): Promise<void> => {
    say(`phase ${phase}`);
    if (phase !== job.holdAt || ++times !== (phase === 'iso' ? 3 : 1)) return;
    say('hold');
    await pause(HOLD_MS);
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

function say(text: string): void {
  writeSync(1, `${text}\n`);
}

await main(JSON.parse(process.argv[2] ?? '') as MachineJob);
