import type { Phase } from '../lab/machines/machine.ts';
import { pause } from '../lab/process.ts';
import { NIC, PREFIX, SERVER, type ChaosBench } from './bench.ts';
import type { ChaosCase, Stage } from './case.ts';

const PHASES: readonly Phase[] = ['address', 'boot-file', 'script', 'iso', 'config'];
const AWAY_MS = 3000;
const OTHER_NAME = 'lab9';
const OTHER_ADDRESS = '10.99.0.2';

const FAULTS: Readonly<Record<string, { readonly expected: string; run(stage: Stage, phase: Phase): Promise<string> }>> = {
  down: {
    expected: 'after 3 s without link the same boot continues, every byte right',
    run: (stage, phase) =>
      interrupted(
        stage,
        phase,
        (bench) => bench.laptop.down(NIC),
        (bench) => bench.laptop.up(NIC),
      ),
  },
  renamed: {
    expected: 'after 3 s under another name the same boot continues, every byte right',
    run: (stage, phase) =>
      interrupted(
        stage,
        phase,
        (bench) => rename(bench, NIC, OTHER_NAME),
        (bench) => rename(bench, OTHER_NAME, NIC),
      ),
  },
  renumbered: {
    expected: 'the machine, switched on again, boots from the new address; and again when the old one is back',
    async run(stage, phase) {
      const { bench } = stage;
      const machine = stage.machine(phase);
      await machine.waitFor(/^hold/, 60_000, /^fault/);
      await renumber(bench, SERVER, OTHER_ADDRESS);
      await machine.stop(0, 'SIGKILL');
      const other = await stage.boots().finally(() => renumber(bench, OTHER_ADDRESS, SERVER));
      const back = await stage.boots();
      await stage.healthy();
      return `${other}; then ${back}`;
    },
  },
};

export const nicCases: readonly ChaosCase[] = Object.entries(FAULTS).flatMap(([fault, { expected, run }]) =>
  PHASES.map((phase) => ({
    name: `nic-${fault}-${phase}`,
    expected,
    async run(stage: Stage) {
      await stage.ready();
      return run(stage, phase);
    },
  })),
);

async function interrupted(
  stage: Stage,
  phase: Phase,
  breakIt: (bench: ChaosBench) => Promise<void>,
  mendIt: (bench: ChaosBench) => Promise<void>,
): Promise<string> {
  const machine = stage.machine(phase);
  await machine.waitFor(/^hold/, 60_000, /^fault/);
  await breakIt(stage.bench);
  await pause(AWAY_MS);
  await mendIt(stage.bench);
  const said = await stage.boots(machine);
  await stage.healthy();
  return said;
}

async function rename({ laptop }: ChaosBench, from: string, to: string): Promise<void> {
  await laptop.down(from);
  await laptop.ip('link', 'set', from, 'name', to);
  await laptop.up(to);
}

async function renumber({ laptop }: ChaosBench, from: string, to: string): Promise<void> {
  await laptop.ip('addr', 'add', `${to}/${PREFIX}`, 'dev', NIC);
  await laptop.ip('addr', 'del', `${from}/${PREFIX}`, 'dev', NIC);
  // The second address of a network is removed with its first one.
  await laptop.ip('addr', 'replace', `${to}/${PREFIX}`, 'dev', NIC);
}
