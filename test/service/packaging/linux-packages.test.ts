import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Running } from '../../lab/process.ts';
import { at, BUILD_TIMEOUT_MS, ensureBuilt } from './built.ts';
import { FPM, makeHeadlessArchive, pack } from './pack.ts';

const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const isRoot = process.getuid?.() === 0;
const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as { version: string };
const ANY_PORTS = ['--api', '127.0.0.1:0', '--http-port', '0', '--tftp-port', '0', '--iscsi-port', '0'];

/** What Fedora's own packages bring of the folders that ours uses. */
const FOLDERS_OF_FEDORA = [
  ...['bin', 'dev', 'etc/sysctl.d', 'opt', 'usr/bin', 'usr/share/applications', 'usr/share/doc', 'usr/share/icons/hicolor/512x512/apps'],
  'var/lib/rpm',
];
/** How Debian and Fedora name this machine's architecture. */
const DEB_ARCH = process.arch === 'x64' ? 'amd64' : process.arch;
const RPM_ARCH = process.arch === 'x64' ? 'x86_64' : 'aarch64';

describe.runIf(process.platform === 'linux')('the packages for Linux', () => {
  let folder: string;
  let unpacked: string;

  beforeAll(() => {
    ensureBuilt();
    folder = mkdtempSync(join(tmpdir(), 'packages-'));
    unpacked = pack(folder, false);
  }, BUILD_TIMEOUT_MS);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const must = (program: string, ...args: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
    expect(status, `${program} ${args.join(' ')}: ${error?.message ?? ''}${stdout}${stderr}`).toBe(0);
    return stdout;
  };

  /** electron-builder with the project's own fpm, uncompressed; gives the file. */
  const build = (target: 'deb' | 'rpm'): string => {
    const config = join(folder, `${target}.json`);
    const fpm = [`--${target}-compression=none`, 'LICENSE=/usr/share/doc/bootbench/copyright'];
    const output = join(folder, target);
    writeFileSync(config, JSON.stringify({ extends: at('electron-builder.yml'), directories: { output }, [target]: { fpm } }));
    const builder = [at('node_modules/electron-builder/cli.js'), '--linux', target, '--prepackaged', unpacked, '--config', config];
    const env = { ...process.env, CUSTOM_FPM_PATH: FPM, VITEST: undefined };
    const { status, stdout, stderr } = spawnSync(process.execPath, builder, { cwd: at(), encoding: 'utf8', env });
    expect(status, stdout + stderr).toBe(0);
    return join(output, String(readdirSync(output).find((name) => name.endsWith(`.${target}`))));
  };

  describe.runIf(has('dpkg-deb'))('the deb', () => {
    let deb: string;
    beforeAll(() => void (deb = build('deb')), 120_000);

    it('names the program, its architecture and what it needs', () => {
      expect(deb).toMatch(new RegExp(`bootbench_${version}_${DEB_ARCH}\\.deb$`));
      const field = (name: string): string => must('dpkg-deb', '-f', deb, name).trim();
      expect([field('Package'), field('Version'), field('Architecture'), field('Section')]).toEqual([
        'bootbench',
        version,
        DEB_ARCH,
        'admin',
      ]);
      expect(field('Depends')).toContain('libasound2 | libasound2t64');
      expect(field('Recommends')).toBe('pkexec | policykit-1');
      expect(Number(field('Installed-Size'))).toBeGreaterThan(10_000);
      expect(field('Description').split('\n')).toHaveLength(2);
    });

    it('holds files of root that no one else can change, the scripts, and a checksum of each file', () => {
      const list = must('dpkg-deb', '-c', deb).trim().split('\n');
      for (const line of list) expect(line).toMatch(/^(d|-)r.xr-.r-.|^l|^-rw-r--r--/);
      expect(list.filter((line) => !line.includes('root/root'))).toEqual([]);
      const control = join(folder, 'control');
      must('dpkg-deb', '-e', deb, control);
      expect(readFileSync(join(control, 'postinst'), 'utf8')).toBe(readFileSync(at('resources/packaging/deb/postinst'), 'utf8'));
      expect(readFileSync(join(control, 'postrm'), 'utf8')).toBe(readFileSync(at('resources/packaging/deb/postrm'), 'utf8'));
      const root = join(folder, 'deb-root');
      must('dpkg-deb', '-x', deb, root);
      expect(spawnSync('md5sum', ['--check', '--quiet', join(control, 'md5sums')], { cwd: root, encoding: 'utf8' }).stdout).toBe('');
      for (const path of [
        'opt/Bootbench/resources/app.asar',
        'opt/Bootbench/resources/apparmor-profile',
        'usr/share/applications/bootbench.desktop',
        'usr/share/icons/hicolor/512x512/apps/bootbench.png',
        'usr/share/doc/bootbench/copyright',
      ])
        expect(existsSync(join(root, path)), path).toBe(true);
    });
  });

  describe.runIf(has('rpmbuild') && isRoot)('the rpm', () => {
    let rpm: string;
    beforeAll(() => void (rpm = build('rpm')), 120_000);

    it('names the program and its architecture as Fedora does', () => {
      expect(rpm).toMatch(new RegExp(`bootbench-${version}\\.${RPM_ARCH}\\.rpm$`));
      const tags = must('rpm', '-qp', '--queryformat', '%{NAME} %{VERSION} %{ARCH} %{OS} %{LICENSE}', rpm);
      expect(tags).toBe(`bootbench ${version} ${RPM_ARCH} linux Apache-2.0`);
      expect(must('rpm', '-qp', '--requires', rpm)).toContain('(alsa-lib or libasound2)');
    });

    it('is installed and removed without a trace', () => {
      const root = join(folder, 'rpm-root');
      for (const path of FOLDERS_OF_FEDORA) mkdirSync(join(root, path), { recursive: true });
      writeFileSync(join(root, 'dev/null'), '', { mode: 0o666 });
      // The scripts run inside the root; a static shell with its tools is all that this one has.
      must('cp', '/bin/busybox', join(root, 'bin/busybox'));
      for (const tool of ['sh', 'cat', 'chmod', 'cp', 'grep', 'ln', 'mkdir', 'readlink', 'rm'])
        symlinkSync('busybox', join(root, 'bin', tool));
      const tree = (): string[] =>
        readdirSync(root, { recursive: true, encoding: 'utf8' })
          .filter((path) => !path.startsWith('var'))
          .sort();
      const before = tree();
      const args = ['--root', root, '--nodeps', '--nosignature', '--dbpath', '/var/lib/rpm'];
      must('rpm', '-i', ...args, rpm);
      expect(readlinkSync(join(root, 'usr/bin/bootbench'))).toBe('/opt/Bootbench/bootbench');
      expect(readFileSync(join(root, 'etc/sysctl.d/60-bootbench.conf'), 'utf8')).toContain('ip_unprivileged_port_start=67');
      expect(existsSync(join(root, 'opt/Bootbench/resources/app.asar'))).toBe(true);
      must('rpm', '-e', ...args.filter((arg) => arg !== '--nosignature'), 'bootbench');
      expect(tree()).toEqual(before);
    });
  });

  it('the archive without a window runs with nothing but itself, from any folder and through a link', async () => {
    const archive = makeHeadlessArchive({
      root: at(),
      output: folder,
      node: process.execPath,
      version,
      resources: join(unpacked, 'resources'),
    });
    expect(archive).toMatch(new RegExp(`bootbench-${version}-linux-${process.arch}\\.tar\\.gz$`));
    const place = join(folder, 'a place of its own');
    mkdirSync(place);
    must('tar', '-xzf', archive, '-C', place);
    const program = join(place, 'link');
    symlinkSync(join(place, `bootbench-${version}-linux-${process.arch}`, 'bin', 'bootbench'), program);
    const bare = ['env', '-i', `HOME=${place}`, 'PATH=/usr/bin:/bin', program];
    expect(must('env', ...bare.slice(1), 'help')).toContain('serve');
    const checks = JSON.parse(must('env', ...bare.slice(1), 'doctor', '--json', '--data-dir', join(place, 'checked'), ...ANY_PORTS)) as {
      id: string;
      state: string;
    }[];
    expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
    await using appliance = new Running([...bare, 'serve', '--nic', 'lo', '--dhcp', 'off', ...ANY_PORTS]);
    const { text } = await appliance.waitFor(/"event":"ready"/);
    const { ui } = JSON.parse(text) as { ui: string };
    expect(await (await fetch(new URL('/', ui))).text()).toContain('<title>Bootbench</title>');
    expect(existsSync(join(place, '.local/share/bootbench/bootbench.db'))).toBe(true);
  }, 180_000);
});
