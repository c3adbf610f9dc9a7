import { SHELL_PHONE_HOME } from './phone-home.ts';
import { archOf, titleOf } from './titles.ts';
import type { OsProfile } from './types.ts';

export const ARCH_LINUX: OsProfile = {
  id: 'arch',
  name: 'Arch Linux',
  kind: 'live',
  markers: ['arch/boot/x86_64/vmlinuz-linux', 'arch/boot/x86_64/initramfs-linux.img'],
  texts: ['arch/version'],
  recognise({ volumeId, texts, paths }) {
    const inVolume = /^ARCH_(\d{4})(\d{2})/.exec(volumeId);
    if (!inVolume && !paths.has('arch/boot/x86_64/vmlinuz-linux')) return undefined;
    const version = /^[\d.]+/.exec(texts.get('arch/version') ?? '')?.[0] ?? (inVolume ? `${inVolume[1]}.${inVolume[2]}` : undefined);
    return { title: titleOf('Arch Linux', version), version, arch: ['x86_64'] };
  },
  // The UEFI entries that count are in the boot image; the tree's are a copy.
  bootConfigs: { bios: ['boot/syslinux/', 'syslinux/', 'arch/boot/syslinux/'], uefi: ['loader/entries/'] },
  configs: {
    other: {
      how: 'The live system runs the config’s default file as a script, as archinstall with a config of its own.',
      // archiso's releng profile, .automated_script.sh: a URL, or a path of the live system.
      url: { words: ['script={config}'], reason: 'The live system fetches the script from Bootbench and runs it.' },
      media: { words: ['script=/run/archiso/bootmnt/{file}'], reason: 'The live system runs the script from the medium.' },
      phoneHome: SHELL_PHONE_HOME,
    },
  },
  // mkinitcpio-archiso has hooks for HTTP, NFS and NBD.
  ibft: { reason: 'The initrd on this ISO does not log in to iSCSI disks.' },
  kernel: {
    candidates: [{ kernel: 'arch/boot/x86_64/vmlinuz-linux', initrds: ['arch/boot/x86_64/initramfs-linux.img'] }],
    // mkinitcpio-archiso, README.bootparams
    words: ['archisobasedir=arch', 'archiso_http_srv={files}', 'ip=dhcp'],
    reason: 'The live system is fetched into memory over HTTP.',
  },
  internet: { reason: 'The ISO has no packages: everything that is installed is downloaded.' },
};

export const ALPINE: OsProfile = {
  id: 'alpine',
  name: 'Alpine Linux',
  kind: 'live',
  markers: ['apks', 'boot/vmlinuz-lts', 'boot/vmlinuz-virt'],
  texts: ['.alpine-release'],
  recognise({ volumeId, texts }) {
    const text = texts.get('.alpine-release') ?? (/^alpine-/i.test(volumeId) ? volumeId : undefined);
    if (text === undefined) return undefined;
    const version = /\d+\.\d+(?:\.\d+)?(?:_\w+)?/.exec(text)?.[0];
    const variant = /^alpine-(\w+)/i.exec(volumeId)?.[1]?.toLowerCase().replace(/^std$/, 'standard').replace(/^ext$/, 'extended');
    return { title: titleOf('Alpine Linux', version, variant), version, variant, arch: archOf(volumeId) };
  },
  bootConfigs: { bios: ['boot/syslinux/syslinux.cfg'], uefi: ['boot/grub/grub.cfg'] },
  configs: {
    other: {
      how: 'Its files are packed into an overlay (apkovl) in the root of the medium, which Alpine unpacks; the default file runs as a script at the end of the start.',
      media: { words: [], reason: 'Alpine finds its overlay in the root of the medium by itself.' },
      packs: { name: 'bootbench.apkovl.tar.gz', as: 'apkovl' },
      phoneHome: 'wget -q -O - --post-data= "{{ phone_home.url }}" || true\n',
    },
  },
  ibft: { reason: 'The initrd on this ISO has no drivers for network cards: they are in a file on the medium.' },
  kernel: {
    // aports, scripts/mkimg.base.sh: initfs_features has no "network" but in the netboot flavour.
    reason: 'The initrd on this ISO has no drivers for network cards: they are in a file on the medium. Alpine’s netboot files would do.',
  },
};

export const NIXOS: OsProfile = {
  id: 'nixos',
  name: 'NixOS',
  kind: 'live',
  markers: ['nix-store.squashfs', 'boot/bzImage', 'EFI/nixos-installer-image'],
  texts: ['version.txt'],
  recognise({ volumeId, texts, paths }) {
    if (!/^nixos-/i.test(volumeId) && !paths.has('nix-store.squashfs')) return undefined;
    const version = /\d{2}\.\d{2}/.exec(`${volumeId} ${texts.get('version.txt') ?? ''}`)?.[0];
    const variant = /^nixos-([a-z]+)/i.exec(volumeId)?.[1]?.toLowerCase();
    return { title: titleOf('NixOS', version, variant), version, variant, arch: archOf(volumeId) };
  },
  bootConfigs: { bios: ['isolinux/isolinux.cfg'], uefi: ['EFI/boot/grub.cfg'] },
  entry: { prefer: [/^NixOS .*installer/i, /^boot$/i] },
  configs: {},
  // NixOS, boot.iscsi-initiator: off unless configured.
  ibft: { reason: 'The initrd on this ISO does not log in to iSCSI disks.' },
  kernel: { reason: 'The initrd on this ISO looks for its store on the medium; NixOS’s netboot files would do without.' },
  internet: { reason: 'The installer downloads what the new system is made of, unless the network has a cache of it.' },
  warnings: ['NixOS has no unattended install: log in on its console (or build an ISO with a key), then run nixos-install.'],
};
