// A small Debian with what a desktop program needs, for tests that install the deb: in the cache folder, made by debootstrap (root), which
// checks Debian's signatures. Plain JS for Node 18 and newer.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const RELEASE = 'bookworm';
const FOLDER = resolve(dirname(fileURLToPath(import.meta.url)), '../test/output/lab-cache/debian-desktop');

/** What the deb depends on, and a display. Of a desktop: the programs that its scripts call. */
const PACKAGES = `
  libgtk-3-0 libnotify4 libnss3 libxss1 libxtst6 xdg-utils libatspi2.0-0 libuuid1 libsecret-1-0 libasound2 libgbm1 iproute2 procps
  xvfb fonts-dejavu-core desktop-file-utils shared-mime-info gtk-update-icon-cache hicolor-icon-theme
`
  .trim()
  .split(/\s+/);

/** Makes it unless it is there; about a minute and 600 MB. Throws an Error with a sentence when that fails. */
export function ensureDebianRoot(say) {
  if (existsSync(join(FOLDER, 'ready'))) return say('The Debian that the deb is installed in is ready.');
  say('Making a Debian that the deb is installed in…');
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(dirname(FOLDER), { recursive: true });
  const work = mkdtempSync(join(dirname(FOLDER), 'tmp-'));
  try {
    run('debootstrap', ['--variant=minbase', RELEASE, work, mirror()]);
    copyFileSync('/etc/resolv.conf', join(work, 'etc/resolv.conf'));
    writeFileSync(join(work, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    const install = `apt-get -q -o APT::Sandbox::User=root install -y --no-install-recommends ${PACKAGES.join(' ')} && apt-get clean && useradd -m tech`;
    const script = 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" sh -ec "$1"';
    run('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', script, work, install]);
    writeFileSync(join(work, 'ready'), '');
    run('chmod', ['755', work]);
    renameSync(work, FOLDER);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The mirror that this computer's apt has Debian from. */
function mirror() {
  const format = ['--format', '$(SITE) $(LABEL) $(COMPONENT)', 'Created-By: Packages'];
  const lines = spawnSync('apt-get', ['indextargets', ...format], { encoding: 'utf8' }).stdout.split('\n');
  const site = lines.map((line) => line.split(' ')).find(([, label, component]) => label === 'Debian' && component === 'main')?.[0];
  if (site === undefined) throw new Error('apt has no mirror of Debian: check its sources.');
  return site;
}

function run(program, args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const done = spawnSync(program, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.status !== 0) throw new Error(`${program} failed (${done.status ?? done.error?.message}); the deb cannot be tested.`);
}
