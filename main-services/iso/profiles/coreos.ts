import { IGNITION_PHONE_HOME } from './phone-home.ts';
import { titleOf } from './titles.ts';
import type { ConfigWay, OsProfile } from './types.ts';

const COREOS_ID = /^(fedora-coreos|rhcos|scos|centos-stream-coreos)-(.+)$/i;
const COREOS_NAMES: Readonly<Record<string, string>> = { 'fedora-coreos': 'Fedora CoreOS', rhcos: 'RHEL CoreOS' };

const IGNITION: ConfigWay = {
  how: 'The live system fetches the Ignition config from its URL, or finds it in the area that the ISO reserves for it. With coreos.inst.install_dev=/dev/… in the host’s arguments the installer writes the disk and gives the config to the new system.',
  url: {
    words: ['ignition.config.url={config}'],
    reason: 'Ignition fetches its config from Bootbench for the live system.',
  },
  // coreos-installer allows http:// there, as there is no argument for a hash.
  whenGiven: {
    argument: 'coreos.inst.install_dev',
    words: ['coreos.inst.ignition_url={config}'],
    reason: 'The arguments name a disk to install to, so the installer fetches the Ignition config from Bootbench for the new system.',
  },
  media: { words: [], reason: 'The Ignition config is in the area that the ISO reserves for it, for the live system.' },
  embeds: true,
  phoneHome: IGNITION_PHONE_HOME,
};

/** Fedora CoreOS, RHEL CoreOS and their kin: one live ISO that also installs. */
export const COREOS: OsProfile = {
  id: 'coreos',
  name: 'CoreOS',
  kind: 'live',
  markers: ['coreos', 'images/ignition.img', 'images/pxeboot/vmlinuz', 'images/pxeboot/initrd.img', 'images/pxeboot/rootfs.img'],
  recognise({ volumeId, paths }) {
    const [, family = '', version] = COREOS_ID.exec(volumeId) ?? [];
    if (version === undefined && !(paths.has('coreos') && paths.has('images/ignition.img'))) return undefined;
    return { title: titleOf(COREOS_NAMES[family.toLowerCase()] ?? 'CoreOS', version), version };
  },
  bootConfigs: {
    bios: ['isolinux/isolinux.cfg', 'boot/grub2/grub.cfg'],
    uefi: ['EFI/fedora/grub.cfg', 'EFI/redhat/grub.cfg', 'EFI/centos/grub.cfg', 'EFI/BOOT/grub.cfg'],
  },
  configs: { ignition: IGNITION },
  // fedora-coreos-tracker#1590: dracut's iSCSI module is there since 2023, and tried on installed systems.
  ibft: { reason: 'Only newer releases log in to an iSCSI disk, so the root is fetched over HTTP in all of them.' },
  kernel: {
    candidates: [{ kernel: 'images/pxeboot/vmlinuz', initrds: ['images/pxeboot/initrd.img'] }],
    words: ['coreos.live.rootfs_url={files}images/pxeboot/rootfs.img', 'ignition.firstboot', 'ignition.platform.id=metal'],
    reason: 'The live system’s root is fetched into memory over HTTP.',
  },
};

/** The whole system is in the initrd. */
export const FLATCAR: OsProfile = {
  id: 'flatcar',
  name: 'Flatcar Container Linux',
  kind: 'live',
  markers: ['flatcar', 'flatcar/vmlinuz', 'flatcar/cpio.gz'],
  recognise({ volumeId, paths }) {
    if (!paths.has('flatcar/vmlinuz') && !/^flatcar/i.test(volumeId)) return undefined;
    const version = /(\d+\.\d+\.\d+)/.exec(volumeId)?.[1];
    return { title: titleOf('Flatcar Container Linux', version), version, arch: ['x86_64'] };
  },
  bootConfigs: { bios: ['isolinux/isolinux.cfg', 'syslinux/'], uefi: ['EFI/boot/grub.cfg'] },
  configs: {
    ignition: {
      how: 'The live system fetches the Ignition config from its URL; to write a disk, the config runs flatcar-install.',
      url: {
        words: ['flatcar.first_boot=1', 'ignition.config.url={config}'],
        reason: 'Ignition fetches its config from Bootbench for the live system.',
      },
      phoneHome: IGNITION_PHONE_HOME,
    },
  },
  inMemory: true,
  kernel: {
    candidates: [{ kernel: 'flatcar/vmlinuz', initrds: ['flatcar/cpio.gz'] }],
    words: ['flatcar.first_boot=1'],
    reason: 'The whole system is in the initrd.',
  },
  internet: { reason: 'The live system runs without; flatcar-install downloads the image that it writes.' },
};
