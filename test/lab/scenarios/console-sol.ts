import { join } from 'node:path';
import { ipmitool, PASSWORD, startIpmiSim } from '../../fixtures/ipmi-bmc/peers.ts';
import { FrameRelay, type Impairment } from '../frame-relay.ts';
import { NODE, type Namespace } from '../namespace.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Need, type Scenario } from '../scenario.ts';
import type { Typing } from './sol-typist.ts';

const BMC = '192.168.70.2';
const PORT = 6230;
const TEST_BMC = join(import.meta.dirname, '../bmc/sol-bmc.ts');
const PYGHMI = join(import.meta.dirname, '../../fixtures/ipmi-bmc/pyghmi-bmc.py');
const TYPIST = join(import.meta.dirname, 'sol-typist.ts');
const MIB = 1_048_576;
const MINUTE_MS = 60_000;
/** 5 % each way. */
const LOSSY = { seed: 23, loss: 0.05 };
/** And frames that come twice or in another order. */
const DISORDERED = { ...LOSSY, duplicate: 0.02, reorder: 0.02 };

/** A BMC whose machine echoes what is typed. */
interface Peer {
  readonly name: string;
  readonly needs: readonly Need[];
  readonly cable: Partial<Impairment>;
  /** Where frames are lost, so many typed bytes at most wait for their echo; any number unless said. */
  readonly window?: number;
  /** Starts it in the namespace `bmc` and returns its UDP port. */
  start(lab: Lab, bmc: Namespace): Promise<number>;
}

/** Bytes that are typed at a peer. */
interface Sizes {
  readonly lossy: number;
  readonly lossless: number;
}

const TEST: Peer = {
  name: 'test BMC',
  needs: [],
  cable: DISORDERED,
  async start(_lab, bmc) {
    const server = bmc.spawn([NODE, TEST_BMC, BMC, String(PORT)], { env: { BMC_PASSWORD: PASSWORD } });
    await server.waitFor(/^ready$/);
    return PORT;
  },
};

/**
 * It sends a lost packet again after a second, and discards its output at the sixth time since it last had none (sol_timeout in lanserv/sol.c,
 * 2.0.33): under loss its machine must not print without a break.
 */
const IPMI_SIM: Peer = {
  name: 'ipmi_sim',
  needs: ['ipmi_sim', 'ipmitool', 'qemu'],
  cable: DISORDERED,
  window: 256,
  async start(lab, bmc) {
    const inside = (command: readonly string[]): string[] => bmc.inside(command);
    const sim = lab.use(await startIpmiSim(lab.dir, { host: BMC, inside }));
    await ipmitool(sim.port, ['power', 'on'], { host: BMC, inside });
    while (!sim.machineRuns()) await pause(100);
    return sim.port;
  },
};

/**
 * Its server answers a second acknowledgement of a packet, as for a doubled frame, with its outstanding packet, and then holds the others
 * back until that is acknowledged: old packets arrive after newer ones (send_payload in session.py, 1.5.34). So its cable only loses.
 */
const PYGHMI_BMC: Peer = {
  name: 'pyghmi',
  needs: ['pyghmi'],
  cable: LOSSY,
  async start(_lab, bmc) {
    const env = { BMC_PASSWORD: PASSWORD, BMC_ADDRESS: BMC };
    const server = bmc.spawn(['/usr/bin/python3', PYGHMI, String(PORT), '0'], { env });
    await server.waitFor(/^ready$/);
    return PORT;
  },
};

export const consoleSol: readonly Scenario[] = [
  scenario('console-sol', 'ci', 5 * MINUTE_MS, [
    [TEST, { lossy: 65_536, lossless: 65_536 }],
    [IPMI_SIM, { lossy: 2048, lossless: 8192 }],
    [PYGHMI_BMC, { lossy: 16_384, lossless: 65_536 }],
  ]),
  scenario('console-sol-full', 'full', 30 * MINUTE_MS, [[TEST, { lossy: MIB, lossless: MIB }]]),
  // Each lost packet costs a second. Of 1 MiB over loss, ipmi_sim discarded 175 characters on a busy computer.
  scenario('console-sol-full-ipmi-sim', 'full', 120 * MINUTE_MS, [[IPMI_SIM, { lossy: 131_072, lossless: MIB }]]),
  scenario('console-sol-full-pyghmi', 'full', 60 * MINUTE_MS, [[PYGHMI_BMC, { lossy: MIB, lossless: MIB }]]),
];

function scenario(name: string, tier: Scenario['tier'], timeoutMs: number, peers: readonly (readonly [Peer, Sizes])[]): Scenario {
  const sizes = peers.map(([peer, { lossy, lossless }]) => `${lossy} and ${lossless} bytes at ${peer.name}`);
  return {
    name,
    title: `Serial over LAN is complete and in order with 5 % of the frames lost each way, and with none lost: ${sizes.join(', ')}`,
    tier,
    needs: ['root', ...new Set(peers.flatMap(([peer]) => peer.needs))],
    timeoutMs,
    async run(lab) {
      for (const [peer, size] of peers) await typeAt(lab, peer, size, timeoutMs);
    },
  };
}

async function typeAt(lab: Lab, peer: Peer, { lossy, lossless }: Sizes, timeoutMs: number): Promise<void> {
  const [laptop, bmc] = [await lab.namespace('laptop'), await lab.namespace('bmc')];
  const ends = [
    { ns: laptop, dev: 'lab0', address: '192.168.70.1/24' },
    { ns: bmc, dev: 'eth0', address: `${BMC}/24` },
  ] as const;
  const relay = lab.use(await FrameRelay.start(...ends, peer.cable));
  const port = await peer.start(lab, bmc);
  await type(lab, `${peer.name}, 5 % loss`, { from: laptop, port, size: lossy, window: peer.window, timeoutMs });
  await expectLoss(lab, peer.name, relay);
  // In the namespace of the BMC itself nothing is lost.
  await type(lab, `${peer.name}, no loss`, { from: bmc, port, size: lossless, timeoutMs });
}

interface Work {
  readonly from: Namespace;
  readonly port: number;
  readonly size: number;
  readonly window?: number | undefined;
  readonly timeoutMs: number;
}

async function type(lab: Lab, name: string, { from, port, size, window = size, timeoutMs }: Work): Promise<void> {
  const output = await from.must([NODE, TYPIST, BMC, ...[port, size, window].map(String)], { timeoutMs });
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
