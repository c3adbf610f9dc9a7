import type { Layout } from './layout.ts';
import { biosEntry, fatImage, grubForBios, GRUB_MBR, lay, layoutIso, makeIso, SIGNED_EFI, type Guest } from './parts.ts';

const LABEL = 'Fedora-S-dvd-x86_64-41';

/** The default entry tests the medium first, which a changed medium fails. */
const GRUB = `set default="1"

function load_video {
  insmod all_video
}

load_video
set gfxpayload=keep
insmod part_gpt

set timeout=60
### END /etc/grub.d/00_header ###

search --no-floppy --set=root -l '${LABEL}'

### BEGIN /etc/grub.d/10_linux ###
menuentry 'Install Workbench 41' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=${LABEL} quiet
	initrd /images/pxeboot/initrd.img
}
menuentry 'Test this media & install Workbench 41' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=${LABEL} rd.live.check quiet
	initrd /images/pxeboot/initrd.img
}
submenu 'Troubleshooting -->' {
	menuentry 'Install Workbench 41 in basic graphics mode' --class fedora {
		linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=${LABEL} nomodeset quiet
		initrd /images/pxeboot/initrd.img
	}
	menuentry 'Rescue a Workbench system' --class fedora {
		linux /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=${LABEL} inst.rescue quiet
		initrd /images/pxeboot/initrd.img
	}
}
`;

const TREEINFO = `[general]
arch = x86_64
family = Fedora
name = Fedora 41
platforms = x86_64,xen
variant = Server
version = 41

[images-x86_64]
initrd = images/pxeboot/initrd.img
kernel = images/pxeboot/vmlinuz
`;

/** Without a wait at the menu. */
const SHORT_GRUB = GRUB.replace('set timeout=60', 'set timeout=1');

/** Shim starts the GRUB in its folder, which takes the grub.cfg of the same folder: in the ISO's tree on a CD, in the FAT image on a disk. */
const EFI_FOLDER = {
  'EFI/BOOT/BOOTX64.EFI': SIGNED_EFI.shim,
  'EFI/BOOT/grubx64.efi': SIGNED_EFI.grub,
  'EFI/BOOT/mmx64.efi': SIGNED_EFI.mokManager,
};

async function build(iso: string, work: string, guest: Guest, menu = GRUB): Promise<void> {
  const efiFolder = { ...EFI_FOLDER, 'EFI/BOOT/grub.cfg': menu };
  const efiboot = await fatImage(work, 'efiboot.img', { bits: 16, kilobytes: 10_240, label: 'ANACONDA' }, efiFolder);
  const grub = await grubForBios(work, { prefix: '/boot/grub2', fs: ['iso9660'] });
  const tree = lay(work, 'tree', {
    ...efiFolder,
    'boot/grub2/grub.cfg': menu,
    'images/eltorito.img': { copy: grub },
    'images/efiboot.img': { copy: efiboot },
    'images/pxeboot/vmlinuz': { copy: guest.kernel },
    'images/pxeboot/initrd.img': { copy: guest.initrd },
    'images/install.img': 'the installer’s system would be here\n',
    '.treeinfo': TREEINFO,
    '.discinfo': '1763978400.000000\n41\nx86_64\n',
    'media.repo': `[InstallMedia]\nname=Fedora 41\nmediaid=1763978400.000000\n`,
    LICENSE: 'none\n',
  });
  await makeIso(iso, tree, LABEL, [
    ...['--grub2-mbr', GRUB_MBR, '--protective-msdos-label', '-partition_offset', '0'],
    ...[...biosEntry('images/eltorito.img'), '--grub2-boot-info'],
    ...['-eltorito-alt-boot', '-e', 'images/efiboot.img', '-no-emul-boot', '-efi-boot-part', '--efi-boot-image'],
  ]);
}

export const fedora: Layout = {
  name: 'fedora',
  what: 'GRUB for BIOS; signed GRUB in a FAT image with its own grub.cfg; the default entry tests the medium',
  firmware: ['bios', 'uefi'],
  vendorWords: [`inst.stage2=hd:LABEL=${LABEL}`, 'quiet'],
  dropped: ['rd.live.check'],
  kernel: ['images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img'],
  build: () => layoutIso('fedora', import.meta.filename, build),
};

/** The same ISO, whose guest can be an iSCSI initiator. */
export function buildFedoraWithInitiator(): Promise<string> {
  const shortBuild = (iso: string, work: string, guest: Guest): Promise<void> => build(iso, work, guest, SHORT_GRUB);
  return layoutIso('fedora-initiator', import.meta.filename, shortBuild, ['network', 'medium', 'iscsi']);
}
