import { readFileSync } from 'node:fs';
import type { Layout } from './layout.ts';
import { biosEntry, fatImage, grubForUefi, isolinuxFiles, ISOLINUX_MBR, lay, layoutIso, makeIso, type Guest } from './parts.ts';

const LABEL = 'fedora-coreos-41.20261101.3.0';
const DEFAULT = `coreos.liveiso=${LABEL} ignition.firstboot ignition.platform.id=metal`;

/** Room for other arguments: all copies have the same size, and what is not used is a comment. */
const AREA_SIZE = 1139;
const AREA = `${DEFAULT}\n`.padEnd(AREA_SIZE, '#');
const IGNITION_SIZE = 262_144;

const GRUB = `set default="0"
function load_video {
  insmod all_video
}
load_video
set gfxpayload=keep
set timeout=5

menuentry 'Fedora CoreOS (Live)' --class fedora --class gnu-linux --class gnu --class os {
	linux /images/pxeboot/vmlinuz ${AREA}
	initrd /images/pxeboot/initrd.img /images/ignition.img
}
`;

const ISOLINUX = `serial 0
default vesamenu.c32
timeout 50

menu title Fedora CoreOS
label linux
  menu label ^Fedora CoreOS (Live)
  menu default
  kernel /images/pxeboot/vmlinuz
  append initrd=/images/pxeboot/initrd.img,/images/ignition.img ${AREA}

menu separator
menu end
`;

async function build(iso: string, work: string, guest: Guest): Promise<void> {
  const grub = await grubForUefi(work, { prefix: '/EFI/fedora', fs: ['iso9660', 'fat'] });
  const efiFolder = { 'EFI/BOOT/BOOTX64.EFI': { copy: grub }, 'EFI/fedora/grub.cfg': GRUB };
  const efiboot = await fatImage(work, 'efiboot.img', { bits: 12, kilobytes: 4096 }, efiFolder);
  const areas = [
    { path: 'EFI/fedora/grub.cfg', offset: GRUB.indexOf(AREA) },
    { path: 'images/efiboot.img', offset: readFileSync(efiboot).indexOf(AREA) },
    { path: 'isolinux/isolinux.cfg', offset: ISOLINUX.indexOf(AREA) },
  ];
  const tree = lay(work, 'tree', {
    ...efiFolder,
    ...isolinuxFiles('isolinux'),
    'isolinux/isolinux.cfg': ISOLINUX,
    'images/efiboot.img': { copy: efiboot },
    'images/ignition.img': new Uint8Array(IGNITION_SIZE),
    'images/pxeboot/vmlinuz': { copy: guest.kernel },
    'images/pxeboot/initrd.img': { copy: guest.initrd },
    'images/pxeboot/rootfs.img': 'the system would be here\n',
    'coreos/kargs.json': JSON.stringify({
      default: DEFAULT,
      files: areas.map((area) => ({ ...area, pad: '#', end: '\n' })),
      size: AREA_SIZE,
    }),
    'coreos/igninfo.json': JSON.stringify({ file: 'images/ignition.img' }),
    'coreos/miniso.dat': '',
  });
  await makeIso(iso, tree, LABEL, [
    ...['-isohybrid-mbr', ISOLINUX_MBR, ...biosEntry('isolinux/isolinux.bin')],
    ...['-eltorito-alt-boot', '-e', 'images/efiboot.img', '-no-emul-boot', '-isohybrid-gpt-basdat'],
  ]);
}

export const coreos: Layout = {
  name: 'coreos',
  what: 'isolinux and GRUB with embed areas of one size for arguments and Ignition',
  firmware: ['bios', 'uefi'],
  vendorWords: DEFAULT.split(' '),
  dropped: [],
  kernel: ['images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img'],
  build: () => layoutIso('coreos', import.meta.filename, build),
};
