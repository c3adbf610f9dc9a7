import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { buildIso } from '../../unit/iso/build-iso.ts';
import { Appliance } from '../appliance.ts';
import { pause, run } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const MIB = 1024 * 1024;
const SIZE = 1024 * MIB;
const ROUNDS = 5;
const AT_MOST = 1.2;

export const imageImport: Scenario = {
  name: 'image-import',
  title: 'The import of a 1 GiB ISO, hashed, checked and identified, takes at most 1.2 times as long as sha256sum, and blocks nothing.',
  tier: 'full',
  alone: true,
  needs: ['appliance'],
  timeoutMs: 300_000,
  async run(lab) {
    const iso = join(lab.dir, 'big.iso');
    const sha256 = await writeIso(iso);
    const dataDir = join(lab.dir, 'data');
    const appliance = lab.use(await Appliance.start(undefined, { dataDir, args: ['--api', '127.0.0.1:0', '--dhcp', 'off'] }));
    const answers = pinging(appliance.ready.api);
    const imports: number[] = [];
    const peers: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      peers.push(await timed(async () => expectThat((await run(['sha256sum', iso])).stdout.startsWith(sha256), 'sha256sum disagrees')));
      imports.push(await importOnce(appliance, iso, sha256));
    }
    const worst = await answers.stop();
    rmSync(iso);

    const [ours, theirs] = [median(imports), median(peers)];
    report(lab, { ours, theirs, imports, peers, worst });
    expectThat(ours <= AT_MOST * theirs, `the import took ${ours} ms, sha256sum ${theirs} ms`);
    expectThat(worst < 100, `an answer took ${worst} ms while ISOs were imported`);
    expectThat(readdirSync(join(dataDir, 'isos')).length === 0, 'something was left in the library');
  },
};

async function writeIso(path: string): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  const start = buildIso({ volumeId: 'BIG', files: [{ path: 'boot/grub/grub.cfg', bytes: Buffer.from('linux /vmlinuz quiet\n') }] });
  for (let part = start, at = 0; at < SIZE; at += part.length, part = randomBytes(Math.min(4 * MIB, SIZE - at))) {
    hash.update(part);
    await file.write(part);
  }
  await file.close();
  return hash.digest('hex');
}

/** Milliseconds between the events of its start and end. */
async function importOnce(appliance: Appliance, iso: string, sha256: string): Promise<number> {
  await appliance.must('image', 'add', iso, '--name', 'big', '--copy', '--sha256', sha256);
  const image = await appliance.json<{ sha256: string; verifiedBy: string }>('image', 'show', 'big');
  expectThat(image.sha256 === sha256, 'the image has another hash');
  const events = (await appliance.events()).filter(({ type }) => type.startsWith('image.import'));
  const [started, imported] = events.slice(-2);
  expectThat(imported?.type === 'image.imported' && started !== undefined, 'no event reports the import');
  await appliance.must('image', 'remove', 'big');
  return imported.at - started.at;
}

/** Asks the appliance all the time; the slowest one per cent of the answers is what a person would notice. */
function pinging(api: string): { stop(): Promise<number> } {
  const times: number[] = [];
  const stopped = new AbortController();
  const asked = (async () => {
    while (!stopped.signal.aborted) {
      times.push(await timed(async () => (await fetch(`${api}/healthz`)).arrayBuffer()));
      await pause(5);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await asked;
      return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Infinity;
    },
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return Math.round(performance.now() - start);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity;
}

function report(lab: Lab, all: { ours: number; theirs: number; imports: number[]; peers: number[]; worst: number }): void {
  lab.fact('import, median ms', all.ours);
  lab.fact('sha256sum, median ms', all.theirs);
  lab.fact('ratio', Number((all.ours / all.theirs).toFixed(2)));
  lab.fact('imports, ms', all.imports.map(String));
  lab.fact('sha256sums, ms', all.peers.map(String));
  lab.fact('answer of the appliance meanwhile, p99 ms', all.worst);
}
