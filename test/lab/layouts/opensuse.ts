import type { Layout } from './layout.ts';
import {
  biosEntry,
  fatImage,
  grubForUefi,
  isolinuxFiles,
  ISOLINUX_MBR,
  lay,
  layoutIso,
  makeIso,
  nearlyFull,
  SIGNED_EFI,
  type Guest,
  type Tree,
} from './parts.ts';

const LOADER = 'boot/x86_64/loader';

/** Unattended, both loaders would start the machine's own disk. */
const ISOLINUX = `default harddisk

# hard disk
label harddisk
  localboot -2

# install
label linux
  kernel linux
  append initrd=initrd splash=silent showopts

# media check
label mediachk
  kernel linux
  append initrd=initrd splash=silent mediacheck=1 showopts

# rescue
label rescue
  kernel linux
  append initrd=initrd splash=silent rescue=1 showopts

display		message
implicit	1
prompt		1
timeout		600
`;

const GRUB = `with_theme=no
if [ -f ($root)/EFI/BOOT/themes/theme.txt ]; then
  set theme=($root)/EFI/BOOT/themes/theme.txt
fi
set linux=linux
set initrd=initrd
if [ "\${grub_cpu}" = "x86_64" -o "\${grub_cpu}" = "i386" ]; then
  if [ "\${grub_platform}" = "efi" ]; then
    set linux=linuxefi
    set initrd=initrdefi
  fi
fi

timeout=60
timeout_style=menu

menuentry "Boot from Hard Disk" --class opensuse --class gnu-linux --class gnu --class os {
  exit
}
menuentry "Installation" --class opensuse --class gnu-linux --class gnu --class os {
  set gfxpayload=keep
  echo 'Loading kernel ...'
  $linux /${LOADER}/linux splash=silent
  echo 'Loading initial ramdisk ...'
  $initrd /${LOADER}/initrd
}
submenu "More ..." --class opensuse {
  menuentry "Check Installation Media" --class opensuse {
    set gfxpayload=keep
    $linux /${LOADER}/linux splash=silent mediacheck=1
    $initrd /${LOADER}/initrd
  }
}
`;

/** The GRUB inside the FAT image looks for the medium and takes the tree's grub.cfg. */
const EMBEDDED = `search --file --set=root /media.1/media\nset prefix=($root)/EFI/BOOT\nsource $prefix/grub.cfg\n`;

/** openSUSE's isolinux is configured to look in its own folder; Debian's looks for its files in /isolinux only, so they have names there too. */
function alsoInIsolinux(loader: Tree): Tree {
  const links: Tree = {};
  for (const path of Object.keys(loader)) links[path.replace(LOADER, 'isolinux')] = { link: path };
  return links;
}

async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const grub = await grubForUefi(work, { prefix: '/EFI/BOOT', fs: ['iso9660', 'fat'], embedded: EMBEDDED });
  const efi = await fatImage(
    work,
    'efi',
    { bits: 12, kilobytes: 3968 },
    { 'EFI/BOOT/bootx64.efi': { copy: grub }, 'EFI/BOOT/MokManager.efi': SIGNED_EFI.mokManager, 'EFI/BOOT/grub.cfg': GRUB },
  );
  const loader: Tree = {
    ...isolinuxFiles(LOADER),
    [`${LOADER}/isolinux.cfg`]: nearlyFull(ISOLINUX),
    [`${LOADER}/message`]: 'Workbench Leap\n',
    [`${LOADER}/linux`]: { copy: guest.kernel },
    [`${LOADER}/initrd`]: { copy: guest.initrd },
  };
  const tree = lay(work, 'tree', {
    ...loader,
    ...alsoInIsolinux(loader),
    'boot/x86_64/efi': { copy: efi },
    'EFI/BOOT/bootx64.efi': { copy: grub },
    'EFI/BOOT/grub.cfg': nearlyFull(GRUB),
    'media.1/media': 'openSUSE - openSUSE-Leap-15.6-DVD-x86_64-Build710.3-Media\nopenSUSE-Leap-15.6-DVD-x86_64-Build710.3\n1\n',
    'media.1/products': '/ openSUSE-Leap 15.6-1\n',
    content: 'CONTENTSTYLE 11\n',
  });
  await makeIso(iso, tree, 'openSUSE-Leap-15.6-DVD-x86_6471', [
    ...['-isohybrid-mbr', ISOLINUX_MBR, ...biosEntry(`${LOADER}/isolinux.bin`)],
    ...['-eltorito-alt-boot', '-e', 'boot/x86_64/efi', '-no-emul-boot'],
  ]);
}

export const opensuse: Layout = {
  name: 'opensuse',
  what: 'isolinux and GRUB that start the machine’s own disk by default; `$linux`',
  firmware: ['bios', 'uefi'],
  vendorWords: ['splash=silent'],
  dropped: ['mediacheck=1'],
  kernel: [`${LOADER}/linux`, `${LOADER}/initrd`],
  build: () => layoutIso('opensuse', import.meta.filename, build),
};
