import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildSoakIso } from '../lab/machines/truth.ts';
import { Nginx } from '../lab/nginx.ts';
import { mustRun, pause } from '../lab/process.ts';
import { MACHINE, mustBe, type ChaosCase, type Stage } from './case.ts';

const OUTAGE_MS = 6000;

export const upstreamCases: readonly ChaosCase[] = [
  {
    name: 'upstream-dies',
    expected: 'the server of an ISO dies for 6 s during a boot: the boot continues, every byte right',
    async run(stage) {
      const iso = await buildSoakIso(2);
      await using nginx = new Nginx(stage.bench.laptop, { root: dirname(iso), dir: join(stage.bench.dir, 'nginx'), port: 8090 });
      await nginx.start();
      await stage.ready({}, `${nginx.url}/${basename(iso)}`);
      const machine = stage.machine('iso');
      await machine.waitFor(/^hold/, 60_000, /^fault/);
      await nginx.kill();
      const before = nginx.requests().length;
      await pause(OUTAGE_MS);
      await nginx.start();
      const said = await stage.boots(machine);
      const after = nginx.requests().length - before;
      mustBe(after > 0, 'nothing was read from the server after the outage, so it was not needed');
      await stage.healthy();
      return `${said}; ${after} requests to the server after the outage`;
    },
  },
];

/** Loaded into the service thread: it ends itself, as after a fault of its own, when this file appears. */
const KILLER = `import { existsSync, rmSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';
const file = process.env.BOOTBENCH_END_THREAD;
if (!isMainThread && file) setInterval(() => {
  if (!existsSync(file)) return;
  rmSync(file);
  process.exit(9);
}, 50).unref();
`;

export const workerCases: readonly ChaosCase[] = [
  {
    name: 'worker-killed',
    expected:
      'the services restart by themselves in the same program; the boot continues, every byte right; what was added before is there',
    async run(stage) {
      const { dir } = stage.bench;
      const [killer, signal] = [join(dir, 'killer.mjs'), join(dir, 'end-thread')];
      writeFileSync(killer, KILLER);
      const env = { NODE_OPTIONS: `--import=${pathToFileURL(killer).href}`, BOOTBENCH_END_THREAD: signal };
      const appliance = await stage.ready({ env });
      await appliance.must('host', 'add', 'before', '--mac', '52:54:00:99:03:01');
      const machine = stage.machine('iso');
      await machine.waitFor(/^hold/, 60_000, /^fault/);
      writeFileSync(signal, '');
      const said = await stage.boots(machine);
      await stage.healthy();
      mustBe(appliance.process.exitCode === undefined, 'the program ended with its thread');
      const starts = (await appliance.events()).filter(({ type }) => type === 'appliance.started').length;
      mustBe(starts >= 2, `the services were started ${starts} times: the thread was not killed`);
      const hosts = await appliance.json<{ name: string }[]>('host', 'list');
      mustBe(
        hosts.some(({ name }) => name === 'before'),
        'the host from before is gone',
      );
      return `${said}; services started ${starts} times`;
    },
  },
];

/** Overwrites some bytes in the middle of a file's pages, as a failing disk does. */
function flipPages(file: string, bytes: Buffer): Buffer {
  for (let page = 2; page * 4096 < bytes.length; page += 3)
    for (let at = 0; at < 64; at++) bytes[page * 4096 + at] = 0xa5 ^ (bytes[page * 4096 + at] ?? 0);
  writeFileSync(file, bytes);
  return bytes;
}

function deleteWriteAheadLogs(dataDir: string): void {
  for (const name of ['bootbench.db', 'activity.db'])
    for (const tail of ['-wal', '-shm']) rmSync(join(dataDir, name + tail), { force: true });
}

export const databaseCases: readonly ChaosCase[] = [
  {
    name: 'wal-deleted-first-day',
    expected:
      'without its write-ahead log an inventory that was never checkpointed is empty: the start is refused with E_DB_MISSING, and never silently starts over',
    async run(stage) {
      const appliance = await stage.ready();
      const before = await appliance.json<unknown[]>('host', 'list');
      await appliance.kill();
      const { dataDir, dir } = stage.bench;
      await mustRun(['cp', '-a', dataDir, join(dir, 'saved')]);
      deleteWriteAheadLogs(dataDir);
      const said = await startOrRefusal(stage);
      rmSync(dataDir, { recursive: true });
      await mustRun(['mv', join(dir, 'saved'), dataDir]);
      const after = await (await stage.ready()).json<unknown[]>('host', 'list');
      mustBe(said.includes('E_DB_MISSING'), `the start said: ${said.slice(-500)}`);
      mustBe(after.length === before.length, 'with its write-ahead log, hosts are gone');
      return 'refused with E_DB_MISSING';
    },
  },
  {
    name: 'wal-deleted',
    expected:
      'after kill -9 and without its write-ahead log the inventory is that of the last checkpoint, complete in itself; the program takes writes',
    async run(stage) {
      // A clean stop is a checkpoint.
      await (await stage.ready()).stop();
      const appliance = await stage.ready();
      for (let number = 0; number < 12; number++)
        await appliance.must('host', 'add', `w${number}`, '--mac', `52:54:00:99:04:0${number.toString(16)}`);
      await appliance.kill();
      deleteWriteAheadLogs(stage.bench.dataDir);
      const again = await stage.ready();
      const names = (await again.json<{ name: string }[]>('host', 'list')).map(({ name }) => name).filter((name) => /^w\d+$/.test(name));
      const complete = Array.from({ length: names.length }, (_, number) => `w${number}`);
      mustBe(names.toSorted(byNumber).join() === complete.join(), `the hosts are not those of one moment: ${names.join()}`);
      const all = (await again.json<{ name: string }[]>('host', 'list')).map(({ name }) => name);
      mustBe(all.includes(MACHINE.name), `the host from before the checkpoint is gone: ${all.join()}`);
      await again.must('host', 'add', 'after', '--mac', '52:54:00:99:04:ff');
      await stage.healthy();
      return `${names.length} of 12 hosts, then one more`;
    },
  },
  {
    name: 'pages-flipped-events',
    expected: 'damaged events are saved under another name, a new file is started, and its first event says so; the machine boots',
    async run(stage) {
      const appliance = await stage.ready();
      await stage.boots();
      // Only a clean stop moves everything from the write-ahead log into the file.
      await appliance.stop();
      const file = join(stage.bench.dataDir, 'activity.db');
      flipPages(file, readFileSync(file));
      const again = await stage.ready();
      const saved = readdirSync(stage.bench.dataDir).filter((name) => name.startsWith('activity.db.damaged-'));
      mustBe(saved.length > 0, 'the damaged file is not saved');
      const events = await again.events();
      const said = events.find(({ data, message }) => JSON.stringify(data).includes('damaged-') || message.includes('damaged'));
      mustBe(said !== undefined, `no event says so: ${events.map(({ message }) => message).join(' ')}`);
      return `${said.message} ${await stage.boots()}`;
    },
  },
  {
    name: 'pages-flipped-inventory',
    expected: 'the start is refused with E_DB_DAMAGED; after bootbench restore the machine boots again',
    async run(stage) {
      const appliance = await stage.ready();
      const backup = join(stage.bench.dir, 'before.bak');
      rmSync(backup, { force: true });
      await appliance.must('backup', backup);
      await appliance.stop();
      const file = join(stage.bench.dataDir, 'bootbench.db');
      flipPages(file, readFileSync(file));
      const refused = await startOrRefusal(stage);
      mustBe(refused.includes('E_DB_DAMAGED'), `the start said: ${refused.slice(-500)}`);
      await appliance.must('restore', backup);
      await stage.ready();
      return `refused, then ${await stage.boots()}`;
    },
  },
];

async function startOrRefusal(stage: Stage): Promise<string> {
  return stage.ready().then(
    () => 'started',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

function byNumber(left: string, right: string): number {
  return Number(left.slice(1)) - Number(right.slice(1));
}
