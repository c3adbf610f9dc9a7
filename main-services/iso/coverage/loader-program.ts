import { KERNEL_HEAD, kernelKind } from '../bootconfig/kernel-image.ts';
import type { ProgramFile } from '../efi/programs.ts';
import { readGrubProgram, type GrubProgram } from '../efi/grub-program.ts';
import { readPe, type PeHeader } from '../efi/pe.ts';

export type LoaderName =
  | 'GRUB'
  | 'isolinux'
  | 'syslinux'
  | 'shim'
  | 'systemd-boot'
  | 'rEFInd'
  | 'xen.efi'
  | 'iPXE'
  | 'unified kernel image'
  | 'Linux'
  | 'Windows Boot Manager'
  | 'memtest86+'
  | 'ESXi boot loader'
  | 'unknown';

/** What an EFI program is, by its bytes. */
export interface LoaderProgram {
  readonly name: LoaderName;
  readonly arch: PeHeader['arch'];
  readonly signed: boolean;
  readonly grub?: GrubProgram;
}

/** Strings are looked for in the first megabytes: boot managers are smaller. */
const SEARCHED = 3 * 1024 * 1024;
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');

/**
 * Texts that only one program has, in the order in which they are tried: shim names the programs that it starts, and rEFInd names shim.
 * Observed in Debian's shim-signed, systemd-boot-efi, refind, ipxe, memtest86+, xen-hypervisor and syslinux-efi, and in Windows media.
 */
const MARKS: readonly (readonly [LoaderName, readonly Buffer[]])[] = [
  ['rEFInd', [wide('refind_linux.conf')]],
  ['shim', [Buffer.from('UEFI SHIM')]],
  ['systemd-boot', [Buffer.from('#### LoaderInfo: systemd-boot'), Buffer.from('#### LoaderInfo: gummiboot')]],
  ['xen.efi', [wide('Xen EFI Loader options'), wide(' EFI loader\r\n')]],
  ['memtest86+', [Buffer.from('Memtest86+'), wide('Memtest86')]],
  ['ESXi boot loader', [Buffer.from('VMware ESXi'), wide('VMware ESXi'), Buffer.from('mboot.c32')]],
  ['Windows Boot Manager', [wide('Windows Boot Manager'), wide('bootmgfw.efi'), Buffer.from('bootmgfw.pdb')]],
  ['iPXE', [Buffer.from('iPXE')]],
  ['syslinux', [Buffer.from('ldlinux.e'), Buffer.from('SYSLINUX')]],
];

/** Recognises an EFI program by its sections and texts; undefined for a file that is no EFI program. */
export async function recogniseProgram(file: ProgramFile): Promise<LoaderProgram | undefined> {
  const pe = await readPe(file);
  if (!pe) return undefined;
  const found = { arch: pe.arch, signed: pe.certificates !== undefined };
  const names = pe.sections.map(({ name }) => name);
  if (names.includes('.linux')) return { ...found, name: 'unified kernel image' };
  const grub = await readGrubProgram(file, pe);
  if (grub) return { ...found, name: 'GRUB', grub };
  const bytes = Buffer.from(await file.read(0, SEARCHED));
  const mark = MARKS.find(([, texts]) => texts.some((text) => bytes.includes(text)));
  if (mark) return { ...found, name: mark[0] };
  return { ...found, name: kernelKind(bytes.subarray(0, KERNEL_HEAD)) === 'linux' ? 'Linux' : 'unknown' };
}

/** What a BIOS boot image is, by its first bytes. */
export function recogniseBiosImage(head: Buffer): LoaderName {
  if (head.includes('ISOLINUX ')) return 'isolinux';
  if (head.includes('cdrom read fails')) return 'GRUB';
  if (head.includes('BOOTMGR')) return 'Windows Boot Manager';
  if (head.includes('Memtest86')) return 'memtest86+';
  return 'unknown';
}
