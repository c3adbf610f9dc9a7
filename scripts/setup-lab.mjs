// Installs what the lab and the tests in Electron need (Debian, root), and fetches a Debian kernel for the lab's guests, an older Electron
// and a Debian that the deb is installed in. Plain JS for Node 18 and newer.
//   npm run setup:lab
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianRoot } from './debian-root.mjs';
import { ensureGuestKernel, kernelPackage } from './guest-kernel.mjs';
import { ensureOlderElectron } from './older-electron.mjs';

const POLICY = '/usr/sbin/policy-rc.d';

/** From PyPI; test/lab/needs.ts has the same version. */
const SCHEMATHESIS = '4.32.5';

const PACKAGES = `
  qemu-system-x86 qemu-utils qemu-block-extra libiscsi-bin tgt ovmf ipxe-qemu
  dnsmasq-base nginx-light wrk tftpd-hpa faketime isc-dhcp-client tftp-hpa curl httpfs2 nbdkit libnbd-bin
  xorriso genisoimage python3-pycdlib libarchive-tools p7zip-full mtools dosfstools busybox-static cpio isolinux syslinux-common grub-pc-bin grub-efi-amd64-bin grub-common
  shim-signed grub-efi-amd64-signed systemd-boot-efi gdisk fdisk
  udftools binutils grub-rescue-pc memtest86+ ipxe debian-installer-12-netboot-amd64
  openipmi ipmitool python3-pyghmi redfishtool python3-sushy python3-venv
  socat ser2net openssh-server openssh-client util-linux
  openssl iproute2 iputils-ping tcpdump procps chromium debootstrap nsis
  dnf dnf-plugins-core rpm createrepo-c gpg
  xvfb openbox xdotool wmctrl x11-utils dbus dbus-bin gnome-keyring libsecret-1-0 python3-pip
`
  .trim()
  .split(/\s+/);

function main() {
  const obstacle = obstacleHere();
  if (obstacle) fail(obstacle);
  const missing = PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length > 0) install(missing);
  else say('All packages for the lab are installed.');
  fetchKernel();
  // rEFInd's package would write to this machine's EFI partition, open-iscsi's would install a daemon, and kubernetes-client's would write
  // its kubectl over one from elsewhere.
  unpack('refind', ['refind'], 'usr/share/refind/refind/refind_x64.efi');
  unpack('open-iscsi', ['open-iscsi', 'libopeniscsiusr', 'libisns0', 'libkmod2'], 'sbin/iscsistart');
  unpack('kubernetes-client', ['kubernetes-client'], 'usr/bin/kubectl');
  fetchSchemathesis();
  attempt(ensureOlderElectron);
  attempt(ensureDebianRoot);
}

function obstacleHere() {
  if (process.platform !== 'linux' || !existsSync('/etc/debian_version')) return 'The lab is set up with apt, on Debian only.';
  if (process.arch !== 'x64') return 'The lab boots x86-64 guests with Debian’s amd64 kernel; set it up on an amd64 machine.';
  if (process.getuid() !== 0) return 'Setting up the lab installs Debian packages: run it as root.';
  return undefined;
}

function isInstalled(name) {
  const answer = spawnSync('dpkg-query', ['-W', '-f=${Status}', name], { encoding: 'utf8' });
  return answer.stdout === 'install ok installed';
}

/** Some of these packages bring a daemon; none of them may listen on a machine that only runs tests, now or after its next start. */
function install(missing) {
  say(`Installing ${missing.join(' ')}…`);
  const before = startedAtBoot();
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    must('apt-get', ['-q', 'update']);
    must('apt-get', ['-q', '-y', 'install', '--no-install-recommends', ...missing]);
  } finally {
    if (ownPolicy) rmSync(POLICY, { force: true });
  }
  disableServices(before);
}

const UNITS = '/etc/systemd/system';
const RUNLEVELS = ['/etc/rc2.d', '/etc/rc3.d', '/etc/rc4.d', '/etc/rc5.d'];

/** What starts with the computer: units of systemd, and scripts of System V init, which openipmi and others bring in addition. */
function startedAtBoot() {
  const namesIn = (folder) => (existsSync(folder) ? readdirSync(folder) : []);
  const units = namesIn(UNITS).filter((name) => name.endsWith('.wants'));
  const scripts = RUNLEVELS.flatMap(namesIn).filter((name) => name.startsWith('S'));
  return { units: new Set(units.flatMap((name) => namesIn(join(UNITS, name)))), scripts: new Set(scripts.map((name) => name.slice(3))) };
}

/** Those that the packages brought; what was enabled before stays. */
function disableServices(before) {
  const after = startedAtBoot();
  const units = [...after.units].filter((name) => !before.units.has(name));
  const scripts = [...after.scripts].filter((name) => !before.scripts.has(name));
  if (units.length > 0 && existsSync('/usr/bin/systemctl'))
    must('systemctl', ['disable', ...(existsSync('/run/systemd/system') ? ['--now'] : []), ...units]);
  for (const script of scripts) must('update-rc.d', [script, 'disable']);
  const names = new Set([...units, ...scripts]);
  if (names.size > 0) say(`Disabled, because the lab starts its own: ${[...names].join(', ')}`);
}

/** The kernel goes into the cache folder only; nothing of it is installed. */
function fetchKernel() {
  if (!kernelPackage()) must('apt-get', ['-q', 'update']);
  try {
    ensureGuestKernel(say);
  } catch (error) {
    fail(error.message);
  }
}

/** Packages that are unpacked into a folder of the cache and never installed, unless this file of theirs is there. */
function unpack(name, packages, mark) {
  const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../test/output/lab-cache', name);
  if (existsSync(join(folder, mark))) return say(`Unpacked: ${name}.`);
  const work = mkdtempSync(join(tmpdir(), 'lab-'));
  try {
    const script =
      'cd "$1"; folder=$2; shift 2; apt-get -q -o APT::Sandbox::User=root download "$@"; mkdir -p "$folder"; for deb in *.deb; do dpkg-deb -x "$deb" "$folder"; done';
    must('sh', ['-ec', script, 'sh', work, folder, ...packages]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Debian does not have it. Its environment is in the cache folder; a newer version here makes a new one. */
function fetchSchemathesis() {
  const folder = resolve(dirname(fileURLToPath(import.meta.url)), `../test/output/lab-cache/schemathesis-${SCHEMATHESIS}`);
  if (existsSync(join(folder, 'ready'))) return say('schemathesis is ready.');
  say(`Installing schemathesis ${SCHEMATHESIS}…`);
  rmSync(folder, { recursive: true, force: true });
  must('/usr/bin/python3', ['-m', 'venv', folder]);
  must(join(folder, 'bin/pip'), ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${SCHEMATHESIS}`]);
  writeFileSync(join(folder, 'ready'), '');
}

/** Runs one that throws a sentence. */
function attempt(ensure) {
  try {
    ensure(say);
  } catch (error) {
    fail(error.message);
  }
}

function must(program, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync(program, args, { env, stdio: 'inherit' });
  if (done.status !== 0) fail(`${program} ${args.slice(0, 3).join(' ')} … failed (${done.status ?? done.error?.message}).`);
}

function say(text) {
  console.log(text);
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

main();
