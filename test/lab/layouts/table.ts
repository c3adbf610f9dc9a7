import type { ConfigFormat } from '../../../contract/inventory.ts';
import type { ReceiptFile } from '../../../contract/views.ts';
import { arch } from './arch.ts';
import { coreos } from './coreos.ts';
import { debian } from './debian.ts';
import { fedora } from './fedora.ts';
import { fullFats } from './full-fat.ts';
import type { Layout } from './layout.ts';
import { opensuse } from './opensuse.ts';
import { ubuntu } from './ubuntu.ts';
import { windows } from './windows.ts';

/** What a machine is to receive, and where the lab looks for it in the running system. */
export interface ExpectedBoot {
  readonly layout: Layout;
  readonly format: ConfigFormat;
  /** The config's file, and its text as a template. */
  readonly file: string;
  readonly text: string;
  /** The names that it must have in the root of the medium. */
  readonly onMedium: readonly string[];
  /** Its name next to /init, where the ISO reserves an area for it that is unpacked as an initrd. */
  readonly inInitrd?: string;
  /** The boot configurations that this firmware's boot loader reads: the guest reads them too, from the mounted medium. */
  readonly reads: { readonly bios?: readonly string[]; readonly uefi?: readonly string[] };
  /** Words that the profile adds for this config, read from the medium. */
  readonly words: readonly string[];
  /** A boot configuration inside a FAT boot image, and how it changes there. */
  readonly inFat?: { readonly path: string; readonly what: ReceiptFile['what'] };
  /** It has a partition table that leads UEFI to its boot image. */
  readonly asDisk?: boolean;
  /** The boot configurations have places of one size for the arguments. */
  readonly inAreas?: boolean;
  /** The guest mounts the UDF tree. */
  readonly onUdf?: boolean;
  /** The ISO has no boot configuration that arguments could go into. */
  readonly withoutArguments?: boolean;
}

const KICKSTART = 'text\nnetwork --hostname={{ host.name }}\nreboot\n';
const PRESEED = 'd-i netcfg/get_hostname string {{ host.name }}\nd-i debian-installer/locale string C\n';
const AUTOINSTALL = '#cloud-config\nautoinstall:\n  version: 1\n  identity:\n    hostname: {{ host.name }}\n';
const AUTOYAST = '<?xml version="1.0"?>\n<profile xmlns="http://www.suse.com/1.0/yast2ns"><!-- {{ host.name }} --></profile>\n';
const IGNITION =
  '{"ignition":{"version":"3.4.0"},"storage":{"files":[{"path":"/etc/hostname","contents":{"source":"data:,{{ host.name }}"}}]}}\n';
const UNATTEND = '<?xml version="1.0"?>\n<unattend xmlns="urn:schemas-microsoft-com:unattend"><!-- {{ host.name }} --></unattend>\n';
const SETUP = '#!/bin/sh\nhostname {{ host.name }}\n';

const OTHER = { format: 'other', file: 'setup.sh', text: SETUP, onMedium: ['setup.sh'], words: [] } as const;

export const TABLE: readonly ExpectedBoot[] = [
  {
    ...{ layout: debian, format: 'preseed', file: 'preseed.cfg', text: PRESEED, onMedium: ['preseed.cfg'] },
    reads: { bios: ['isolinux/isolinux.cfg', 'isolinux/txt.cfg'], uefi: ['boot/grub/grub.cfg'] },
    words: ['auto=true', 'priority=critical', 'file=/cdrom/preseed.cfg'],
  },
  {
    ...{
      layout: ubuntu,
      asDisk: true,
      format: 'autoinstall',
      file: 'user-data',
      text: AUTOINSTALL,
      onMedium: ['user-data', 'autoinstall.yaml'],
    },
    reads: { bios: ['boot/grub/grub.cfg'], uefi: ['boot/grub/grub.cfg'] },
    words: ['autoinstall', 'ds=nocloud;s=/cdrom/'],
  },
  {
    ...{ layout: fedora, format: 'kickstart', file: 'ks.cfg', text: KICKSTART, onMedium: ['ks.cfg'] },
    reads: { bios: ['boot/grub2/grub.cfg'], uefi: ['EFI/BOOT/grub.cfg'] },
    words: ['inst.ks=cdrom:/ks.cfg'],
    inFat: { path: 'EFI/BOOT/grub.cfg', what: 'in place' },
    asDisk: true,
  },
  {
    ...{ layout: opensuse, format: 'autoyast', file: 'autoinst.xml', text: AUTOYAST, onMedium: ['autoinst.xml'] },
    reads: { bios: ['boot/x86_64/loader/isolinux.cfg', 'isolinux/isolinux.cfg'], uefi: ['EFI/BOOT/grub.cfg'] },
    words: ['autoyast=label://openSUSE-Leap-15.6-DVD-x86_6471/autoinst.xml'],
  },
  {
    ...{ layout: arch, ...OTHER, asDisk: true },
    reads: { bios: ['boot/syslinux/archiso_sys-linux.cfg'] },
    words: ['script=/run/archiso/bootmnt/setup.sh'],
    inFat: { path: 'loader/entries/01-archiso-linux.conf', what: 'in place' },
  },
  {
    ...{ layout: coreos, format: 'ignition', file: 'config.ign', text: IGNITION, onMedium: ['config.ign'], inInitrd: 'config.ign' },
    reads: { bios: ['isolinux/isolinux.cfg'], uefi: ['EFI/fedora/grub.cfg'] },
    words: [],
    inAreas: true,
  },
  {
    ...{ layout: windows, format: 'autounattend', file: 'autounattend.xml', text: UNATTEND, onMedium: ['autounattend.xml'] },
    ...{ reads: {}, words: [], onUdf: true, withoutArguments: true },
  },
  ...fullFats.map((layout): ExpectedBoot => {
    const inFat = { path: 'loader/entries/workbench.conf', what: 'relocated' } as const;
    return { layout, ...OTHER, reads: {}, inFat, asDisk: layout.name === 'fat16-full' };
  }),
];
