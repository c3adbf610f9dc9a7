import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildIso } from '../../../unit/iso/build-iso.ts';
import type { Appliance } from '../../appliance.ts';
import { pause, type RunResult } from '../../process.ts';
import { RestApi } from '../../rest-api.ts';
import { expectThat, type Lab, type Scenario } from '../../scenario.ts';
import { windowsPath, type Windows } from '../../wine.ts';
import { makeWindowsLab, startOnWindows, WINDOWS_NEEDS, type WindowsLab } from './windows-lab.ts';

const HOLDER = join(import.meta.dirname, 'hold-file.ts');
const ROTATOR = join(import.meta.dirname, 'rotate-log.ts');
const REPLACER = join(import.meta.dirname, 'replace-file.ts');
/** Node starts in about a second under Wine. */
const HELD_MS = 1500;
const MIB = 1024 * 1024;

interface Bench {
  readonly lab: Lab;
  readonly laptop: WindowsLab;
  readonly appliance: Appliance;
  readonly rest: RestApi;
  readonly dataDir: string;
}

/** An ISO of `mib` MiB; its volume name makes its contents its own. */
function writeIso(path: string, volumeId: string, mib = 1): string {
  mkdirSync(dirname(path), { recursive: true });
  const iso = buildIso({ volumeId, files: [{ path: 'boot/grub/grub.cfg', bytes: Buffer.from('linux /vmlinuz quiet\n') }] });
  writeFileSync(path, Buffer.concat([iso, Buffer.alloc(mib * MIB)]));
  return path;
}

/** Another program has the file open, and shares it for reading or for nothing, while `work` runs. */
async function whileHeld<T>(windows: Windows, file: string, share: 'nothing' | 'reading' | 'writing', work: () => Promise<T>): Promise<T> {
  const flag = `${file}.release`;
  const holder = windows.spawn(windows.node(windowsPath(HOLDER), windowsPath(file), share, windowsPath(flag)));
  await holder.waitFor(/^held /, 30_000);
  try {
    return await work();
  } finally {
    writeFileSync(flag, '');
    await holder.waitFor(/^released/, 30_000);
    await holder.exited;
  }
}

/** The command fails with a sentence that matches, and without the system's own words. */
function expectRefusal(lab: Lab, name: string, { code, stderr }: RunResult, pattern: RegExp): void {
  lab.fact(name, stderr.trim());
  expectThat(code !== 0 && pattern.test(stderr), `${name}: exit ${code}: ${stderr}`);
  expectThat(!/\bE(?:BUSY|PERM|ACCES|NOENT|UNKNOWN)\b|E_INTERNAL|Error:/.test(stderr), `${name}: not a sentence: ${stderr}`);
}

async function importsWhileHeld({ lab, laptop: { windows }, appliance, rest }: Bench): Promise<void> {
  const shared = writeIso(join(lab.dir, 'Übungs ISOs/Prüfung 1.iso'), 'SHARED');
  await whileHeld(windows, shared, 'reading', async () => {
    await appliance.must('image', 'add', shared, '--name', 'shared', '--copy');
    await rest.must('POST', '/iscsi-cdroms', {
      kind: 'ISCSICdrom',
      metadata: { name: 'in-place' },
      spec: { isoFile: windowsPath(shared) },
    });
  });
  const uploaded = await rest.upload('/iscsi-cdroms/uploaded/iso', writeIso(join(lab.dir, 'upload.iso'), 'UPLOADED'));
  lab.fact('imported while it is read', `CLI, REST in place and by upload: ${uploaded.metadata.name}`);
  const locked = writeIso(join(lab.dir, 'locked.iso'), 'LOCKED');
  await whileHeld(windows, locked, 'nothing', async () => {
    expectRefusal(lab, 'import of a locked file', await appliance.cli('image', 'add', locked, '--copy'), /another program/);
    expectRefusal(lab, 'locked file in place', await appliance.cli('image', 'add', locked), /another program/);
    const answer = await rest.ask('POST', '/iscsi-cdroms', {
      kind: 'ISCSICdrom',
      metadata: { name: 'locked' },
      spec: { isoFile: windowsPath(locked) },
    });
    expectThat(answer.object.code === 'E_IMAGE_GONE', `a locked file by REST: HTTP ${answer.status}`);
  });
  await appliance.must('image', 'add', locked, '--name', 'locked', '--copy');
}

/** Another program holds the library's file: the image goes, its file when that is possible, and its name is free again then. */
async function removedWhileHeld({ lab, laptop: { windows }, appliance, dataDir }: Bench): Promise<void> {
  const file = join(dataDir, 'isos/locked.iso');
  await whileHeld(windows, file, 'reading', async () => {
    await appliance.must('image', 'remove', 'locked');
    lab.fact('file of an image that was removed while held', existsSync(file) ? 'still there' : 'gone');
    const again = await appliance.cli('image', 'add', join(lab.dir, 'locked.iso'), '--name', 'locked', '--copy');
    expectRefusal(lab, 'its name meanwhile', again, /another program/);
  });
  await appliance.must('image', 'add', join(lab.dir, 'locked.iso'), '--name', 'locked', '--copy');
  await appliance.must('image', 'remove', 'locked');
  expectThat(!existsSync(file), 'the file of a removed image is still there');
}

/** A client reads an image slowly while the image is removed: it gets bytes of that ISO only, and the file goes. */
async function removedWhileRead({ lab, laptop, appliance, dataDir }: Bench): Promise<void> {
  const mac = '52:54:00:77:02:02';
  const [iso, read] = [writeIso(join(lab.dir, 'big.iso'), 'BIG', 64), join(lab.dir, 'big.read')];
  await appliance.must('image', 'add', iso, '--name', 'big', '--copy');
  await appliance.must('host', 'add', 'reader', '--mac', mac);
  await appliance.must('assign', 'reader', '--image', 'big');
  const url = `${appliance.ready.boot}/iso/${mac.replaceAll(':', '-')}/big.iso`;
  const client = laptop.bench.ns.spawn(['curl', '-sS', '-f', '--limit-rate', '8M', '-o', read, url]);
  await pause(1500);
  const before = statSync(read).size;
  await appliance.must('host', 'remove', 'reader');
  await appliance.must('image', 'remove', 'big');
  const code = await client.exited;
  const bytes = readFileSync(read);
  lab.fact('image removed while a client reads it', `after ${before} bytes; the client got ${bytes.length}, curl ended with ${code}`);
  expectThat(before > 0 && before < 64 * MIB, `the client had ${before} bytes when the image was removed`);
  expectThat(readFileSync(iso).subarray(0, bytes.length).equals(bytes), 'the client got other bytes');
  expectThat(!existsSync(join(dataDir, 'isos/big.iso')), 'the file of the removed image is still there');
}

/** A registered ISO is read through an open handle, which must not keep its owner from renaming it. */
async function renamedWhileOpen({ lab, laptop: { windows }, appliance }: Bench): Promise<void> {
  const [from, to] = [join(lab.dir, 'Übungs ISOs/Prüfung 1.iso'), join(lab.dir, 'Übungs ISOs/Prüfung 2.iso')];
  const script = `require('node:fs').renameSync(${JSON.stringify(windowsPath(from))}, ${JSON.stringify(windowsPath(to))})`;
  const { code, stderr } = await windows.exec(windows.node('-e', script));
  expectThat(code === 0, `an ISO that Bootbench has open cannot be renamed: ${stderr}`);
  await appliance.must('image', 'set', 'in-place', '--source', to);
  const image = await appliance.json<{ source: { path: string } }>('image', 'show', 'in-place');
  lab.fact('renamed while open', image.source.path);
}

async function configs({ lab, laptop: { windows }, appliance }: Bench): Promise<void> {
  const file = join(lab.dir, 'Übungs ISOs/ks größe.cfg');
  writeFileSync(file, 'text\r\nreboot\r\n');
  await whileHeld(windows, file, 'reading', () => appliance.must('config', 'add', 'ks', '--format', 'kickstart', file));
  const name = 'ks größe.cfg';
  writeFileSync(file, 'text\r\npoweroff\r\n');
  await whileHeld(windows, file, 'nothing', async () => {
    expectRefusal(lab, 'locked config', await appliance.cli('config', 'set', 'ks', file), /another program/);
  });
  await appliance.must('config', 'set', 'ks', file);
  const { files } = await appliance.json<{ files: Record<string, string> }>('config', 'show', 'ks');
  lab.fact('config', Object.keys(files));
  expectThat(files[name]?.includes('poweroff') === true, `the config has ${Object.keys(files).join()}`);
}

async function logRotation({ lab, laptop: { windows } }: Bench): Promise<void> {
  const log = join(lab.dir, 'rotated.log');
  writeFileSync(log, '');
  const rotate = (): Promise<string> => windows.must(windows.node(windowsPath(ROTATOR), windowsPath(log)));
  const last = `${'29'.padStart(999, '.')}\n`;
  await whileHeld(windows, log, 'writing', async () => {
    await rotate();
    lab.fact('log with a reader', `${statSync(log).size} bytes`);
    expectThat(readFileSync(log, 'utf8').endsWith(last) && statSync(log).size <= 10_000, 'a log with a reader did not start over');
  });
  await rotate();
  lab.fact('log without a reader', `${statSync(log).size} bytes and ${statSync(`${log}.1`).size} before`);
  expectThat(readFileSync(log, 'utf8').endsWith(last) && statSync(`${log}.1`).size === 10_000, 'the log was not rotated');
}

/** A scanner holds the old file or the new one for a moment. */
async function replacedOnceReleased({ lab, laptop: { windows } }: Bench): Promise<void> {
  for (const held of ['old', 'new']) {
    const [from, to] = [join(lab.dir, `${held}.new`), join(lab.dir, `${held}.txt`)];
    writeFileSync(from, 'new');
    writeFileSync(to, 'old');
    const replacing = windows.node(windowsPath(REPLACER), windowsPath(from), windowsPath(to));
    let ended: Promise<RunResult> | undefined;
    await whileHeld(windows, held === 'old' ? to : from, 'reading', async () => {
      ended = windows.exec(replacing);
      await pause(HELD_MS);
      expectThat(readFileSync(to, 'utf8') === 'old', 'a file that is held was replaced');
    });
    const result = await ended;
    lab.fact(`replaced while the ${held} file was held`, `exit ${result?.code ?? -1}`);
    expectThat(result?.code === 0 && readFileSync(to, 'utf8') === 'new', `not replaced: ${result?.stderr ?? ''}`);
  }
}

async function backup({ lab, appliance, dataDir }: Bench): Promise<void> {
  const file = join(lab.dir, 'Übungs ISOs/Sicherung.db');
  await appliance.must('backup', file);
  lab.fact('backup', `${statSync(file).size} bytes`);
  expectThat(readFileSync(file).subarray(0, 15).toString() === 'SQLite format 3', 'the backup is no database');
  const own = await appliance.cli('backup', join(dataDir, 'bootbench.db'));
  expectThat(own.code !== 0, 'a backup replaced the database');
}

async function paths({ lab, appliance }: Bench): Promise<void> {
  const deep = writeIso(
    join(lab.dir, ...Array.from({ length: 6 }, () => 'länger als Windows gewohnt ist '.repeat(2).trim()), 'deep.iso'),
    'DEEP',
  );
  lab.fact('characters of the long path', windowsPath(deep).length);
  await appliance.must('image', 'add', windowsPath(deep), '--name', 'deep');
  await appliance.must('image', 'add', windowsPath(deep), '--name', 'deep-copy', '--copy');
  const plain = writeIso(join(lab.dir, 'verbatim.iso'), 'VERBATIM');
  await appliance.must('image', 'add', `\\\\?\\${windowsPath(plain)}`, '--name', 'verbatim');
  const verbatim = await appliance.json<{ source: { path: string } }>('image', 'show', 'verbatim');
  lab.fact('source of a \\\\?\\ path', verbatim.source.path);
  const share = await appliance.cli('image', 'add', '\\\\fileserver\\isos\\lab.iso', '--name', 'shared-folder');
  expectRefusal(lab, 'share that is not there', share, /cannot be read/);
  const wild = await appliance.cli('image', 'add', 'Z:\\what?*.iso', '--name', 'wild');
  expectRefusal(lab, 'path that Windows does not take', wild, /cannot be read/);
}

async function lists({ lab, appliance }: Bench): Promise<void> {
  await appliance.must('host', 'add', 'pruef', '--mac', '52:54:00:77:02:01');
  const names = async (...words: string[]): Promise<string[]> =>
    (await appliance.json<{ name: string }[]>(...words)).map(({ name }) => name).sort();
  const found = [await names('host', 'list'), await names('image', 'list'), await names('config', 'list')];
  lab.fact('hosts, images, configs', found.flat());
  expectThat(
    found.every((each) => each.length > 0),
    'a list is empty',
  );
  const events = await appliance.events();
  expectThat(
    events.some(({ type }) => type === 'image.imported'),
    'no event of an import',
  );
  const failures = events.filter(({ type }) => type.endsWith('failed')).map(({ message }) => message);
  lab.fact('failures among the events', failures);
}

async function run(lab: Lab): Promise<void> {
  const laptop = await makeWindowsLab(lab);
  const disk = join(lab.dir, 'disk');
  const dataDir = join(disk, 'Bootbench Prüfstand/data');
  mkdirSync(dataDir, { recursive: true });
  laptop.windows.drive('d', disk);
  const pathOf = (path: string): string => `D:${path.slice(disk.length).replaceAll('/', '\\')}`;
  const appliance = await startOnWindows(lab, laptop, { dataDir, system: { program: laptop.windows.bootbench, pathOf } });
  const bench = { lab, laptop, appliance, dataDir, rest: new RestApi(laptop.bench.ns, appliance, dataDir) };
  const steps = {
    importsWhileHeld,
    removedWhileHeld,
    renamedWhileOpen,
    removedWhileRead,
    configs,
    logRotation,
    replacedOnceReleased,
    backup,
    paths,
    lists,
  };
  const broken: string[] = [];
  for (const [name, step] of Object.entries(steps)) {
    await step(bench).catch((error: unknown) => broken.push(`${name}: ${error instanceof Error ? error.message : String(error)}`));
  }
  expectThat(broken.length === 0, broken.join('\n'));
}

export const windowsFiles: Scenario = {
  name: 'windows-files',
  title:
    'Files that other programs hold, and paths of every form: imported, registered, removed and renamed on a data directory on drive D:, or refused with a sentence.',
  tier: 'windows',
  needs: WINDOWS_NEEDS,
  timeoutMs: 420_000,
  run,
};
