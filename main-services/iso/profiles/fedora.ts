import { KICKSTART_PHONE_HOME } from './phone-home.ts';
import { archOf, iniValues, titleOf } from './titles.ts';
import type { ConfigWay, IsoFacts, OsProfile, Recognised } from './types.ts';

const FAMILY = /^(?:Fedora|RHEL|Rocky|AlmaLinux|CentOS|OL|CloudLinux)[- _]/i;
/** What families call themselves in volume ids, where no .treeinfo says it better. */
const NAMES: Readonly<Record<string, string>> = { rhel: 'Red Hat Enterprise Linux', rocky: 'Rocky Linux', ol: 'Oracle Linux' };

const KICKSTART: ConfigWay = {
  how: 'Anaconda fetches the kickstart from its URL, or reads /ks.cfg from the medium.',
  // docs: anaconda boot options; `ks=` without `inst.` is dead since RHEL 9.
  url: { words: ['inst.ks={config}'], reason: 'Anaconda fetches its kickstart from Bootbench.' },
  media: { words: ['inst.ks=cdrom:/{file}'], reason: 'Anaconda reads its kickstart from the medium.' },
  names: ['ks.cfg'],
  phoneHome: KICKSTART_PHONE_HOME,
};

/** dracut.cmdline(7), iSCSI. The ISO's own arguments name the medium by its label, which is then found on the iSCSI disk. */
const IBFT_WORDS = ['rd.iscsi.firmware=1', 'rd.iscsi.ibft=1', 'rd.neednet=1'];

export const FEDORA: OsProfile = {
  id: 'fedora',
  name: 'Fedora and Red Hat family',
  kind: 'install',
  markers: [
    'images/install.img',
    'images/pxeboot/vmlinuz',
    'repodata/repomd.xml',
    'BaseOS/repodata/repomd.xml',
    'Minimal/repodata/repomd.xml',
  ],
  texts: ['.treeinfo'],
  recognise(facts) {
    const info = iniValues(facts.texts.get('.treeinfo') ?? '');
    const family = info.get('general.family') ?? info.get('release.name');
    if (family !== undefined && facts.paths.has('images/pxeboot/vmlinuz')) return fromTreeinfo(facts, family, info);
    return FAMILY.test(facts.volumeId) && facts.paths.has('images/install.img') ? fromVolume(facts) : undefined;
  },
  bootConfigs: { bios: ['isolinux/isolinux.cfg', 'boot/grub2/grub.cfg'], uefi: ['EFI/BOOT/grub.cfg'] },
  mediaCheck: ['rd.live.check'],
  // The default entry is "Test this media & install …".
  entry: { prefer: [/^install /i], label: 'linux' },
  configs: { kickstart: KICKSTART },
  ibft: {
    words: IBFT_WORDS,
    reason: 'dracut logs in to the iSCSI disk again as the iBFT says, so Anaconda finds its medium by the label.',
  },
  kernel: {
    candidates: [{ kernel: 'images/pxeboot/vmlinuz', initrds: ['images/pxeboot/initrd.img'] }],
    words: ['inst.stage2={files}', 'inst.repo={files}'],
    variants: [{ variant: /netinst/, words: ['inst.stage2={files}'] }],
    reason: 'Anaconda gets its second stage and its packages from the ISO over HTTP.',
  },
  internet: {
    variant: /netinst/,
    reason: 'This ISO has no packages: Anaconda downloads them from a mirror, or from where the kickstart says.',
  },
};

export const FEDORA_LIVE: OsProfile = {
  id: 'fedora-live',
  name: 'Fedora and Red Hat family, live',
  kind: 'live',
  markers: ['LiveOS/squashfs.img', 'images/pxeboot/vmlinuz', 'isolinux/vmlinuz', 'boot/x86_64/loader/linux', 'boot/aarch64/loader/linux'],
  recognise: (facts) => (facts.paths.has('liveos/squashfs.img') && FAMILY.test(facts.volumeId) ? fromVolume(facts) : undefined),
  bootConfigs: { bios: ['isolinux/isolinux.cfg', 'boot/grub2/grub.cfg'], uefi: ['EFI/BOOT/grub.cfg'] },
  mediaCheck: ['rd.live.check'],
  entry: { prefer: [/^start /i, /^linux/i] },
  configs: {},
  ibft: {
    words: IBFT_WORDS,
    reason: 'dracut logs in to the iSCSI disk again as the iBFT says, so the live system reads its medium as it needs it.',
  },
  kernel: {
    candidates: [
      { kernel: 'images/pxeboot/vmlinuz', initrds: ['images/pxeboot/initrd.img'] },
      { kernel: 'boot/x86_64/loader/linux', initrds: ['boot/x86_64/loader/initrd'] },
      { kernel: 'boot/aarch64/loader/linux', initrds: ['boot/aarch64/loader/initrd'] },
      { kernel: 'isolinux/vmlinuz', initrds: ['isolinux/initrd.img'] },
    ],
    // dracut.cmdline(7), root=live:<url>; lorax builds live initrds with livenet.
    words: ['root=live:{files}LiveOS/squashfs.img', 'rd.live.image', 'ip=dhcp'],
    reason: 'The live system is fetched into memory over HTTP, so the machine needs more memory than it is large.',
  },
};

function fromTreeinfo(facts: IsoFacts, family: string, info: ReadonlyMap<string, string>): Recognised {
  const version = info.get('general.version') ?? info.get('release.version');
  const edition = info.get('general.variant') ?? '';
  const netinst = !hasPackages(facts);
  const shown = /^(?:BaseOS|AppStream|Minimal)$/i.test(edition) ? '' : edition;
  return {
    title: titleOf(family, shown, version, netinst && '(network install)'),
    version,
    variant: netinst ? 'netinst' : edition.toLowerCase() || 'dvd',
    arch: archOf(info.get('general.arch') ?? info.get('tree.arch') ?? facts.volumeId),
  };
}

function fromVolume(facts: IsoFacts): Recognised {
  const words = facts.volumeId.split(/[-_ ]+/);
  const at = words.findIndex((word) => /^\d+(?:\.\d+)?$/.test(word));
  const minor = /^fedora/i.test(facts.volumeId) ? undefined : words[at + 1];
  const version = at < 0 ? undefined : [words[at], /^\d{1,2}$/.test(minor ?? '') && minor].filter(Boolean).join('.');
  const live = facts.paths.has('liveos/squashfs.img') && !facts.paths.has('images/install.img');
  const netinst = !live && !hasPackages(facts);
  const family = NAMES[(words[0] ?? '').toLowerCase()] ?? words[0];
  const stream = /stream/i.test(facts.volumeId) && 'Stream';
  return {
    title: titleOf(family, stream, live && edition(words), live && 'Live', version, netinst && '(network install)'),
    version,
    variant: live ? 'live' : netinst ? 'netinst' : 'dvd',
    arch: archOf(facts.volumeId.replace(/[- ]/g, '_')),
  };
}

function edition(words: readonly string[]): string | undefined {
  const found = words
    .slice(1)
    .find((word) => /^(?:WS|Workstation|KDE|GNOME|XFCE|Xfce|MATE|LXQt|Cinnamon|Sway|i3|Budgie|COSMIC)$/i.test(word));
  return found === 'WS' ? 'Workstation' : found;
}

function hasPackages({ paths }: IsoFacts): boolean {
  return ['repodata/repomd.xml', 'baseos/repodata/repomd.xml', 'minimal/repodata/repomd.xml'].some((path) => paths.has(path));
}
