import type { BootConfigChange, BootConfigKind } from '../../../../main-services/iso/bootconfig/types.ts';

export interface Layout {
  /** The fixture's name; `<stem>.after.<extension>` holds what must come out. */
  file: string;
  /** Where the vendor's ISO has it. */
  path: string;
  kind: BootConfigKind;
  change: BootConfigChange;
}

const KICKSTART = ['inst.ks=http://192.0.2.1:7080/config/t/ks.cfg', 'ip=dhcp', 'console=ttyS0,115200'];
const PRESEED = ['auto=true', 'priority=critical', 'url=http://192.0.2.1/preseed.cfg'];
const AUTOYAST = ['autoyast=http://192.0.2.1/autoinst.xml', 'netsetup=dhcp'];
const ANSWER = ['answerfile=http://192.0.2.1/answer.xml', 'install'];
const SCRIPT = ['script=http://192.0.2.1/run.sh'];
const APKOVL = ['ip=dhcp', 'apkovl=http://192.0.2.1/x.apkovl.tar.gz'];
const WEASEL = ['ks=http://192.0.2.1/ks.cfg', 'nameserver=192.0.2.1'];

/** One row for each layout that the profiles know; texts are our own, in the vendors' forms. */
export const LAYOUTS: Layout[] = [
  {
    file: 'fedora-grub.cfg',
    path: '/EFI/BOOT/grub.cfg',
    kind: 'grub',
    change: { append: KICKSTART, drop: ['rd.live.check'], timeoutSeconds: 5 },
  },
  {
    file: 'rhel-isolinux.cfg',
    path: '/isolinux/isolinux.cfg',
    kind: 'isolinux',
    change: { append: KICKSTART, drop: ['rd.live.check'], quiet: false, timeoutSeconds: 5 },
  },
  {
    file: 'ubuntu-grub.cfg',
    path: '/boot/grub/grub.cfg',
    kind: 'grub',
    change: { append: ['autoinstall', 'ds=nocloud;s=http://192.0.2.1/x/'], timeoutSeconds: 0 },
  },
  {
    file: 'debian-grub.cfg',
    path: '/boot/grub/grub.cfg',
    kind: 'grub',
    change: { append: PRESEED, timeoutSeconds: 3, defaultEntry: 'Graphical install' },
  },
  { file: 'debian-txt.cfg', path: '/isolinux/txt.cfg', kind: 'isolinux', change: { append: PRESEED, timeoutSeconds: 3 } },
  {
    file: 'debian-isolinux.cfg',
    path: '/isolinux/isolinux.cfg',
    kind: 'isolinux',
    change: { append: PRESEED, timeoutSeconds: 3, defaultEntry: 'install' },
  },
  {
    file: 'opensuse-isolinux.cfg',
    path: '/boot/x86_64/loader/isolinux.cfg',
    kind: 'isolinux',
    change: { append: AUTOYAST, drop: ['mediacheck=1'], timeoutSeconds: 0, defaultEntry: 'linux' },
  },
  {
    file: 'opensuse-grub.cfg',
    path: '/EFI/BOOT/grub.cfg',
    kind: 'grub',
    change: { append: AUTOYAST, drop: ['mediacheck'], timeoutSeconds: 5, defaultEntry: 'Installation' },
  },
  {
    file: 'arch-entry.conf',
    path: '/loader/entries/01-bench.conf',
    kind: 'systemd-boot',
    change: { append: SCRIPT, drop: ['checksum', 'verify'] },
  },
  { file: 'arch-loader.conf', path: '/loader/loader.conf', kind: 'systemd-boot', change: { append: SCRIPT, timeoutSeconds: 1 } },
  {
    file: 'arch-syslinux.cfg',
    path: '/boot/syslinux/archiso_sys-linux.cfg',
    kind: 'isolinux',
    change: { append: SCRIPT, drop: ['checksum'] },
  },
  { file: 'alpine-syslinux.cfg', path: '/boot/syslinux/syslinux.cfg', kind: 'isolinux', change: { append: APKOVL } },
  { file: 'alpine-grub.cfg', path: '/boot/grub/grub.cfg', kind: 'grub', change: { append: APKOVL, quiet: false } },
  { file: 'nixos-grub.cfg', path: '/EFI/boot/grub.cfg', kind: 'grub', change: { append: ['console=ttyS0,115200'], timeoutSeconds: 1 } },
  {
    file: 'nixos-isolinux.cfg',
    path: '/isolinux/isolinux.cfg',
    kind: 'isolinux',
    change: { append: ['console=ttyS0,115200'], timeoutSeconds: 1 },
  },
  { file: 'proxmox-grub.cfg', path: '/boot/grub/grub.cfg', kind: 'grub', change: { append: ['console=ttyS0,115200'], timeoutSeconds: 5 } },
  { file: 'esxi-boot.cfg', path: '/EFI/BOOT/BOOT.CFG', kind: 'esxi', change: { append: WEASEL, drop: ['cdromBoot'], timeoutSeconds: 1 } },
  { file: 'esxi-missing.cfg', path: '/BOOT.CFG', kind: 'esxi', change: { append: ['runweasel', ...WEASEL] } },
  { file: 'esxi-isolinux.cfg', path: '/ISOLINUX.CFG', kind: 'isolinux', change: { append: WEASEL, timeoutSeconds: 1 } },
  { file: 'xcp-grub.cfg', path: '/EFI/xenserver/grub.cfg', kind: 'grub', change: { append: ANSWER } },
  { file: 'xcp-isolinux.cfg', path: '/boot/isolinux/isolinux.cfg', kind: 'isolinux', change: { append: ANSWER } },
  { file: 'ipxe-isolinux.cfg', path: '/isolinux.cfg', kind: 'isolinux', change: { append: ['dhcp', '&&', 'chain', 'http://192.0.2.1/x'] } },
  { file: 'memtest-grub.cfg', path: '/boot/grub/grub.cfg', kind: 'grub', change: { append: KICKSTART } },
  { file: 'crlf-grub.cfg', path: '/boot/grub/loopback.cfg', kind: 'grub', change: { append: ['c', "it's"], timeoutSeconds: 2 } },
];
