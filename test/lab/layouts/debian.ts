import type { Layout } from './layout.ts';
import { biosEntry, fatImage, isolinuxFiles, ISOLINUX_MBR, lay, layoutIso, makeIso, nearlyFull, SIGNED_EFI, type Guest } from './parts.ts';

const ISOLINUX = `# D-I config version 2.0
# search path for the c32 support libraries (libcom32, libutil etc.)
path 
include menu.cfg
default vesamenu.c32
prompt 0
timeout 0
`;

const MENU = `menu hshift 4
menu width 70

menu title Workbench GNU/Linux installer menu (BIOS mode)
include gtk.cfg
include txt.cfg
menu begin advanced
	menu label ^Advanced options
	include adtxt.cfg
menu end
`;

const GTK = `default installgui
label installgui
	menu label ^Graphical install
	menu default
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/gtk/initrd.gz --- quiet 
`;

const TXT = `label install
	menu label ^Install
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz --- quiet 
`;

const ADTXT = `label expert
	menu label E^xpert install
	kernel /install.amd/vmlinuz
	append priority=low vga=788 initrd=/install.amd/initrd.gz --- 
label rescue
	menu label ^Rescue mode
	kernel /install.amd/vmlinuz
	append vga=788 initrd=/install.amd/initrd.gz rescue/enable=true --- quiet 
`;

const GRUB = `if [ x$feature_default_font_path = xy ] ; then
   font=unicode
else
   font=$prefix/font.pf2
fi

if loadfont $font ; then
  set gfxmode=800x600
  set gfxpayload=keep
  insmod efi_gop
  insmod gfxterm
fi

menuentry --hotkey=g 'Graphical install' {
    set background_color=black
    linux    /install.amd/vmlinuz vga=788 --- quiet 
    initrd   /install.amd/gtk/initrd.gz
}
menuentry --hotkey=i 'Install' {
    set background_color=black
    linux    /install.amd/vmlinuz vga=788 --- quiet 
    initrd   /install.amd/initrd.gz
}
submenu --hotkey=a 'Advanced options ...' {
    menuentry '... Expert install' {
        linux    /install.amd/vmlinuz priority=low vga=788 --- 
        initrd   /install.amd/initrd.gz
    }
}
`;

const ID = '2026-11-01-10-00-00-00';

/** The GRUB configurations on the way to /boot/grub/grub.cfg only look for the medium. */
const EFI_FOLDER = {
  'EFI/boot/bootx64.efi': SIGNED_EFI.shim,
  'EFI/boot/grubx64.efi': SIGNED_EFI.grub,
  'EFI/boot/mmx64.efi': SIGNED_EFI.mokManager,
  'EFI/debian/grub.cfg': `search --file --set=root /.disk/id/${ID}\nset prefix=($root)/boot/grub\nsource $prefix/x86_64-efi/grub.cfg\n`,
};

async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const efi = await fatImage(work, 'efi.img', { bits: 12, kilobytes: 7168 }, EFI_FOLDER);
  const tree = lay(work, 'tree', {
    ...isolinuxFiles('isolinux'),
    'isolinux/isolinux.cfg': ISOLINUX,
    'isolinux/menu.cfg': MENU,
    'isolinux/gtk.cfg': GTK,
    'isolinux/txt.cfg': nearlyFull(TXT),
    'isolinux/adtxt.cfg': ADTXT,
    'boot/grub/grub.cfg': GRUB,
    'boot/grub/x86_64-efi/grub.cfg': 'insmod part_gpt\ninsmod part_msdos\nsource /boot/grub/grub.cfg\n',
    'boot/grub/efi.img': { copy: efi },
    'EFI/debian/grub.cfg': EFI_FOLDER['EFI/debian/grub.cfg'],
    '.disk/info': 'Debian GNU/Linux 12.11.0 "Workbench" - Official amd64 NETINST with firmware 20261101-10:00\n',
    [`.disk/id/${ID}`]: '',
    '.disk/mkisofs': '',
    'install.amd/vmlinuz': { copy: guest.kernel },
    'install.amd/initrd.gz': { copy: guest.initrd },
    'install.amd/gtk/initrd.gz': { link: 'install.amd/initrd.gz' },
    'md5sum.txt': '',
    'dists/bookworm/Release': 'Suite: stable\n',
  });
  const uefi = ['-eltorito-alt-boot', '-e', 'boot/grub/efi.img', '-no-emul-boot', '-isohybrid-gpt-basdat', '-isohybrid-apm-hfsplus'];
  await makeIso(iso, tree, 'Debian 12.11.0 amd64 n', ['-isohybrid-mbr', ISOLINUX_MBR, ...biosEntry('isolinux/isolinux.bin'), ...uefi]);
}

export const debian: Layout = {
  name: 'debian',
  what: 'isolinux with includes; signed GRUB in a FAT image that only looks for the medium',
  firmware: ['bios', 'uefi'],
  vendorWords: ['vga=788', '---', 'quiet'],
  dropped: [],
  kernel: ['install.amd/vmlinuz', 'install.amd/initrd.gz'],
  build: () => layoutIso('debian', import.meta.filename, build),
};
