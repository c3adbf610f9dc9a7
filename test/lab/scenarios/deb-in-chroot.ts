import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Appliance, type Program } from '../appliance.ts';
import { ALPHA, assignAlpha, CONFIG_TEMPLATE, expectWholeBoot, powerOn } from '../boot-run.ts';
import { Debian } from '../desktop/debian.ts';
import { buildDesktopDeb } from '../desktop/package.ts';
import { buildLabIso } from '../iso.ts';
import { makeLabNetwork, POOL, type LabNetwork } from '../lab-network.ts';
import { NODE } from '../namespace.ts';
import { pause } from '../process.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const ROOT = join(import.meta.dirname, '../../..');
const PORT_START = '/proc/sys/net/ipv4/ip_unprivileged_port_start';

/**
 * What apt and dpkg note of their own runs; what the user's programs leave is in the user's home. dpkg removes /opt with the last package that
 * used it.
 */
const NOTES = /^\/(opt$|var\/(log|cache|lib\/(apt|dpkg))|home\/tech|tmp|root)(\/|$)/;

/** The paths that differ, without those notes. */
function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => !NOTES.test(path) && before.get(path) !== after.get(path)).sort();
}

/** The command of the .desktop file, without its place for files. */
function commandOf(entry: string): string[] {
  const exec = /^Exec=(.*)$/m.exec(entry)?.[1] ?? '';
  expectThat(exec.endsWith(' %U'), `the .desktop file starts "${exec}", which takes no files`);
  return exec.replace(' %U', '').split(' ');
}

/** The desktop as the plain user starts it; the command line of this checkout talks to it. */
async function startDesktop(lab: Lab, bench: LabNetwork, debian: Debian): Promise<Appliance> {
  const command = commandOf(await debian.must(['cat', '/usr/share/applications/bootbench.desktop']));
  const dataDir = join(lab.dir, 'data');
  const program: Program = {
    // Without `serve --data-dir …`: the installed program has a place of its own.
    spawn: (args) => debian.spawnAsUser([...command, '--remote-debugging-port=0', ...args.slice(3)]),
    exec: (args, options) => bench.ns.exec([NODE, join(ROOT, 'bin/bootbench.mjs'), ...args], options),
  };
  const args = ['--nic', 'br0', '--dhcp', 'full', '--pool', POOL];
  const appliance = lab.use(
    await Appliance.start(bench.ns, { dataDir, args, system: { program, pathOf: (path) => path }, timeoutMs: 60_000 }),
  );
  mkdirSync(dataDir);
  copyFileSync(debian.pathOf('home/tech/.local/share/bootbench/api-token'), join(dataDir, 'api-token'));
  return appliance;
}

/** Drops the lab's ISO on the window, and lists the config in it. */
async function dropIso(lab: Lab, bench: LabNetwork, debian: Debian, appliance: Appliance): Promise<void> {
  const { text } = await appliance.process.waitFor(/DevTools listening on ws:/);
  const endpoint = /ws:\S+/.exec(text)?.[0] ?? '';
  copyFileSync(await buildLabIso(), debian.pathOf('home/tech/lab.iso'));
  const picture = join(lab.dir, 'window.png');
  const script = join(import.meta.dirname, '../desktop/drop.ts');
  lab.fact('the dropped ISO in the window', (await bench.ns.must([NODE, script, endpoint, '/home/tech/lab.iso', picture])).trim());
  const config = join(lab.dir, 'lab.conf');
  writeFileSync(config, CONFIG_TEMPLATE);
  await appliance.must('config', 'add', 'lab-config', '--format', 'other', config);
  await appliance.must('image', 'set', 'lab', '--configs', 'lab-config');
}

/** The namespaces and the system call filter of the page's process, and the user namespace of everything else. */
const RENDERER = `
  for process in /proc/[0-9]*; do
    tr '\\0' ' ' < $process/cmdline | grep -q -- '--type=[r]enderer' || continue
    echo "$(readlink $process/ns/user) $(readlink $process/ns/net) $(grep ^Seccomp: $process/status | tr -d '\\t')"
  done
  readlink /proc/self/ns/user
`;

/** The page is in user namespaces of its own and has a system call filter, once its process has started. */
async function expectSandbox(lab: Lab, debian: Debian): Promise<void> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { stdout } = await debian.exec(['bash', '-c', RENDERER]);
    const [renderer = '', own] = stdout.trim().split('\n');
    const isSandboxed = renderer.includes('Seccomp:2') && own !== undefined && !renderer.includes(own);
    if (isSandboxed) {
      lab.fact('the page’s process', renderer);
      return;
    }
    expectThat(Date.now() < deadline, `the page has no sandbox: ${stdout}`);
    await pause(500);
  }
}

async function install(lab: Lab, debian: Debian, deb: string): Promise<void> {
  const inside = `/root/${basename(deb)}`;
  copyFileSync(deb, debian.pathOf(inside));
  lab.say((await debian.must(['apt-get', '-q', 'install', '-y', '--no-install-recommends', inside], { timeoutMs: 180_000 })).trim());
  expectThat((await debian.must(['cat', PORT_START])).trim() === '67', 'the low ports are not open after the installation');
  const cache = await debian.must(['cat', '/usr/share/applications/mimeinfo.cache']);
  const associated = cache.split('\n').filter((line) => line.includes('bootbench.desktop'));
  lab.fact(
    'opened with Bootbench',
    associated.map((line) => line.split('=')[0] ?? ''),
  );
  expectThat(associated.length === 2, `ISOs are not associated with it: ${cache}`);
}

/** Every part of the installed program works for the plain user. */
async function expectHealthy(lab: Lab, debian: Debian): Promise<void> {
  const command = commandOf(await debian.must(['cat', '/usr/share/applications/bootbench.desktop']));
  const doctor = debian.spawnAsUser([...command, '--doctor', '--nic', 'br0']);
  const code = await doctor.exited;
  const lines = doctor.lines.map(({ text }) => text).filter((text) => /^[●▲■]/.test(text));
  lab.fact('doctor', lines);
  expectThat(code === 0 && lines.length > 12, `doctor ended with ${code}: ${doctor.lines.map(({ text }) => text).join(' ')}`);
}

async function remove(lab: Lab, debian: Debian, before: ReadonlyMap<string, string>): Promise<void> {
  for (const how of ['remove', 'purge']) {
    await debian.must(['apt-get', '-q', how, '-y', 'bootbench'], { timeoutMs: 120_000 });
    const left = changes(before, await debian.tree());
    lab.fact(`paths that differ after ${how}`, left.length === 0 ? 'none' : left);
    expectThat(left.length === 0, `after ${how} these differ: ${left.join(' ')}`);
  }
  expectThat((await debian.must(['cat', PORT_START])).trim() === '1024', 'the low ports stay open after the removal');
  const known = await debian.exec(['dpkg-query', '-W', 'bootbench']);
  expectThat(known.code !== 0, `dpkg still knows it: ${known.stdout}`);
}

export const debInChroot: Scenario = {
  name: 'deb-in-chroot',
  title:
    'The deb is installed in a Debian; a plain user starts it, drops an ISO on its window and boots a machine; its removal leaves nothing but the user’s data.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'boot-files', 'appliance', 'dnsmasq', 'tcpdump', 'electron-22', 'debian-desktop'],
  timeoutMs: 600_000,
  async run(lab) {
    const deb = await buildDesktopDeb(join(lab.dir, 'package'));
    const bench = await makeLabNetwork(lab);
    const debian = lab.use(await Debian.start(bench.ns, join(lab.dir, 'debian')));
    const before = await debian.tree();
    await install(lab, debian, deb);
    lab.fact('files installed', changes(before, await debian.tree()).length);

    const display = debian.spawnAsUser(['Xvfb', ':7', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp']);
    await expectHealthy(lab, debian);
    const appliance = await startDesktop(lab, bench, debian);
    await expectSandbox(lab, debian);
    await dropIso(lab, bench, debian, appliance);
    await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip);
    await appliance.must('host', 'set', ALPHA.name, 'vars.role=bench');
    await assignAlpha(appliance);
    const machine = await powerOn(lab, bench, { firmware: 'bios' });
    await expectWholeBoot(lab, machine, appliance);
    const code = await appliance.stop();
    expectThat(code === 0, `the desktop ended with ${code}`);
    await display.stop();

    await remove(lab, debian, before);
    const data = readFileSync(debian.pathOf('home/tech/.local/share/bootbench/bootbench.db'));
    expectThat(data.length > 0, 'the user’s data is gone');
    lab.fact('user’s database after the removal', `${data.length} bytes`);
  },
};
