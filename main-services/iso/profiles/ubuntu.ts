import { AUTOINSTALL_PHONE_HOME } from './phone-home.ts';
import { archOf, titleOf } from './titles.ts';
import type { ConfigWay, IsoFacts, KernelWay, OsProfile, Recognised } from './types.ts';

const AUTOINSTALL: ConfigWay = {
  how: 'The installer’s cloud-init gets user-data, meta-data and vendor-data from a URL, or from the root of the medium.',
  // cloud-init, NoCloud: the folder's URL ends in a slash. GRUB ends a command at `;`, so the editor quotes it.
  url: {
    words: ['autoinstall', 'ds=nocloud;s={base}'],
    reason: 'cloud-init fetches user-data and meta-data from Bootbench; autoinstall asks no question.',
  },
  media: {
    words: ['autoinstall', 'ds=nocloud;s=/cdrom/'],
    reason: 'cloud-init reads user-data and meta-data from the medium; autoinstall asks no question.',
  },
  names: ['user-data', 'autoinstall.yaml'],
  made: [
    { name: 'meta-data', text: 'instance-id: bootbench\n' },
    { name: 'vendor-data', text: '#cloud-config\n' },
  ],
  phoneHome: AUTOINSTALL_PHONE_HOME,
};

const KERNEL: KernelWay = {
  candidates: [
    { kernel: 'casper/vmlinuz', initrds: ['casper/initrd'] },
    { kernel: 'casper/vmlinuz', initrds: ['casper/initrd.gz'] },
    { kernel: 'casper/hwe-vmlinuz', initrds: ['casper/hwe-initrd'] },
  ],
  // casper(7): url= fetches the ISO. cloud-init would take it for its own, so it is told of nothing.
  words: ['ip=dhcp', 'url={iso}', 'cloud-config-url=/dev/null'],
  reason: 'casper fetches the whole ISO into memory, so the machine needs well more memory than the ISO is large.',
};

// open-iscsi reads the iBFT (iscsi_auto) in a script of local-top, which casper does not run.
const IBFT = { reason: 'casper does not log in to iSCSI disks.' };

const MARKERS = ['casper', '.disk', ...KERNEL.candidates.flatMap(({ kernel, initrds }) => [kernel, ...initrds])];

export const UBUNTU_SERVER: OsProfile = {
  id: 'ubuntu-server',
  name: 'Ubuntu Server',
  kind: 'install',
  markers: MARKERS,
  texts: ['.disk/info'],
  recognise: (facts) =>
    isCasper(facts) && /^Ubuntu-Server/i.test(nameOf(facts)) ? recognised(facts, 'Ubuntu Server', 'server') : undefined,
  bootConfigs: { bios: ['boot/grub/grub.cfg', 'isolinux/txt.cfg'], uefi: ['boot/grub/grub.cfg'] },
  entry: { prefer: [/^(?:try or )?install /i], label: 'live' },
  configs: { autoinstall: AUTOINSTALL },
  ibft: IBFT,
  kernel: KERNEL,
};

export const UBUNTU_DESKTOP: OsProfile = {
  id: 'ubuntu-desktop',
  name: 'Ubuntu Desktop and its flavours',
  kind: 'install',
  markers: MARKERS,
  texts: ['.disk/info'],
  recognise: (facts) => (isCasper(facts) ? recognised(facts, nameOf(facts).replace(/^Ubuntu$/, 'Ubuntu Desktop'), 'desktop') : undefined),
  bootConfigs: { bios: ['boot/grub/grub.cfg', 'isolinux/txt.cfg'], uefi: ['boot/grub/grub.cfg'] },
  entry: { prefer: [/^(?:try or )?install /i], label: 'live' },
  configs: { autoinstall: AUTOINSTALL },
  ibft: IBFT,
  kernel: KERNEL,
  warnings: ['Desktop ISOs take an autoinstall since 23.04; an older one only shows its desktop.'],
};

/** `Ubuntu-Server 24.04.2 LTS "Noble Numbat" - Release amd64 (20250217)`. */
const INFO = /^(.*?)[ ]+(\d+\.\d+(?:\.\d+)?(?: LTS)?)\b/;

function isCasper({ paths, texts }: IsoFacts): boolean {
  return paths.has('casper') && INFO.test(texts.get('.disk/info') ?? '');
}

function nameOf({ texts }: IsoFacts): string {
  return INFO.exec(texts.get('.disk/info') ?? '')?.[1] ?? '';
}

function recognised({ texts }: IsoFacts, name: string, variant: string): Recognised {
  const info = texts.get('.disk/info') ?? '';
  const version = INFO.exec(info)?.[2];
  return { title: titleOf(name, version), version, variant, arch: archOf(info) };
}
