import { PROXMOX_PHONE_HOME } from './phone-home.ts';
import { titleOf } from './titles.ts';
import type { OsProfile } from './types.ts';

const PRODUCTS: Readonly<Record<string, string>> = {
  pve: 'Proxmox VE',
  pbs: 'Proxmox Backup Server',
  pmg: 'Proxmox Mail Gateway',
  pdm: 'Proxmox Datacenter Manager',
};

/** Proxmox VE and its sisters. Their GRUB has an entry "(Automated)" where the file auto-installer-mode.toml lies in the root (≥ 8.2). */
export const PROXMOX: OsProfile = {
  id: 'proxmox',
  name: 'Proxmox installers',
  kind: 'install',
  markers: ['proxmox', '.pve-cd-id.txt', '.pbs-cd-id.txt', '.pmg-cd-id.txt', 'boot/linux26'],
  texts: ['.cd-info', '.disk/info'],
  recognise({ volumeId, texts, paths }) {
    const info = `${texts.get('.cd-info') ?? ''}\n${texts.get('.disk/info') ?? ''}`;
    const value = (name: string) => new RegExp(`^${name}='?([^'\n]*)'?`, 'm').exec(info)?.[1];
    const product = (value('PRODUCT') ?? volumeId).toLowerCase();
    const known = PRODUCTS[product] !== undefined || value('PRODUCTLONG') !== undefined;
    if (!paths.has('boot/linux26') || !(known || paths.has('proxmox'))) return undefined;
    const version = value('RELEASE') && [value('RELEASE'), value('ISORELEASE')].filter(Boolean).join('-');
    return { title: titleOf(PRODUCTS[product] ?? value('PRODUCTLONG') ?? 'Proxmox', version), version, variant: product, arch: ['x86_64'] };
  },
  bootConfigs: { bios: ['boot/grub/grub.cfg'], uefi: ['boot/grub/grub.cfg'] },
  entry: { prefer: [/automated/i, /^install /i] },
  configs: {
    other: {
      how: 'The installer takes answer.toml from the root of the medium, or asks for it by HTTP POST. Needs release 8.2 or newer.',
      // Proxmox wiki, "Automated Installation"; the installer reads /cdrom/auto-installer-mode.toml.
      url: { words: [], reason: 'A file on the medium contains the answer’s URL, which the installer requests with POST.' },
      media: { words: [], reason: 'A file on the medium points the installer to the answer file on the same medium.' },
      prefers: 'media',
      names: ['answer.toml'],
      made: [
        { name: 'auto-installer-mode.toml', deliver: 'media', text: 'mode = "iso"\n' },
        { name: 'auto-installer-mode.toml', deliver: 'url', text: 'mode = "http"\n\n[http]\nurl = "{config}"\n' },
      ],
      phoneHome: PROXMOX_PHONE_HOME,
    },
  },
  ibft: { reason: 'The initrd on this ISO does not log in to iSCSI disks, and looks for the installer on local drives.' },
  kernel: { reason: 'The initrd on this ISO looks for the installer on a CD drive.' },
};
