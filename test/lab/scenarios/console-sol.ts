import { join } from 'node:path';
import { ipmitool, PASSWORD, startIpmiSim } from '../../fixtures/ipmi-bmc/peers.ts';
import { FrameRelay, type Impairment } from '../frame-relay.ts';
import { NODE, type Namespace } from '../namespace.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';
import type { Typing } from './sol-typist.ts';

const BMC = '192.168.70.2';
const PORT = 6230;
const PEER = join(import.meta.dirname, '../bmc/sol-bmc.ts');
const TYPIST = join(import.meta.dirname, 'sol-typist.ts');
const MIB = 1_048_576;
/** 5 % each way, and frames that come twice or in another order. */
const LOSSY = { seed: 23, loss: 0.05, duplicate: 0.02, reorder: 0.02 };

interface Sizes {
  /** Typed at the test BMC, over loss. */
  readonly testBmc: number;
  /** At ipmi_sim, over loss: it sends a lost packet again after a second. */
  readonly lossySim: number;
  /** At ipmi_sim, over a perfect cable. */
  readonly sim: number;
}

export const consoleSol: readonly Scenario[] = [
  scenario('console-sol', 'ci', { testBmc: 65_536, lossySim: 2048, sim: 8192 }, 180_000),
  scenario('console-sol-full', 'full', { testBmc: MIB, lossySim: 16_384, sim: MIB }, 1_800_000),
];

function scenario(name: string, tier: Scenario['tier'], sizes: Sizes, timeoutMs: number): Scenario {
  return {
    name,
    title: `Serial over LAN is complete and in order over a cable that loses 5 % each way: ${sizes.testBmc} bytes typed at the test BMC, ${sizes.lossySim} at ipmi_sim`,
    tier,
    needs: ['root', 'ipmi_sim', 'ipmitool', 'qemu'],
    timeoutMs,
    async run(lab) {
      await atTestBmc(lab, sizes.testBmc);
      await atIpmiSim(lab, sizes);
    },
  };
}

interface Cable {
  readonly laptop: Namespace;
  readonly bmc: Namespace;
  readonly relay: FrameRelay;
}

async function plug(lab: Lab, label: string, impairment: Partial<Impairment>): Promise<Cable> {
  const [laptop, bmc] = [await lab.namespace(`${label}-laptop`), await lab.namespace(`${label}-bmc`)];
  const ends = [
    { ns: laptop, dev: 'lab0', address: '192.168.70.1/24' },
    { ns: bmc, dev: 'eth0', address: `${BMC}/24` },
  ] as const;
  return { laptop, bmc, relay: lab.use(await FrameRelay.start(...ends, impairment)) };
}

async function atTestBmc(lab: Lab, size: number): Promise<void> {
  const { laptop, bmc, relay } = await plug(lab, 'test', LOSSY);
  const server = bmc.spawn([NODE, PEER, BMC, String(PORT)], { env: { BMC_PASSWORD: PASSWORD } });
  await server.waitFor(/^ready$/);
  await type(lab, 'test BMC, 5 % loss', laptop, PORT, size);
  await expectLoss(lab, 'test BMC', relay);
}

async function atIpmiSim(lab: Lab, sizes: Sizes): Promise<void> {
  const lossy = await plug(lab, 'sim', LOSSY);
  const inside = (command: readonly string[]): string[] => lossy.bmc.inside(command);
  const sim = lab.use(await startIpmiSim(lab.dir, { host: BMC, inside }));
  await ipmitool(sim.port, ['power', 'on'], { host: BMC, inside });
  while (!sim.machineRuns()) await pause(100);
  await type(lab, 'ipmi_sim, 5 % loss', lossy.laptop, sim.port, sizes.lossySim);
  await expectLoss(lab, 'ipmi_sim', lossy.relay);
  // In the namespace of the BMC itself nothing is lost.
  await type(lab, 'ipmi_sim, no loss', lossy.bmc, sim.port, sizes.sim);
}

async function type(lab: Lab, name: string, from: Namespace, port: number, size: number): Promise<void> {
  const output = await from.must([NODE, TYPIST, BMC, String(port), String(size)], { timeoutMs: 1_500_000 });
  const typing = JSON.parse(output) as Typing;
  expectThat(typing.isSame, `${name}: ${typing.received} of ${size} bytes came back, or others: ${typing.notices.join(' ')}`);
  expectThat(typing.notices.length === 0, `${name}: ${typing.notices.join(' ')}`);
  expectThat(typing.ends.length === 1 && typing.ends[0] === null, `${name}: ended with ${typing.ends.join()}`);
  expectThat(typing.closedAfterMs < 3000, `${name}: closing took ${typing.closedAfterMs} ms`);
  lab.fact(`${name}, ${size} bytes`, `${typing.seconds} s`);
}

async function expectLoss(lab: Lab, name: string, relay: FrameRelay): Promise<void> {
  const { left, right } = await relay.counts();
  lab.fact(
    `${name}: frames lost, reordered, doubled`,
    [left.lost + right.lost, left.reordered + right.reordered, left.duplicated + right.duplicated].join(', '),
  );
  expectThat(left.lost + right.lost > 0, `${name}: the cable lost nothing`);
}
