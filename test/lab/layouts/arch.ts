import type { Layout } from './layout.ts';
import {
  biosEntry,
  fatImage,
  isolinuxFiles,
  ISOLINUX_MBR,
  lay,
  layoutIso,
  makeIso,
  syslinuxModules,
  SYSTEMD_BOOT,
  type Guest,
} from './parts.ts';

const UUID = '2026-11-01-10-00-00-00';
const OPTIONS = `archisobasedir=arch archisosearchuuid=${UUID}`;

const LOADER = `timeout 15
default 01-archiso-linux.conf
beep on
`;

const ENTRY = `title    Workbench install medium (x86_64, UEFI)
sort-key 01
linux    /arch/boot/x86_64/vmlinuz-linux
initrd   /arch/boot/x86_64/initramfs-linux.img
options  ${OPTIONS}
`;

const SPEECH = `title    Workbench install medium (x86_64, UEFI) with speech
sort-key 02
linux    /arch/boot/x86_64/vmlinuz-linux
initrd   /arch/boot/x86_64/initramfs-linux.img
options  ${OPTIONS} accessibility=on
`;

/** syslinux's files go from one to the next; the menu of a CD is asked for by the last. */
const SYSLINUX = {
  'boot/syslinux/isolinux.cfg': 'DEFAULT loadconfig\n\nLABEL loadconfig\n  CONFIG /boot/syslinux/syslinux.cfg\n  APPEND /boot/syslinux/\n',
  'boot/syslinux/syslinux.cfg':
    'DEFAULT select\n\nLABEL select\nCOM32 whichsys.c32\nAPPEND -pxe- pxe -sys- sys -iso- sys\n\nLABEL sys\nCONFIG archiso_sys.cfg\n',
  'boot/syslinux/archiso_sys.cfg':
    'INCLUDE archiso_head.cfg\n\nDEFAULT arch\nTIMEOUT 150\n\nINCLUDE archiso_sys-linux.cfg\n\nINCLUDE archiso_tail.cfg\n',
  'boot/syslinux/archiso_head.cfg': 'SERIAL 0 115200\nUI menu.c32\nMENU TITLE Workbench\n',
  'boot/syslinux/archiso_tail.cfg':
    'LABEL existing\nTEXT HELP\nBoot an existing operating system.\nENDTEXT\nMENU LABEL Boot existing OS\nCOM32 chain.c32\nAPPEND hd0 0\n',
  'boot/syslinux/archiso_sys-linux.cfg': `LABEL arch
TEXT HELP
Boot the install medium on BIOS.
It allows you to install Workbench or perform system maintenance.
ENDTEXT
MENU LABEL Workbench install medium (x86_64, BIOS)
LINUX /arch/boot/x86_64/vmlinuz-linux
INITRD /arch/boot/x86_64/initramfs-linux.img
APPEND ${OPTIONS}
`,
};

async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const kernel = {
    'arch/boot/x86_64/vmlinuz-linux': { copy: guest.kernel },
    'arch/boot/x86_64/initramfs-linux.img': { copy: guest.initrd },
  };
  const loader = {
    'EFI/BOOT/BOOTx64.EFI': SYSTEMD_BOOT,
    'loader/loader.conf': LOADER,
    'loader/entries/01-archiso-linux.conf': ENTRY,
    'loader/entries/02-archiso-speech-linux.conf': SPEECH,
  };
  const efi = await fatImage(work, 'efiboot.img', { bits: 32, kilobytes: 40_960, label: 'ARCHISO_EFI' }, { ...loader, ...kernel });
  const tree = lay(work, 'tree', {
    ...kernel,
    ...loader,
    ...isolinuxFiles('boot/syslinux'),
    ...syslinuxModules('boot/syslinux', ['whichsys', 'chain']),
    ...SYSLINUX,
    'arch/version': '2026.11.01\n',
    [`boot/${UUID}.uuid`]: '',
  });
  // At 32 MiB and more, this writes a load count of 0 for the boot image.
  await makeIso(iso, tree, 'ARCH_202611', [
    ...[`--modification-date=${UUID.replaceAll('-', '')}`, '-partition_offset', '16', '-isohybrid-mbr', ISOLINUX_MBR],
    ...biosEntry('boot/syslinux/isolinux.bin'),
    ...['-append_partition', '2', 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', efi, '-appended_part_as_gpt'],
    ...['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'],
  ]);
}

export const arch: Layout = {
  name: 'arch',
  what: 'syslinux; systemd-boot, kernel and initrd in a FAT of 40 MiB in an appended partition, load count 0',
  firmware: ['bios', 'uefi'],
  vendorWords: ['archisobasedir=arch', `archisosearchuuid=${UUID}`],
  dropped: [],
  build: () => layoutIso('arch', import.meta.filename, build),
};
