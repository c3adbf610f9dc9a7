import type { PreparedChange } from './arguments.ts';
import { prepareChange } from './arguments.ts';
import { esxiEdits } from './esxi.ts';
import { grubEdits, grubSettings } from './grub/grub.ts';
import { isolinuxEdits, isolinuxSettings } from './isolinux/isolinux.ts';
import type { EditSite } from './loader.ts';
import { refindEdits } from './refind/refind.ts';
import { systemdBootEdits } from './systemd-boot.ts';
import type { TextEdit } from './text-edits.ts';
import { applyEdits } from './text-edits.ts';
import { xenEdits } from './xen.ts';
import type { BootConfigChange, BootConfigKind, EditedBootConfig, LineChange } from './types.ts';

const EDITORS: Record<BootConfigKind, (text: string, change: PreparedChange) => TextEdit[]> = {
  grub: grubEdits,
  isolinux: isolinuxEdits,
  'systemd-boot': systemdBootEdits,
  esxi: esxiEdits,
  refind: refindEdits,
  xen: xenEdits,
};

/** What is changed besides the words, where these have their places from a loader's reading. */
const SETTINGS: Partial<Record<BootConfigKind, (text: string, change: PreparedChange) => TextEdit[]>> = {
  grub: grubSettings,
  isolinux: isolinuxSettings,
};

/**
 * Puts a host's kernel arguments into one boot configuration. `text` is the file read as latin1, so that every byte survives: what is
 * not edited stays as it is, with its line endings and its encoding. The same text and change always give the same result; but it is
 * not idempotent: arguments are appended once for each call, so always start from the ISO's own text.
 *
 * GRUB hands a word with quotes or backslashes to the kernel with a backslash before each: nothing in its configuration can avoid that.
 *
 * @param path names the file in errors.
 * @throws E_PATCH_TOO_LONG if a kernel's command line would be over 2,000 bytes; E_BAD_INPUT for a word that the format cannot say.
 */
export function editBootConfig(kind: BootConfigKind, text: string, change: BootConfigChange, path: string = kind): EditedBootConfig {
  return applyEdits(text, EDITORS[kind](text, prepareChange(kind, change, path)));
}

/**
 * The edits of one file among all that a boot loader reads: the host's words at `sites`, timeout and default where asked. Without `sites`
 * the file is judged alone. Errors as above.
 */
export function bootConfigEdits(
  kind: BootConfigKind,
  text: string,
  change: BootConfigChange,
  path: string,
  sites: readonly EditSite[] | undefined,
): TextEdit[] {
  const prepared = prepareChange(kind, change, path);
  const settings = sites && SETTINGS[kind];
  if (!sites || !settings) return EDITORS[kind](text, prepared);
  return [...sites.flatMap((site) => site.edits(prepared)), ...settings(text, prepared)];
}

/** The same on the bytes of a file. The texts of `changes` are latin1. */
export function editBootConfigBytes(
  kind: BootConfigKind,
  bytes: Uint8Array,
  change: BootConfigChange,
  path: string = kind,
): { bytes: Buffer; changes: LineChange[] } {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const edited = editBootConfig(kind, text, change, path);
  return { bytes: Buffer.from(edited.text, 'latin1'), changes: edited.changes };
}
