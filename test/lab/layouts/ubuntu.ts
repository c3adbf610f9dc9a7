import type { Layout } from './layout.ts';
import { biosEntry, fatImage, grubForBios, GRUB_MBR, lay, layoutIso, makeIso, nearlyFull, SIGNED_EFI, type Guest } from './parts.ts';

const GRUB = `set timeout=30

loadfont unicode

set menu_color_normal=white/black
set menu_color_highlight=black/light-gray

menuentry "Try or Install Ubuntu Server" {
	set gfxpayload=keep
	linux	/casper/vmlinuz  ---
	initrd	/casper/initrd
}
menuentry "Ubuntu Server with the HWE kernel" {
	set gfxpayload=keep
	linux	/casper/hwe-vmlinuz  ---
	initrd	/casper/hwe-initrd
}
grub_platform
if [ "$grub_platform" = "efi" ]; then
menuentry 'Boot from next volume' {
	exit 1
}
menuentry 'UEFI Firmware Settings' {
	fwsetup
}
else
menuentry 'Test memory' {
	linux16 /boot/memtest86+x64.bin
}
fi
`;

const LOOPBACK = `menuentry "Try or Install Ubuntu Server" {
	set gfxpayload=keep
	linux	/casper/vmlinuz  iso-scan/filename=\${iso_path} ---
	initrd	/casper/initrd
}
`;

const ESP_TYPE = '28732ac11ff8d211ba4b00a0c93ec93b';

/** As Ubuntu's image builder calls it: the EFI system partition has no file of its own in the tree. */
async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const esp = await fatImage(
    work,
    'esp.img',
    { bits: 12, kilobytes: 7168 },
    { 'EFI/boot/bootx64.efi': SIGNED_EFI.shim, 'EFI/boot/grubx64.efi': SIGNED_EFI.grub, 'EFI/boot/mmx64.efi': SIGNED_EFI.mokManager },
  );
  const grub = await grubForBios(work, { prefix: '/boot/grub', fs: ['iso9660'] });
  const tree = lay(work, 'tree', {
    'boot/grub/grub.cfg': nearlyFull(GRUB),
    'boot/grub/loopback.cfg': LOOPBACK,
    'boot/grub/i386-pc/eltorito.img': { copy: grub },
    'EFI/boot/grubx64.efi': SIGNED_EFI.grub,
    '.disk/info': 'Ubuntu-Server 24.04.1 LTS "Workbench Numbat" - Release amd64 (20261101)',
    '.disk/cd_type': 'full_cd/single',
    'casper/vmlinuz': { copy: guest.kernel },
    'casper/initrd': { copy: guest.initrd },
    'casper/hwe-vmlinuz': { link: 'casper/vmlinuz' },
    'casper/hwe-initrd': { link: 'casper/initrd' },
    'casper/install-sources.yaml': '- default: true\n  id: ubuntu-server\n',
    'md5sum.txt': '',
  });
  await makeIso(iso, tree, 'Ubuntu-Server 24.04.1 LTS amd64', [
    ...['--grub2-mbr', GRUB_MBR, '--protective-msdos-label', '-partition_cyl_align', 'off', '-partition_offset', '16'],
    ...['--mbr-force-bootable', '-append_partition', '2', ESP_TYPE, esp, '-appended_part_as_gpt'],
    ...['-iso_mbr_part_type', 'a2a0d0ebe5b9334487c068b6b72699c7'],
    ...[...biosEntry('boot/grub/i386-pc/eltorito.img'), '--grub2-boot-info'],
    ...['-eltorito-alt-boot', '-e', '--interval:appended_partition_2:all::', '-no-emul-boot'],
  ]);
}

export const ubuntu: Layout = {
  name: 'ubuntu',
  what: 'GRUB for BIOS; signed GRUB in an appended partition',
  firmware: ['bios', 'uefi'],
  vendorWords: ['---'],
  dropped: [],
  kernel: ['casper/vmlinuz', 'casper/initrd'],
  build: () => layoutIso('ubuntu', import.meta.filename, build),
};
