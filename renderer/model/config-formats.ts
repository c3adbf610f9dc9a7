import type { ConfigFormat } from '../../contract/inventory.ts';

/** What each format is for, and what its file is usually called. */
export const FORMATS: readonly { readonly id: ConfigFormat; readonly label: string; readonly note: string; readonly file: string }[] = [
  { id: 'kickstart', label: 'Kickstart', note: 'Fedora, RHEL, Rocky, Alma, ESXi', file: 'ks.cfg' },
  { id: 'autoinstall', label: 'Autoinstall', note: 'Ubuntu (user-data and meta-data)', file: 'user-data' },
  { id: 'preseed', label: 'Preseed', note: 'Debian', file: 'preseed.cfg' },
  { id: 'ignition', label: 'Ignition', note: 'Fedora CoreOS, Flatcar', file: 'config.ign' },
  { id: 'autoyast', label: 'AutoYaST', note: 'SUSE', file: 'autoinst.xml' },
  { id: 'autounattend', label: 'Autounattend', note: 'Windows', file: 'autounattend.xml' },
  { id: 'ipxe', label: 'iPXE script', note: 'commands for iPXE itself', file: 'boot.ipxe' },
  { id: 'other', label: 'Other', note: 'any text', file: 'config.txt' },
];

export function formatLabel(format: ConfigFormat): string {
  return FORMATS.find(({ id }) => id === format)?.label ?? format;
}

export function usualFile(format: ConfigFormat): string {
  return FORMATS.find(({ id }) => id === format)?.file ?? 'config.txt';
}
