import { looksLikeGrub } from './grub/grub.ts';
import { hasRefindLines, looksLikeRefind } from './refind/refind.ts';
import type { BootConfigKind } from './types.ts';
import { looksLikeXen } from './xen.ts';

const ISOLINUX_NAME = /(?:^|\/)(?:isolinux|syslinux|extlinux)(?:\/[^/]+)?\.(?:cfg|conf)$/;
const GRUB_NAME = /(?:^|\/)(?:grub[^/]*|loopback)\.cfg$/;
const REFIND_NAME = /(?:^|\/)refind[^/]*\.conf$/;
const ENTRY_NAME = /(?:^|\/)loader\/(?:entries\/[^/]+|loader)\.conf$/;

const ISOLINUX_LINE =
  /^[ \t]*(?:label|append|kernel|linux|default|include|timeout|prompt|ui|display|say|menu|localboot|serial|ontimeout|config|path)(?:[ \t]|\r?$)/im;
const GRUB_LINE =
  /^[ \t]*(?:set|if|search(?:\.\w+)?|configfile|source|insmod|load_env|menuentry|submenu|function|export|loadfont|linux\w*)(?:[ \t]|\r?$)/m;
const ENTRY_LINE = /^[ \t]*(?:title|linux|efi|options|uki|timeout|default)[ \t]/m;

/**
 * What kind of boot configuration a file of an ISO (or of its El Torito FAT) is, by its path and what it says; undefined if it is none.
 * A name alone is never enough: ISOs carry many .cfg files that no boot loader reads.
 */
export function recogniseBootConfig(path: string, text: string): BootConfigKind | undefined {
  const name = path.replace(/;\d+$/, '').toLowerCase();
  if (!/\.(?:cfg|conf)$/.test(name)) return undefined;
  for (const rule of RULES) {
    if (rule.name?.test(name) === false) continue;
    if (rule.matches(text)) return rule.kind;
    if (rule.name) return undefined;
  }
  return undefined;
}

/** The first rule that applies decides: one with a `name` by the name and then the content, one without by the content alone. */
const RULES: readonly { readonly kind: BootConfigKind; readonly name?: RegExp; readonly matches: (text: string) => boolean }[] = [
  { kind: 'systemd-boot', name: ENTRY_NAME, matches: (text) => ENTRY_LINE.test(text) },
  { kind: 'refind', name: REFIND_NAME, matches: hasRefindLines },
  { kind: 'xen', matches: looksLikeXen },
  { kind: 'esxi', matches: isEsxi },
  { kind: 'isolinux', name: ISOLINUX_NAME, matches: (text) => ISOLINUX_LINE.test(text) },
  { kind: 'grub', name: GRUB_NAME, matches: (text) => GRUB_LINE.test(text) || looksLikeGrub(text) },
  { kind: 'isolinux', matches: startsLabels },
  { kind: 'refind', matches: looksLikeRefind },
  { kind: 'grub', matches: looksLikeGrub },
];

function isEsxi(text: string): boolean {
  return /^[ \t]*kernelopt=/m.test(text) || (/^[ \t]*kernel=/m.test(text) && /^[ \t]*modules=/m.test(text));
}

function startsLabels(text: string): boolean {
  return /^[ \t]*label[ \t]/im.test(text) && /^[ \t]*(?:kernel|linux|append|localboot|com32|config)(?:[ \t]|\r?$)/im.test(text);
}
