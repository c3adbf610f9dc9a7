import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..', '..');
const PROGRAMS = ['dash', 'cat', 'chmod', 'cp', 'grep', 'ln', 'mkdir', 'readlink', 'rm'];
/** What a desktop has and a small server may not; each notes how it was called. */
const HELPERS = ['sysctl', 'apparmor_parser', 'update-mime-database', 'update-desktop-database', 'gtk-update-icon-cache'];

export interface System {
  readonly root: string;
  /** Runs a maintainer script as dpkg does; gives its exit code and what it printed. */
  run(script: 'postinst' | 'postrm', ...args: string[]): { code: number | null; output: string };
  read(path: string): string | undefined;
  write(path: string, text: string, mode?: number): void;
  /** The helpers' calls since the last time this was asked. */
  calls(): string[];
}

/** A small system in a folder, with the package's files unpacked: this machine's shell and tools, its own /etc, /proc and helpers. */
export function makeSystem({ helpers = 'work' }: { helpers?: 'work' | 'fail' | 'absent' } = {}): System {
  const root = mkdtempSync(join(tmpdir(), 'packaging-'));
  const at = (path: string): string => join(root, path);
  const write = (path: string, text: string, mode = 0o644): void => {
    mkdirSync(dirname(at(path)), { recursive: true });
    writeFileSync(at(path), text);
    chmodSync(at(path), mode);
  };
  const read = (path: string): string | undefined => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : undefined);

  for (const script of ['postinst', 'postrm']) write(script, readFileSync(join(PROJECT, 'resources/packaging/deb', script), 'utf8'), 0o755);
  write('opt/Bootbench/bootbench', '', 0o755);
  write('opt/Bootbench/chrome-sandbox', '', 0o755);
  write('opt/Bootbench/resources/apparmor-profile', readFileSync(join(PROJECT, 'resources/packaging/deb/apparmor-profile'), 'utf8'));
  write('dev/null', '', 0o666);
  write('proc/sys/net/ipv4/ip_unprivileged_port_start', '1024\n');
  mkdirSync(at('etc/apparmor.d'), { recursive: true });
  if (helpers !== 'absent')
    for (const name of HELPERS) {
      const note = `#!/bin/sh\necho "${name} $*" >>"$CALLS"\n`;
      write(`helpers/${name}`, note + (helpers === 'fail' ? 'echo broken >&2\nexit 1\n' : ''), 0o755);
    }

  return {
    root,
    read,
    write,
    run(script, ...args) {
      const inside = process.getuid?.() === 0;
      if (inside) copyPrograms(root);
      const { status, stdout, stderr } = inside ? runInChroot(root, script, args) : runByPrefix(root, script, args);
      return { code: status, output: stdout + stderr };
    },
    calls() {
      const noted = read('calls') ?? '';
      write('calls', '');
      return noted.split('\n').filter((line) => line !== '');
    },
  };
}

/** As dpkg --root: the script sees nothing but the small system. */
function runInChroot(root: string, script: string, args: string[]) {
  // The last two are where chroot itself is found; inside they hold no programs.
  const env = { PATH: '/helpers:/bin:/usr/sbin:/usr/bin', CALLS: '/calls' };
  return spawnSync('chroot', [root, '/bin/dash', `/${script}`, ...args], { env, encoding: 'utf8' });
}

/** As dpkg --force-script-chrootless: the script runs outside and keeps to DPKG_ROOT. Needs no rights. */
export function runByPrefix(root: string, script: string, args: string[]) {
  const env = { PATH: `${join(root, 'helpers')}:/usr/bin:/bin`, CALLS: join(root, 'calls'), DPKG_ROOT: root };
  return spawnSync('dash', [join(root, script), ...args], { env, encoding: 'utf8' });
}

function copyPrograms(root: string): void {
  if (existsSync(join(root, 'bin/dash'))) return;
  mkdirSync(join(root, 'bin'), { recursive: true });
  for (const name of PROGRAMS) {
    const program = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    copyFileSync(program, join(root, 'bin', name));
    chmodSync(join(root, 'bin', name), 0o755);
    for (const library of librariesOf(program)) {
      mkdirSync(dirname(join(root, library)), { recursive: true });
      copyFileSync(library, join(root, library));
      chmodSync(join(root, library), 0o755);
    }
  }
  // A script's first line names it so.
  copyFileSync(join(root, 'bin/dash'), join(root, 'bin/sh'));
}

function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return [...stdout.matchAll(/(\/\S+) \(0x/g)].flatMap(([, path]) => path ?? []);
}
