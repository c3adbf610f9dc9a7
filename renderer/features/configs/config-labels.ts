import type { Config, ConfigFormat, Host, Image } from '../../../contract/inventory.ts';
import type { LintFinding } from '../../../contract/views.ts';
import type { ByName } from '../../store/store.ts';

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

/** The format that a file's name or beginning tells; undefined where neither does. */
export function guessFormat(fileName: string, text: string): ConfigFormat | undefined {
  const name = fileName.toLowerCase();
  if (text.startsWith('#!ipxe') || name.endsWith('.ipxe')) return 'ipxe';
  if (name.endsWith('.ign') || /^\s*\{\s*"ignition"/.test(text)) return 'ignition';
  if (name === 'user-data' || /^(#cloud-config|autoinstall:)/m.test(text)) return 'autoinstall';
  if (name.includes('preseed') || /^d-i /m.test(text)) return 'preseed';
  if (name.includes('unattend') || text.includes('urn:schemas-microsoft-com:unattend')) return 'autounattend';
  if (name.includes('autoinst') || text.includes('http://www.suse.com/1.0/yast2ns')) return 'autoyast';
  if (/\.ks$|^ks|kickstart/.test(name) || /^%packages/m.test(text)) return 'kickstart';
  return undefined;
}

export function imagesListing(images: ByName<Image>, config: string): string[] {
  return Object.values(images)
    .filter(({ bootConfigs }) => bootConfigs.includes(config))
    .map(({ name }) => name)
    .sort();
}

export function hostsUsing(hosts: ByName<Host>, config: string): string[] {
  return Object.values(hosts)
    .filter(({ assignment }) => assignment?.config === config)
    .map(({ name }) => name)
    .sort();
}

export function filesWords({ files, defaultFile }: Config): string {
  const names = Object.keys(files);
  return names.map((name) => (name === defaultFile && names.length > 1 ? `${name} (default)` : name)).join(', ');
}

/** Where a template error lies, as its sentence begins: `ks.cfg, line 3, column 5: …`. */
export function placeOf(message: string): { file: string; line: number; column: number } | undefined {
  const match = /^(.+), line (\d+), column (\d+): /.exec(message);
  const [, file, line, column] = match ?? [];
  return file === undefined ? undefined : { file, line: Number(line), column: Number(column) };
}

/** `in order`, `1 error`, `2 errors and 1 warning`. */
export function findingWords(findings: readonly Pick<LintFinding, 'severity'>[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const counts = [counted(errors, 'error'), counted(findings.length - errors, 'warning')].filter((word) => word !== undefined);
  return counts.length === 0 ? 'in order, as far as its format goes' : counts.join(' and ');
}

function counted(count: number, what: string): string | undefined {
  if (count === 0) return undefined;
  return count === 1 ? `1 ${what}` : `${count} ${what}s`;
}
