import { ESXI_PHONE_HOME, XEN_PHONE_HOME } from './phone-home.ts';
import { iniValues, titleOf } from './titles.ts';
import type { OsProfile } from './types.ts';

export const ESXI: OsProfile = {
  id: 'esxi',
  name: 'VMware ESXi',
  kind: 'install',
  markers: ['imgdb.tgz', 'upgrade', 'b.b00'],
  texts: ['boot.cfg'],
  recognise({ volumeId, paths, texts }) {
    const inVolume = /^ESXI-(\d[\w.]*)/i.exec(volumeId);
    if (!inVolume && !(paths.has('imgdb.tgz') && texts.has('boot.cfg'))) return undefined;
    const version = inVolume?.[1] ?? /^build=(\d+\.\d+\.\d+)/m.exec(texts.get('boot.cfg') ?? '')?.[1];
    return { title: titleOf('VMware ESXi', version), version, arch: ['x86_64'] };
  },
  // UEFI reads the second; patched both, whichever is used.
  bootConfigs: { bios: ['boot.cfg'], uefi: ['efi/boot/boot.cfg'] },
  unattendedDrop: ['cdromBoot'],
  configs: {
    kickstart: {
      how: 'The installer fetches its script from the URL, or reads /KS.CFG from the medium.',
      // VMware: "Installation and Upgrade Script"; on the medium the name is in upper case.
      url: { words: ['ks={config}'], reason: 'The installer fetches its script from Bootbench.' },
      media: { words: ['ks=cdrom:/{file}'], reason: 'The installer reads its script from the medium.' },
      names: ['KS.CFG'],
      phoneHome: ESXI_PHONE_HOME,
    },
  },
  noConsole: 'ESXi has no console= argument; its own is com1_baud and gdbPort.',
  ibft: { reason: 'ESXi’s installer takes an iSCSI disk as one to install to, never as its medium.' },
  kernel: { reason: 'ESXi is started by its own loader, with dozens of modules that iPXE does not load one by one.' },
};

export const XCP_NG: OsProfile = {
  id: 'xcp-ng',
  name: 'XCP-ng and XenServer',
  kind: 'install',
  markers: ['install.img', 'packages.xenserver', 'packages.main', 'boot/xen.gz'],
  texts: ['.treeinfo'],
  recognise({ paths, texts }) {
    const info = iniValues(texts.get('.treeinfo') ?? '');
    const family = [info.get('general.family'), info.get('platform.name'), info.get('branding.name')].find((name) =>
      /xcp|xen|citrix/i.test(name ?? ''),
    );
    if (!paths.has('install.img') || !(family !== undefined || paths.has('boot/xen.gz'))) return undefined;
    const version = info.get('general.version') ?? info.get('platform.version');
    return { title: titleOf(family ?? 'XCP-ng', version), version, arch: ['x86_64'] };
  },
  bootConfigs: { bios: ['boot/isolinux/isolinux.cfg'], uefi: ['EFI/xenserver/grub.cfg', 'boot/grub/grub.cfg'] },
  entry: { prefer: [/^install$/i, /^xe$/i] },
  configs: {
    other: {
      how: 'The installer fetches its answer file (XML) from the URL.',
      // XenServer: "Network boot installations"; the words go to Linux, the module behind Xen.
      url: {
        words: ['answerfile={config}', 'install'],
        reason: 'The installer fetches its answer file from Bootbench and installs without asking.',
      },
      phoneHome: XEN_PHONE_HOME,
    },
  },
  noConsole: 'Xen owns the serial port, and its Linux speaks through hvc0: the ISO’s own arguments have both.',
  // host-installer, use_ibft: for the disk to install to.
  ibft: { reason: 'The installer logs in to iSCSI disks only to install to them.' },
  kernel: { reason: 'Xen is the kernel here, and Linux one of its modules: iPXE’s kernel command starts Linux only.' },
};
