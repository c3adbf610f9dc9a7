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
  if (ENTRY_NAME.test(name)) return ENTRY_LINE.test(text) ? 'systemd-boot' : undefined;
  if (!/\.(?:cfg|conf)$/.test(name)) return undefined;
  if (REFIND_NAME.test(name)) return hasRefindLines(text) ? 'refind' : undefined;
  if (looksLikeXen(text)) return 'xen';
  if (isEsxi(text)) return 'esxi';
  return linuxLoaderOf(name, text);
}

/** By the name that a loader looks for, else by what only its language says. */
function linuxLoaderOf(name: string, text: string): BootConfigKind | undefined {
  if (ISOLINUX_NAME.test(name)) return ISOLINUX_LINE.test(text) ? 'isolinux' : undefined;
  if (GRUB_NAME.test(name)) return GRUB_LINE.test(text) || looksLikeGrub(text) ? 'grub' : undefined;
  if (startsLabels(text)) return 'isolinux';
  if (looksLikeRefind(text)) return 'refind';
  return looksLikeGrub(text) ? 'grub' : undefined;
}

function isEsxi(text: string): boolean {
  return /^[ \t]*kernelopt=/m.test(text) || (/^[ \t]*kernel=/m.test(text) && /^[ \t]*modules=/m.test(text));
}

function startsLabels(text: string): boolean {
  return /^[ \t]*label[ \t]/im.test(text) && /^[ \t]*(?:kernel|linux|append|localboot|com32|config)(?:[ \t]|\r?$)/im.test(text);
}
