import { randomFillSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { TARGET_NAME } from '../../fixtures/iscsi-target.ts';
import { freePort, TgtTarget } from '../../fixtures/tgt-target.ts';
import { NODE } from '../namespace.ts';
import { run, Running } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const WORKLOADS = [
  { name: 'sequential 256 KiB, 1 in flight', args: ['-b', '512', '-m', '1'] },
  { name: 'sequential 256 KiB, 32 in flight', args: ['-b', '512', '-m', '32'] },
  { name: 'random 4 KiB, 1 in flight', args: ['-r', '-b', '8', '-m', '1'] },
  { name: 'random 4 KiB, 32 in flight', args: ['-r', '-b', '8', '-m', '32'] },
] as const;
const ROUNDS = 5;
const SECONDS = 2;
const MIB = 256;
/** CPU time is counted in ticks of 10 ms. */
const TICK_US = 10_000;
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
  for (const { name, args } of WORKLOADS) {
    await sample(ours, args); // Once without counting: the code is compiled.
    const pairs: { own: Sample; other: Sample }[] = [];
    for (let round = 0; round < ROUNDS; round++) pairs.push({ own: await sample(ours, args), other: await sample(theirs, args) });
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

async function sample({ url, pid }: Peer, args: readonly string[]): Promise<Sample> {
  const before = cpuOf(pid);
  const { stdout } = await run(['iscsi-perf', ...args, '-t', String(SECONDS), url]);
  const perSecond = Number(/iops average (\d+) [^\r\n]*\s*finished/.exec(stdout)?.[1] ?? 0);
  expectThat(perSecond > 0, `iscsi-perf ${args.join(' ')} ${url}: ${stdout.slice(-300)}`);
  return { perSecond, cpu: ((cpuOf(pid) - before) * TICK_US) / (perSecond * SECONDS) };
}

/** User and system time of all threads of a process, in ticks. */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(')').at(-1)?.trim().split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
