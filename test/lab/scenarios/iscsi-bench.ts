import { randomFillSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { iscsiPerf, type IscsiWork } from '../../bench/iscsi-perf.ts';
import { metered } from '../../bench/stage.ts';
import { TARGET_NAME } from '../../fixtures/iscsi-target.ts';
import { freePort, TgtTarget } from '../../fixtures/tgt-target.ts';
import { NODE } from '../namespace.ts';
import { median } from '../../soak/figures.ts';
import { Running } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const WORKLOADS: readonly (IscsiWork & { readonly name: string })[] = [
  { name: 'sequential 256 KiB, 1 in flight', random: false, blocks: 512, inFlight: 1 },
  { name: 'sequential 256 KiB, 32 in flight', random: false, blocks: 512, inFlight: 32 },
  { name: 'random 4 KiB, 1 in flight', random: true, blocks: 8, inFlight: 1 },
  { name: 'random 4 KiB, 32 in flight', random: true, blocks: 8, inFlight: 32 },
];
const ROUNDS = 5;
const SECONDS = 2;
const MIB = 256;
/** A ratio under this is no noise of the machine. */
const LEAST = 0.3;

export const iscsiBench: Scenario = {
  name: 'iscsi-bench',
  title: 'Reads from the iSCSI target beside reads from tgt, of the same file and by the same initiator (libiscsi’s iscsi-perf).',
  tier: 'full',
  alone: true,
  needs: ['root', 'tgt', 'iscsi-perf'],
  timeoutMs: 600_000,
  run: bench,
};

interface Peer {
  readonly url: string;
  readonly pid: number;
}

interface Sample {
  readonly perSecond: number;
  /** CPU of the target for one read, µs. */
  readonly cpu: number;
}

async function bench(lab: Lab): Promise<void> {
  const file = join(lab.dir, 'disk.img');
  writeFileSync(file, randomFillSync(Buffer.alloc(MIB * 1_048_576)));
  const tgt = lab.use(await TgtTarget.start(file));
  const port = await freePort();
  const target = lab.use(new Running([NODE, join(import.meta.dirname, 'iscsi-target.ts'), file, 'disk', String(port)]));
  await target.waitFor(/^ready/, 20_000);
  const ours = { url: `iscsi://127.0.0.1:${port}/${TARGET_NAME}/0`, pid: target.pid ?? 0 };
  const theirs = { url: tgt.url(), pid: tgt.pid };
  lab.fact('load at the start', loadavg()[0]?.toFixed(1) ?? '?');
  for (const { name, ...work } of WORKLOADS) {
    await sample(ours, work); // Once without counting: the code is compiled.
    const pairs: { own: Sample; other: Sample }[] = [];
    for (let round = 0; round < ROUNDS; round++) pairs.push({ own: await sample(ours, work), other: await sample(theirs, work) });
    const ratio = median(pairs.map(({ own, other }) => own.perSecond / other.perSecond));
    const [own, other] = [pairs.map((pair) => pair.own), pairs.map((pair) => pair.other)].map((samples) => [
      Math.round(median(samples.map(({ perSecond }) => perSecond))),
      Math.round(median(samples.map(({ cpu }) => cpu))),
    ]);
    lab.fact(name, `${ratio.toFixed(2)} × tgt: ${own?.[0]}/s and ${other?.[0]}/s; CPU for each ${own?.[1]} and ${other?.[1]} µs`);
    expectThat(ratio > LEAST, `${name}: ${ratio.toFixed(2)} × tgt`);
  }
  lab.fact('load at the end', loadavg()[0]?.toFixed(1) ?? '?');
}

async function sample({ url, pid }: Peer, work: IscsiWork): Promise<Sample> {
  const { value, requests, cpuSeconds } = await metered(pid, async () => {
    const perSecond = await iscsiPerf(url, work, SECONDS);
    return { value: perSecond, bytes: 0, requests: perSecond * SECONDS, got: '' };
  });
  return { perSecond: value, cpu: (cpuSeconds * 1e6) / requests };
}
