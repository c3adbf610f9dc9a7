import type { BootConfigChange, BootConfigKind, MenuSerial } from '../bootconfig/types.ts';
import { menuEntries } from './menu-entries.ts';
import type { OsProfile } from './types.ts';

/** Long enough to press a key, short enough to wait for. */
const UNATTENDED_TIMEOUT = 5;

/** Checks of the medium, of any family: a changed medium fails them all (isomd5sum and SUSE's checkmedia, observed). */
const MEDIA_CHECKS = ['rd.live.check', 'mediacheck=1'];

/**
 * What one boot configuration needs besides the arguments: no check of the medium and, where the machine is to start by itself, the
 * right entry after a few seconds. `kind` and `text` are the file's own.
 */
export function configChange(
  profile: OsProfile,
  kind: BootConfigKind,
  text: string,
  { unattended, serial }: { readonly unattended: boolean; readonly serial?: MenuSerial | undefined },
): Omit<BootConfigChange, 'append'> {
  const drop = [...MEDIA_CHECKS, ...(profile.mediaCheck ?? [])];
  if (!unattended) return { drop, serial };
  return {
    serial,
    drop: [...drop, ...(profile.unattendedDrop ?? [])],
    timeoutSeconds: UNATTENDED_TIMEOUT,
    defaultEntry: defaultEntryOf(profile, kind, text),
  };
}

/**
 * The entry to start: the first that the profile's rule prefers; undefined leaves the vendor's. Isolinux's menu is often spread over
 * files, each of which may name a default: they all name the label that the profile knows, unless the menu's only file lacks it.
 */
export function defaultEntryOf({ entry: rule }: OsProfile, kind: BootConfigKind, text: string): string | undefined {
  if (!rule) return undefined;
  const entries = menuEntries(kind, text);
  const whole = entries.length > 0 && STARTS_MENU.test(text);
  if (kind === 'isolinux' && rule.label !== undefined && (!whole || entries.some(({ name }) => name === rule.label))) return rule.label;
  for (const wanted of rule.prefer) {
    const found = entries.find(({ name, title }) => wanted.test(title) || wanted.test(name));
    if (found) return found.name;
  }
  return undefined;
}

/** The file that isolinux reads first, and not one that it includes. */
const STARTS_MENU = /^[ \t]*(?:prompt|ui|default[ \t]+\S+\.c32)\b/im;
