import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { ALPHA, expectEvents, hostOf } from '../boot-run.ts';
import { buildInstalledDisk, makeBlankDisk } from '../debian-installer/installed-disk.ts';
import { buildInstallerIso } from '../debian-installer/installer-iso.ts';
import { digestOf, installations, judgeInstalledSystem, powerOnWithDisk, reach } from '../debian-installer/machine.ts';
import { Capture } from '../namespace.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const FILES = join(import.meta.dirname, '../debian-installer');
/** The installer asks, whatever the priority, where DHCP names no router and no name server; these are the answers. */
const NO_INTERNET = 'netcfg/no_default_route=true netcfg/get_nameservers=';
/** What the profile of Debian's installer cannot know; that the preseed is at a URL, and which, comes from it. */
const ARGUMENTS = `${NO_INTERNET} DEBIAN_FRONTEND=text console=ttyS0`;
/** What the installed system must receive, written without the appliance's template code. */
const POST_INSTALL = `# first boot of the installed system\nhost=${ALPHA.name}\naddress=${ALPHA.ip}\nimage=debian\nrole=bench\n`;

export const debianInstaller: Scenario = {
  name: 'debian-installer',
  title: 'Debian’s installer takes its preseed, writes a disk and phones home; the machine boots that disk and never installs twice.',
  tier: 'full',
  needs: ['root', 'qemu', 'iso-tools', 'guest-kernel', 'debian-installer', 'appliance', 'dnsmasq', 'tcpdump'],
  timeoutMs: 600_000,
  async run(lab) {
    const system = await buildInstalledDisk();
    const iso = await buildInstallerIso(system);
    const bench = await makeLabNetwork(lab);
    const appliance = await startOnLabNetwork(lab, bench);
    await assignInstallation(appliance, iso);
    lab.use(await Capture.start(bench.ns, 'br0', join(lab.dir, 'wire.pcap'), 'udp or arp'));
    const disk = await makeBlankDisk(join(lab.dir, 'disk.img'));
    await installAndBoot(lab, bench, disk);
    expectThat((await digestOf(disk, statSync(system).size)) === (await digestOf(system)), 'the disk is not what the installer was given');
    judgeInstallation(lab, await appliance.events());
    await bootAgain(lab, bench, disk);
    judgeRest(await appliance.events());
    const { assignment } = await hostOf(appliance, ALPHA.name);
    expectThat(assignment?.state === 'done', `the assignment is ${assignment?.state ?? 'gone'}, not done`);
  },
};

async function assignInstallation(appliance: Appliance, iso: string): Promise<void> {
  await appliance.must('config', 'add', 'unattended', '--format', 'preseed', join(FILES, 'preseed.cfg'));
  await appliance.must('config', 'add', 'first-boot', '--format', 'other', join(FILES, 'post-install.conf'));
  await appliance.must('image', 'add', iso, '--name', 'debian', '--configs', 'unattended');
  await appliance.must('host', 'add', ALPHA.name, '--mac', ALPHA.mac, '--ip', ALPHA.ip);
  await appliance.must('host', 'set', ALPHA.name, 'vars.role=bench');
  const what = ['--image', 'debian', '--config', 'unattended', '--args', ARGUMENTS, '--method', 'http-san'];
  await appliance.must('assign', ALPHA.name, ...what, '--once', '--after-config', 'first-boot');
}

/** From the empty disk to the installed system's first boot, after which it switches itself off. */
async function installAndBoot(lab: Lab, bench: LabNetwork, disk: string): Promise<void> {
  const machine = powerOnWithDisk(lab, bench, disk, 'install');
  await reach(lab, machine, 'the installer’s early command', /LAB-INSTALLER-CMDLINE/, 360_000);
  judgeArguments(lab, machine.said('INSTALLER-CMDLINE') ?? '');
  await reach(lab, machine, 'the end of the installation', /LAB-INSTALLED$/, 120_000);
  await judgeInstalledSystem(lab, machine, POST_INSTALL);
  expectThat(installations(machine) === 1, 'the installer ran more than once');
}

/** Switched on the next morning. */
async function bootAgain(lab: Lab, bench: LabNetwork, disk: string): Promise<void> {
  const machine = powerOnWithDisk(lab, bench, disk, 'again');
  await judgeInstalledSystem(lab, machine, POST_INSTALL);
  expectThat(installations(machine) === 0, 'the installer ran again');
}

function judgeArguments(lab: Lab, commandLine: string): void {
  lab.fact('installer’s kernel arguments', commandLine);
  const [before = '', after] = commandLine.split(' --- ');
  expectThat(after !== undefined && before.includes(`url=http://${SERVER}:7080/config/`), `no preseed before the dashes: ${commandLine}`);
}

/** The order of what happened, and that the assignment was done by evidence of the installer, not by a lease. */
function judgeInstallation(lab: Lab, events: readonly BenchEvent[]): void {
  expectEvents(events, [
    ...(['assignment.armed', 'dhcp.ack', 'script.served', 'iso.opened', 'iso.patched-read'] as const),
    ...(['dhcp.os-lease', 'config.served', 'boot.complete', 'script.served', 'dhcp.os-lease', 'config.served', 'boot.complete'] as const),
  ]);
  const done = only(events, 'assignment.done');
  const preseed = only(events, 'config.served', 'unattended');
  const [, localBoot] = all(events, 'script.served');
  expectThat(done.seq > preseed.seq, 'the assignment was done before the installer had its preseed');
  expectThat(localBoot !== undefined && done.seq < localBoot.seq, 'the assignment was not done when the machine came back');
  const evidence = (done.data.evidence as string[]).map((seq) => events.find((event) => event.seq === Number(seq))?.type ?? seq);
  expectThat(!evidence.includes('dhcp.os-lease'), `a lease was taken for evidence: ${evidence.join(', ')}`);
  lab.fact('events that completed it', evidence);
}

/** Over both times that it was switched on. */
function judgeRest(events: readonly BenchEvent[]): void {
  only(events, 'iso.opened');
  only(events, 'config.served', 'unattended');
  only(events, 'assignment.done');
  const scripts = all(events, 'script.served').map(({ message: text }) => text);
  expectThat(
    scripts.length === 3 && scripts.slice(1).every((text) => text.includes('its own disk')),
    `the scripts were: ${scripts.join(' | ')}`,
  );
  expectThat(all(events, 'config.served', 'first-boot').length === 2, 'the installed system did not fetch its config at each boot');
}

function all(events: readonly BenchEvent[], type: EventType, config?: string): BenchEvent[] {
  return events.filter((event) => event.type === type && (config === undefined || event.data.config === config));
}

function only(events: readonly BenchEvent[], type: EventType, config?: string): BenchEvent {
  const [found, ...more] = all(events, type, config);
  expectThat(found !== undefined && more.length === 0, `${type} ${config ?? ''} happened ${found ? 1 + more.length : 0} times, not once`);
  return found;
}
