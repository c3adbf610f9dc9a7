import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent } from '../../contract/appliance.ts';
import type { Snapshot } from '../../contract/changes.ts';
import type { Image } from '../../contract/inventory.ts';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { NODE } from '../lab/namespace.ts';
import { pause } from '../lab/process.ts';
import { fillDisk, mountSmallDisk } from '../lab/small-disk.ts';
import { mustBe, type ChaosCase, type Stage } from './case.ts';
import { sha256 } from './sha256.ts';

/** An import leaves 128 MB free. */
const DISK_MEGABYTES = 220;
const CLIENT = join(import.meta.dirname, '../../node_modules/dhcp/bin/dhcp-cli.js');

/** The data directory is a small disk from the first of these cases on. */
export async function smallDiskStage(stage: Stage): Promise<AsyncDisposable> {
  return mountSmallDisk(stage.bench.dataDir, DISK_MEGABYTES);
}

const filler = (stage: Stage): string => join(stage.bench.dataDir, 'filler');

async function whileFull<T>(stage: Stage, work: () => Promise<T>): Promise<T> {
  fillDisk(filler(stage));
  try {
    return await work();
  } finally {
    rmSync(filler(stage), { force: true });
  }
}

export const diskCases: readonly ChaosCase[] = [
  {
    name: 'full-disk-import',
    expected: 'E_DISK_FULL; with room again the same import succeeds, and the file is the ISO',
    async run(stage) {
      const appliance = await stage.ready();
      const iso = await buildSoakIso(6);
      const refused = await whileFull(stage, () => appliance.cli('image', 'add', iso, '--name', 'big', '--copy'));
      mustBe(refused.code === 1 && refused.stderr.includes('E_DISK_FULL'), `the import said: ${refused.stderr || refused.stdout}`);
      await appliance.must('image', 'add', iso, '--name', 'big', '--copy');
      const image = await appliance.json<Image>('image', 'show', 'big');
      const path = image.source.type === 'file' ? image.source.path : '';
      mustBe((await sha256(path)) === (await sha256(iso)), `the imported file ${path} is not the ISO`);
      await appliance.must('image', 'remove', 'big');
      return 'refused with E_DISK_FULL, then imported';
    },
  },
  {
    name: 'full-disk-event',
    expected: 'a boot while the disk is full is reported; its events are stored once there is room, and are there after kill -9',
    async run(stage) {
      const appliance = await stage.ready();
      await stage.boots();
      const said = await whileFull(stage, () => stage.boots());
      await appliance.waitForEvent(({ type }) => type === 'storage.recovered', 'the disk takes writes again', 30_000);
      const before = await appliance.events();
      await appliance.kill();
      const after = new Set((await (await stage.ready()).events()).map(({ seq }) => seq));
      const lost = before.filter(({ seq }: BenchEvent) => !after.has(seq));
      mustBe(lost.length === 0, `${lost.length} events were lost, the first: ${lost[0]?.message ?? ''}`);
      return `${said}; ${before.length} events, none lost`;
    },
  },
  {
    name: 'full-disk-lease',
    expected: 'no address is acknowledged that is not stored; with room again the same machine gets one',
    async run(stage) {
      await stage.ready();
      const mac = '52:54:00:99:01:01';
      const ask = async (): Promise<boolean> =>
        (await stage.bench.machines.exec([NODE, CLIENT, 'hostname', '--mac', mac.replaceAll(':', '-')], { timeoutMs: 8000 })).code === 0;
      const bound = async (): Promise<boolean> => {
        const [{ leases }] = (await stage.bench.call(['inventory.snapshot', {}])) as [Snapshot];
        return leases.some((lease) => lease.mac === mac && lease.state === 'bound');
      };
      await stage.bench.machines.ip('route', 'replace', 'default', 'dev', 'eth0');
      const [answered, stored] = await whileFull(stage, async () => [await ask(), await bound()] as const);
      mustBe(!answered || stored, 'an address was acknowledged and not stored');
      for (let tries = 0; tries < 6 && !(await bound()); tries++) await ask();
      mustBe(await bound(), 'no address although there is room again');
      return answered ? 'stored and acknowledged in spite of the full disk' : 'silent while the disk was full, then acknowledged';
    },
  },
  {
    name: 'full-disk-transcript',
    expected: 'the status says so; with room again output is stored, with a notice of what is missing',
    async run(stage) {
      const appliance = await stage.ready();
      // The program runs in a namespace of its own, so its machine is one there, too.
      const talker = stage.bench.laptop.spawn([NODE, join(import.meta.dirname, 'talker-process.ts')]);
      await talker.waitFor(/^listening/, 10_000);
      await appliance.must('host', 'add', 'talks', '--mac', '52:54:00:99:02:01');
      await appliance.must('host', 'set', 'talks', 'console=tcp://127.0.0.1:4998');
      await pause(3000);
      const status = await whileFull(stage, async () => {
        await pause(4000);
        return appliance.must('consoles', '--json');
      });
      mustBe(status.includes('E_DISK_FULL'), `the console does not say that nothing is stored: ${status}`);
      await pause(8000);
      const text = transcripts(join(stage.bench.dataDir, 'consoles'));
      await talker.stop(0, 'SIGKILL');
      const numbers = [...text.matchAll(/^talk (\d+)\r?$/gm)].map(([, number]) => Number(number));
      mustBe(numbers.length === new Set(numbers).size, 'a line is in the transcript twice');
      mustBe((numbers.at(-1) ?? 0) > 120, `the newest line in the transcript is ${numbers.at(-1) ?? 'none'}`);
      const log = await appliance.must('console', 'talks', '--log');
      mustBe(/missing|not stored|disk/i.test(log), 'the transcript has no notice of what is missing');
      return `${numbers.length} of ${numbers.at(-1) ?? 0} lines stored, with a notice`;
    },
  },
];

function transcripts(folder: string): string {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.log'));
  return files.map((name) => readFileSync(join(folder, name), 'latin1')).join('');
}
