import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Namespace } from './namespace.ts';
import { Running, type Line } from './process.ts';

const OVMF = '/usr/share/OVMF';

/** The serial line says one of these when a boot has gone wrong for good: no use in waiting for the deadline. */
export const BOOT_FAILED = /PXE-E\d|Access Denied|Nothing to boot|No bootable device|^grub>|Kernel panic|LAB-ERROR|No more network devices/;

export type BootPlace = (typeof BOOT_ORDER)[number];
const BOOT_ORDER = ['medium', 'network', 'disk'] as const;

export interface MachineOptions {
  /**
   * bios: SeaBIOS with QEMU's iPXE network ROM. uefi: OVMF's own PXE client (no option ROM).
   * uefi-ipxe: OVMF with QEMU's iPXE option ROM, the fastest UEFI client.
   */
  firmware: 'bios' | 'uefi' | 'uefi-ipxe';
  mac: string;
  /** A tap of the namespace, or a whole `-netdev` value with `id=n`. Without, it has no network card. */
  net?: { tap: string } | { netdev: string };
  /** URL of an ISO, read through QEMU's curl driver as a BMC's virtual media reads it: as a CD, or as a USB stick. */
  medium?: { cdrom: string } | { usbDisk: string };
  /** A disk image. */
  disk?: string;
  /** What is booted before the rest of the order: medium, network, disk. */
  first?: BootPlace;
  uuid?: string;
  /** SMBIOS serial number and product name. */
  serial?: string;
  product?: string;
  /** Start again when the guest reboots; else QEMU ends then. */
  reboots?: boolean;
  /** Its serial port is this Unix socket, for one connection at a time, instead of QEMU's output. Without one, what it prints is lost. */
  serialPort?: string;
  /** A network ROM other than QEMU's own, by path. */
  rom?: string;
  /** More of QEMU's own words, after all others. */
  extra?: readonly string[];
  /** Folder for the firmware's variables and the serial log. */
  dir: string;
}

/** What a machine says on its serial line, read line by line from the process that prints it. */
export class SerialLine implements AsyncDisposable {
  readonly serial: Running;
  readonly #log: string;

  constructor(serial: Running, dir: string) {
    this.serial = serial;
    this.#log = join(dir, 'serial.log');
  }

  /** The first line of the serial console that matches; throws at the first sign of a failed boot. */
  waitFor(pattern: RegExp, timeoutMs: number, failure: RegExp | undefined = BOOT_FAILED): Promise<Line> {
    return this.serial.waitFor(pattern, timeoutMs, failure);
  }

  /** What follows `LAB-<KEY> ` in the newest such line; undefined when the guest has not said it. */
  said(key: string): string | undefined {
    return this.allSaid(key).at(-1);
  }

  /** What follows `LAB-<KEY> ` in each such line. */
  allSaid(key: string): string[] {
    const mark = `LAB-${key} `;
    const said = this.serial.lines.map(({ text }) => text.trimEnd()).filter((text) => text.includes(mark));
    return said.map((text) => text.slice(text.indexOf(mark) + mark.length));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.serial.stop(3000);
    this.serial.save(this.#log);
  }
}

/** A virtual machine in pure emulation. Without a namespace it runs on the host as it is. */
export class Machine extends SerialLine {
  constructor(ns: Namespace | undefined, options: MachineOptions) {
    const command = qemuCommand(options);
    super(ns ? ns.spawn(command) : new Running(command), options.dir);
  }
}

/** The command lines that were found to work without KVM (TCG). */
export function qemuCommand(options: MachineOptions): string[] {
  return [
    'qemu-system-x86_64',
    ...['-accel', 'tcg', '-nodefaults', '-display', 'none', ...serialPort(options)],
    ...(options.reboots ? [] : ['-no-reboot']),
    ...(options.firmware === 'bios' ? bios() : uefi(options.dir)),
    ...smbios(options),
    ...networkCard(options),
    ...virtualMedium(options),
    ...localDisk(options),
    ...(options.extra ?? []),
  ];
}

function serialPort({ serialPort: socket }: MachineOptions): string[] {
  return ['-serial', socket === undefined ? 'stdio' : `unix:${socket},server=on,wait=off`];
}

function bootIndex(place: BootPlace, { first }: MachineOptions): string {
  return `bootindex=${place === first ? 0 : BOOT_ORDER.indexOf(place) + 1}`;
}

/** `graphics=off` sends the text of SeaBIOS and of its iPXE to the serial line. */
function bios(): string[] {
  return ['-machine', 'pc,graphics=off', '-m', '512'];
}

function uefi(dir: string): string[] {
  const variables = join(dir, 'uefi-variables.fd');
  copyFileSync(join(OVMF, 'OVMF_VARS_4M.fd'), variables);
  const flash = (unit: number, rest: string): string[] => ['-drive', `if=pflash,format=raw,unit=${unit},${rest}`];
  return [
    ...['-machine', 'q35', '-cpu', 'qemu64', '-m', '1024', '-device', 'virtio-rng-pci'],
    ...flash(0, `readonly=on,file=${join(OVMF, 'OVMF_CODE_4M.fd')}`),
    ...flash(1, `file=${variables}`),
    // Without IPv6 PXE a failed boot continues after seconds, not after a minute.
    ...['-fw_cfg', 'name=opt/org.tianocore/IPv6PXESupport,string=n'],
  ];
}

function smbios({ uuid, serial, product }: MachineOptions): string[] {
  const fields = [serial && `serial=${serial}`, product && `product=${product}`].filter((field) => field !== undefined);
  return [...(uuid ? ['-uuid', uuid] : []), ...(fields.length > 0 ? ['-smbios', `type=1,manufacturer=Bootbench,${fields.join(',')}`] : [])];
}

/** `romfile=` without a name takes QEMU's iPXE ROM away, so that the firmware's own PXE client is the subject. */
function networkCard(options: MachineOptions): string[] {
  const { firmware, mac, net, rom } = options;
  if (!net) return [];
  const netdev = 'tap' in net ? `tap,id=n,ifname=${net.tap},script=no,downscript=no` : net.netdev;
  const romfile = firmware === 'uefi' ? ',romfile=' : rom ? `,romfile=${rom}` : '';
  return ['-netdev', netdev, '-device', `virtio-net-pci,netdev=n,mac=${mac},${bootIndex('network', options)}${romfile}`];
}

/** Seconds that a machine waits for a mounted medium whose server is away. */
const MEDIUM_WAIT_S = 120;

function virtualMedium(options: MachineOptions): string[] {
  const { medium, firmware } = options;
  if (!medium) return [];
  const index = bootIndex('medium', options);
  // A machine stays on while its BMC cannot read the medium; QEMU would exit.
  const patience = (url: string): string => (url.startsWith('nbd:') ? `,file.open-timeout=${MEDIUM_WAIT_S}` : '');
  const drive = (url: string, rest: string): string[] => [
    '-drive',
    `if=none,id=medium,format=raw,readonly=on,file=${url}${patience(url)}${rest}`,
  ];
  if ('cdrom' in medium) return [...screen(firmware), ...drive(medium.cdrom, ',media=cdrom'), '-device', `ide-cd,drive=medium,${index}`];
  const stick = ['-device', 'qemu-xhci', '-device', `usb-storage,drive=medium,removable=on,${index}`];
  return [...screen(firmware), ...drive(medium.usbDisk, ''), ...stick];
}

/** `vga=` on a vendor's kernel line waits for a key where there is none; UEFI only draws its menus more slowly. */
function screen(firmware: MachineOptions['firmware']): string[] {
  return firmware === 'bios' ? ['-device', 'VGA'] : [];
}

function localDisk(options: MachineOptions): string[] {
  const { disk } = options;
  if (disk === undefined) return [];
  return ['-drive', `if=none,id=disk,format=raw,file=${disk}`, '-device', `virtio-blk-pci,drive=disk,${bootIndex('disk', options)}`];
}
