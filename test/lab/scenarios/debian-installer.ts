import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchEvent, EventType } from '../../../contract/appliance.ts';
import type { Appliance } from '../appliance.ts';
import { makeLabNetwork, SERVER, startOnLabNetwork, type LabNetwork } from '../lab-network.ts';
import { ALPHA, argumentsOf, expectEvents, hostOf } from '../boot-run.ts';
import { buildInstalledDisk, INSTALLED_ARGUMENT, INSTALLED_DISK_SAYS, makeBlankDisk } from '../debian-installer/installed-disk.ts';
import { buildInstallerIso } from '../debian-installer/installer-iso.ts';
import { Capture } from '../namespace.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab, type Scenario } from '../scenario.ts';

const FILES = join(import.meta.dirname, '../debian-installer');
/** The installer asks, whatever the priority, where DHCP names no router and no name server; these are the answers. */
const NO_INTERNET = 'netcfg/no_default_route=true netcfg/get_nameservers=';
/** What the profile of Debian's installer cannot know; that the preseed is at a URL, and which, comes from it. */
const ARGUMENTS = `${NO_INTERNET} DEBIAN_FRONTEND=text console=ttyS0`;
/** What the installed system must receive, written without the appliance's template code. */
const POST_INSTALL = `# first boot of the installed system\nhost=${ALPHA.name}\naddress=${ALPHA.ip}\nimage=debian\nrole=bench\n`;
const FAILED = /LAB-ERROR|Kernel panic|No bootable device|did not boot/;

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
  const machine = powerOn(lab, bench, disk, 'install');
  await reach(lab, machine, 'the installer’s early command', /LAB-INSTALLER-CMDLINE/, 360_000);
  judgeArguments(lab, machine.said('INSTALLER-CMDLINE') ?? '');
  await reach(lab, machine, 'the end of the installation', /LAB-INSTALLED$/, 120_000);
  await judgeSystem(lab, machine);
  expectThat(occurrences(machine, 'LAB-INSTALLER ') === 1, 'the installer ran more than once');
}

/** Switched on the next morning. */
async function bootAgain(lab: Lab, bench: LabNetwork, disk: string): Promise<void> {
  const machine = powerOn(lab, bench, disk, 'again');
  await judgeSystem(lab, machine);
  expectThat(occurrences(machine, 'LAB-INSTALLER ') === 0, 'the installer ran again');
}

/**
 * A machine whose disk is a USB drive: Debian's netboot initrd has no driver for a virtio or SATA one. The processor has a source of
 * random numbers, which saves the installer collecting them.
 */
function powerOn(lab: Lab, bench: LabNetwork, disk: string, label: string): Machine {
  const dir = join(lab.dir, label);
  mkdirSync(dir);
  const drive = ['-drive', `if=none,id=usb,format=raw,file=${disk}`, '-device', 'usb-storage,drive=usb,bootindex=3'];
  const extra = ['-m', '1024', '-cpu', 'max', '-device', 'VGA', '-device', 'qemu-xhci', ...drive];
  return lab.use(new Machine(bench.ns, { ...ALPHA, firmware: 'bios', net: { tap: 'tap0' }, reboots: true, dir, extra }));
}

async function judgeSystem(lab: Lab, machine: Machine): Promise<void> {
  await reach(lab, machine, 'the boot loader on the disk', new RegExp(INSTALLED_DISK_SAYS), 90_000);
  await reach(lab, machine, 'the installed system', /LAB-DONE/, 120_000);
  expectThat(argumentsOf(machine).includes(INSTALLED_ARGUMENT), `it is not the installed system that runs: ${argumentsOf(machine)}`);
  expectThat(machine.said('CONFIG-URL')?.endsWith('/api/v1/bootconfig') === true, 'the installed system got the URL of its config');
  const said = machine.said('CONFIG-SHA256') ?? 'none';
  const right = createHash('sha256').update(POST_INSTALL).digest('hex');
  expectThat(said === right, `the installed system fetched a config of sha256 ${said}, not ${right}`);
  lab.fact('sha256 of the config after the installation', said);
  await machine.serial.exited;
}

async function reach(lab: Lab, machine: Machine, what: string, pattern: RegExp, timeoutMs: number): Promise<void> {
  const { at } = await machine.waitFor(pattern, timeoutMs, FAILED);
  lab.fact(`seconds to ${what}${occurrences(machine, 'LAB-INSTALLER ') === 0 ? ', switched on again' : ''}`, Math.round(at * 10) / 10);
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

function occurrences(machine: Machine, text: string): number {
  return machine.serial.lines.filter((line) => line.text.includes(text)).length;
}

/** Sha256 of a file's first bytes. */
async function digestOf(file: string, length = Infinity): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { end: length - 1 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
