import { mustRun } from '../process.ts';
import type { Layout } from './layout.ts';
import { fatImage, grubForBios, grubForUefi, lay, layoutIso, type Guest } from './parts.ts';

/** Everything is in the UDF tree only; a reader of ISO 9660 sees a note to use a better one. */
const README = `This disc contains a "UDF" file system and requires an operating system
that supports the ISO-13346 "UDF" file system specification.
`;

/** No boot configuration is in the tree, as with Windows: what GRUB does is inside the program. */
function embedded(start: string): string {
  return `search --file --set=root /lab/vmlinuz
linux /lab/vmlinuz lab.start=${start} lab.fs=udf lab.files=autounattend.xml
initrd /lab/initrd
boot
`;
}

/** The boot image of a UEFI machine; Windows has two, of which one asks for a key. */
async function efisys(work: string, name: string): Promise<string> {
  const grub = await grubForUefi(work, { prefix: '/none', fs: ['udf'], embedded: embedded(name) });
  return fatImage(work, `${name}.bin`, { bits: 12, kilobytes: 1440 }, { 'EFI/BOOT/BOOTX64.EFI': { copy: grub } });
}

async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const bios = await grubForBios(work, { prefix: '/none', fs: ['udf'], embedded: embedded('etfsboot') });
  const wim = `MSWIM\0\0\0${'\0'.repeat(4088)}`;
  const tree = lay(work, 'tree', {
    'README.TXT': README,
    'autorun.inf': '[AutoRun.Amd64]\nopen=setup.exe\n',
    bootmgr: 'the boot manager would be here\n',
    'bootmgr.efi': 'the boot manager would be here\n',
    'setup.exe': 'MZ',
    'boot/bcd': 'regf',
    'boot/etfsboot.com': { copy: bios },
    'efi/boot/bootx64.efi': 'MZ',
    'efi/microsoft/boot/bcd': 'regf',
    'efi/microsoft/boot/efisys.bin': { copy: await efisys(work, 'efisys') },
    'efi/microsoft/boot/efisys_noprompt.bin': { copy: await efisys(work, 'efisys_noprompt') },
    'sources/boot.wim': wim,
    'sources/install.wim': wim,
    'sources/setup.exe': 'MZ',
    'lab/vmlinuz': { copy: guest.kernel },
    'lab/initrd': { copy: guest.initrd },
  });
  const hidden = ['autorun.inf', 'bootmgr', 'bootmgr.efi', 'setup.exe', 'boot', 'efi', 'sources', 'lab'].flatMap((name) => ['-hide', name]);
  await mustRun([
    ...['genisoimage', '-quiet', '-udf', '-iso-level', '3', '-V', 'CCCOMA_X64FRE_EN-US_DV9', ...hidden],
    ...['-b', 'boot/etfsboot.com', '-c', 'boot/boot.cat', '-no-emul-boot', '-boot-load-size', '4', '-boot-info-table'],
    ...['-eltorito-alt-boot', '-e', 'efi/microsoft/boot/efisys.bin', '-no-emul-boot', '-o', iso, tree],
  ]);
}

export const windows: Layout = {
  name: 'windows',
  what: 'a UDF tree as on Windows media, with no boot configuration',
  firmware: ['bios', 'uefi'],
  vendorWords: ['lab.fs=udf'],
  // The boot image that asks for a key.
  dropped: ['lab.start=efisys'],
  kernel: ['lab/vmlinuz', 'lab/initrd'],
  build: () => layoutIso('windows', import.meta.filename, build),
};
