import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ALPHA, argumentsOf } from '../boot-run.ts';
import type { LabNetwork } from '../lab-network.ts';
import { Machine } from '../qemu.ts';
import { expectThat, type Lab } from '../scenario.ts';
import { INSTALLED_ARGUMENT, INSTALLED_DISK_SAYS } from './installed-disk.ts';

const FAILED = /LAB-ERROR|Kernel panic|No bootable device|did not boot/;

/**
 * A machine whose disk is a USB drive: Debian's netboot initrd has no driver for a virtio or SATA one. The processor has a source of
 * random numbers, which saves the installer collecting them.
 */
export function powerOnWithDisk(lab: Lab, bench: LabNetwork, disk: string, label: string): Machine {
  const dir = join(lab.dir, label);
  mkdirSync(dir);
  const drive = ['-drive', `if=none,id=usb,format=raw,file=${disk}`, '-device', 'usb-storage,drive=usb,bootindex=3'];
  const extra = ['-m', '1024', '-cpu', 'max', '-device', 'VGA', '-device', 'qemu-xhci', ...drive];
  return lab.use(new Machine(bench.ns, { ...ALPHA, firmware: 'bios', net: { tap: 'tap0' }, reboots: true, dir, extra }));
}

/** Waits for a line on the way of an installation, and reports when it came. */
export async function reach(lab: Lab, machine: Machine, what: string, pattern: RegExp, timeoutMs: number): Promise<void> {
  const { at } = await machine.waitFor(pattern, timeoutMs, FAILED);
  lab.fact(`seconds to ${what}${installations(machine) === 0 ? ', switched on again' : ''}`, Math.round(at * 10) / 10);
}

/** The system that the installer wrote starts from the disk, and fetches this config from the URL without a token. It switches itself off then. */
export async function judgeInstalledSystem(lab: Lab, machine: Machine, config: string): Promise<void> {
  await reach(lab, machine, 'the boot loader on the disk', new RegExp(INSTALLED_DISK_SAYS), 90_000);
  await reach(lab, machine, 'the installed system', /LAB-DONE/, 120_000);
  expectThat(argumentsOf(machine).includes(INSTALLED_ARGUMENT), `it is not the installed system that runs: ${argumentsOf(machine)}`);
  expectThat(machine.said('CONFIG-URL')?.endsWith('/api/v1/bootconfig') === true, 'the installed system got the URL of its config');
  const said = machine.said('CONFIG-SHA256') ?? 'none';
  const right = createHash('sha256').update(config).digest('hex');
  expectThat(said === right, `the installed system fetched a config of sha256 ${said}, not ${right}`);
  lab.fact('sha256 of the config after the installation', said);
  await machine.serial.exited;
}

/** How often the installer ran. */
export function installations(machine: Machine): number {
  return machine.serial.lines.filter((line) => line.text.includes('LAB-INSTALLER ')).length;
}

/** Sha256 of a file's first bytes. */
export async function digestOf(file: string, length = Infinity): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { end: length - 1 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
