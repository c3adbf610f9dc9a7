import { AGAMA_PHONE_HOME, AUTOYAST_PHONE_HOME } from './phone-home.ts';
import { archOf, titleOf } from './titles.ts';
import type { ConfigWay, IsoFacts, OsProfile, Recognised } from './types.ts';

const LOADERS = [
  { kernel: 'boot/x86_64/loader/linux', initrds: ['boot/x86_64/loader/initrd'] },
  { kernel: 'boot/aarch64/linux', initrds: ['boot/aarch64/initrd'] },
  { kernel: 'boot/aarch64/loader/linux', initrds: ['boot/aarch64/loader/initrd'] },
];
const MARKERS = LOADERS.flatMap(({ kernel, initrds }) => [kernel, ...initrds]);

const AUTOYAST: ConfigWay = {
  how: 'linuxrc sets up the network and fetches the control file, or looks for it on the medium by its label.',
  url: { words: ['autoyast={config}', 'netsetup=dhcp'], reason: 'AutoYaST fetches its control file from Bootbench.' },
  // AutoYaST guide, "Invoking": label://LABEL/PATH finds the medium whatever device it is.
  media: { words: ['autoyast=label://{volume}/{file}'], reason: 'AutoYaST reads its control file from the medium, found by its label.' },
  names: ['autoinst.xml'],
  phoneHome: AUTOYAST_PHONE_HOME,
};

/** openSUSE Leap 15 and Tumbleweed, SLES 15. */
export const SUSE: OsProfile = {
  id: 'suse',
  name: 'openSUSE and SUSE Linux Enterprise',
  kind: 'install',
  markers: [...MARKERS, 'boot/x86_64/root', 'boot/aarch64/root'],
  texts: ['media.1/media'],
  recognise: (facts) => (hasLoader(facts) && isYast(facts) ? recognised(facts) : undefined),
  bootConfigs: { bios: ['boot/x86_64/loader/isolinux.cfg'], uefi: ['EFI/BOOT/grub.cfg'] },
  mediaCheck: ['mediacheck'],
  entry: { prefer: [/^installation$/i], label: 'linux' },
  configs: { autoyast: AUTOYAST },
  // linuxrc, withiscsi=1: opens YaST's list of disks, after linuxrc has found the medium.
  ibft: { reason: 'linuxrc looks for its medium before YaST logs in to iSCSI disks.' },
  kernel: {
    candidates: LOADERS,
    words: ['install={files}', 'netsetup=dhcp'],
    reason: 'linuxrc gets the installation system and the packages from the ISO over HTTP.',
  },
  internet: { variant: /net|online/, reason: 'This ISO has no packages: the installer downloads them.' },
};

/** SLES 16 and Leap 16 are installed by Agama, out of a live system. */
export const AGAMA: OsProfile = {
  id: 'agama',
  name: 'SUSE with Agama',
  kind: 'install',
  markers: [...MARKERS, 'LiveOS/squashfs.img'],
  texts: ['media.1/media'],
  recognise: (facts) => (facts.paths.has('liveos/squashfs.img') && hasLoader(facts) && isAgama(facts) ? recognised(facts) : undefined),
  bootConfigs: { bios: ['boot/grub2/grub.cfg'], uefi: ['EFI/BOOT/grub.cfg', 'boot/grub2/grub.cfg'] },
  mediaCheck: ['rd.live.check', 'mediacheck'],
  entry: { prefer: [/^install/i] },
  configs: {
    // Agama, boot options: `agama.auto` in its first versions.
    autoyast: agamaWay('autoinst.xml', 'Agama takes most of an AutoYaST control file, from its URL or from the medium.'),
    other: agamaWay('profile.json', 'Agama fetches its profile (JSON or Jsonnet) from its URL, or reads it from the medium.'),
  },
  ibft: { reason: 'It is unknown whether the initrd on this ISO logs in to iSCSI disks.' },
  kernel: {
    candidates: LOADERS,
    words: ['root=live:{iso}', 'ip=dhcp', 'rd.neednet=1'],
    reason: 'The live system is fetched into memory with the whole ISO, so the machine needs well more memory than the ISO is large.',
  },
  internet: {
    variant: /net|online/,
    reason: 'This ISO has no packages: Agama downloads them, or gets them from where inst.install_url says.',
  },
};

function agamaWay(name: string, how: string): ConfigWay {
  return {
    how,
    url: { words: ['inst.auto={config}'], reason: 'Agama fetches its profile from Bootbench and installs without asking.' },
    // dracut's dmsquash-live has the medium mounted there.
    media: {
      words: ['inst.auto=file:///run/initramfs/live/{file}'],
      reason: 'Agama reads its profile from the medium and installs without asking.',
    },
    names: [name],
    phoneHome: AGAMA_PHONE_HOME,
  };
}

function hasLoader({ paths }: IsoFacts): boolean {
  return LOADERS.some(({ kernel }) => paths.has(kernel.toLowerCase()));
}

function isYast({ paths, texts, volumeId }: IsoFacts): boolean {
  return /suse|^SLE|^Leap/i.test(`${volumeId} ${texts.get('media.1/media') ?? ''}`) && !paths.has('liveos/squashfs.img');
}

function isAgama({ volumeId }: IsoFacts): boolean {
  return /agama|^SLE[S_]?[-_]?16|Leap[-_]16|^SLES|^openSUSE.*installer|^Install/i.test(volumeId);
}

/** `openSUSE-Leap-15.6-DVD-x86_64-Build710.3`, `SLE-15-SP6-Full-x86_64-GM`: on the medium's second line where the volume id says less. */
function recognised({ texts, volumeId }: IsoFacts): Recognised {
  const lines = (texts.get('media.1/media') ?? '').split(/\r?\n/);
  const label = [volumeId, ...lines.slice(0, 2)].find((text) => /suse|^SLE|^Leap/i.test(text)) ?? volumeId;
  const version = /(?:Leap|SLES?|SLED|SLE|Micro)[-_ ]?(?:\w+[-_])?(\d+(?:\.\d+)?)(?:[-_ ](SP\d+))?/i.exec(label);
  const number = titleOf(version?.[1], version?.[2]?.toUpperCase());
  const name = /leap/i.test(label)
    ? 'openSUSE Leap'
    : /tumbleweed/i.test(label)
      ? 'openSUSE Tumbleweed'
      : /^SLE|SLES/i.test(label)
        ? 'SUSE Linux Enterprise'
        : 'openSUSE';
  const variant = /[-_](DVD|NET|Online|Full|Packages)\b/i.exec(label.replaceAll('_', '-'))?.[1]?.toLowerCase();
  return { title: titleOf(name, number), version: number === '' ? undefined : number, variant, arch: archOf(label) };
}
