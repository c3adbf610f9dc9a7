import { PRESEED_PHONE_HOME } from './phone-home.ts';
import { archOf, titleOf, withoutZero } from './titles.ts';
import type { ConfigWay, IsoFacts, OsProfile, Recognised } from './types.ts';

/** The folders of the installer's kernel, by architecture. */
const INSTALLERS = ['install.amd', 'install.386', 'install.a64'];

const PRESEED: ConfigWay = {
  how: 'debian-installer fetches the preseed from its URL, or reads it from the medium.',
  // Debian installation guide, B.2.2: `url` is preseed/url, `file` preseed/file; `auto` asks for the language after it was read.
  url: {
    // Without router and name server in its lease netcfg asks for them at any priority (observed, Debian 12).
    words: [
      'auto=true',
      'priority=critical',
      'url={config}',
      'interface=auto',
      'netcfg/dhcp_timeout=60',
      'netcfg/no_default_route=true',
      'netcfg/get_nameservers=',
    ],
    reason: 'debian-installer fetches its preseed from Bootbench over the first interface with a link, and asks only what nothing answers.',
  },
  media: {
    words: ['auto=true', 'priority=critical', 'file=/cdrom/{file}'],
    reason: 'debian-installer reads its preseed from the medium, and asks only what nothing answers.',
  },
  names: ['preseed.cfg'],
  phoneHome: PRESEED_PHONE_HOME,
};

export const DEBIAN: OsProfile = {
  id: 'debian',
  name: 'Debian installer',
  kind: 'install',
  markers: [...INSTALLERS, '.disk'],
  texts: ['.disk/info'],
  recognise: (facts) => (INSTALLERS.some((path) => facts.paths.has(path)) ? recognised(facts, 'installer') : undefined),
  bootConfigs: { bios: ['isolinux/txt.cfg', 'isolinux/isolinux.cfg', 'boot/grub/grub.cfg'], uefi: ['boot/grub/grub.cfg'] },
  entry: { prefer: [/^install$/i, /install/i], label: 'install' },
  configs: { preseed: PRESEED },
  // hw-detect: disk-detect/ibft comes with the detection of disks, after cdrom-detect has mounted the CD.
  ibft: { reason: 'debian-installer looks for its CD before it logs in to iSCSI disks.' },
  kernel: {
    reason:
      'The initrd on this ISO looks for the installer’s parts on a CD; starting its kernel alone needs Debian’s netboot files instead.',
  },
  internet: {
    variant: /netinst/,
    reason: 'This ISO holds the base system only: anything more comes from a mirror, which the preseed may name.',
  },
  warnings: ['Its menu item that checks the medium reports the files that Bootbench changed; nothing else compares them.'],
};

export const DEBIAN_LIVE: OsProfile = {
  id: 'debian-live',
  name: 'Debian live',
  kind: 'live',
  markers: ['live/filesystem.squashfs', 'live/vmlinuz', 'live/initrd.img'],
  texts: ['.disk/info'],
  recognise: (facts) => (facts.paths.has('live/filesystem.squashfs') ? recognised(facts, 'live') : undefined),
  bootConfigs: { bios: ['isolinux/', 'boot/grub/grub.cfg'], uefi: ['boot/grub/grub.cfg'] },
  entry: { prefer: [/live/i] },
  configs: {},
  // live-boot(7): iscsi= needs the program iscsistart of open-iscsi; live-boot does not read the iBFT.
  ibft: { reason: 'live-boot does not read the iBFT.' },
  kernel: {
    candidates: [{ kernel: 'live/vmlinuz', initrds: ['live/initrd.img'] }],
    // live-boot(7)
    words: ['boot=live', 'components', 'ip=dhcp', 'fetch={files}live/filesystem.squashfs'],
    reason: 'live-boot fetches the live system into memory over HTTP, so the machine needs more memory than it is large.',
  },
};

/** `Debian GNU/Linux 12.5.0 "Bookworm" - Official amd64 NETINST with firmware 20240210-11:27`. */
const INFO = /^(?:Official )?(\w[\w ]*?)(?: GNU\/Linux)?(?: Live)? (\d+(?:\.\d+)*)/i;

function recognised({ texts }: IsoFacts, what: string): Recognised | undefined {
  const info = texts.get('.disk/info') ?? '';
  const found = INFO.exec(info);
  if (!found) return undefined;
  const version = withoutZero(found[2]);
  return { title: titleOf(found[1], version, what), version, variant: variantOf(info, what), arch: archOf(info) };
}

function variantOf(info: string, what: string): string {
  if (what === 'live') return 'live';
  return (/\b(netinst|dvd|bd|cd)\b/i.exec(info)?.[1] ?? 'cd').toLowerCase();
}
