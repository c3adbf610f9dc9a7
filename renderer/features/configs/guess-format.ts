import type { ConfigFormat } from '../../../contract/inventory.ts';

/** The format, by the name of a file or its text; undefined where neither shows it. */
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
