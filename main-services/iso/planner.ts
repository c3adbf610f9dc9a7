import type { ImageIndex } from '../../contract/inventory.ts';
import { editBootConfigBytes } from './bootconfig/edit.ts';
import type { ByteSource } from './byte-source.ts';
import { editTree } from './edit-tree.ts';
import { isoFileOf } from './iso-file.ts';
import { openIso } from './iso9660.ts';
import { patchInPlace, type Patch, type Segment } from './overlay.ts';

/** What a host's view differs in: bytes at known places, and arguments for every boot configuration of the tree. */
export interface OverlayInputs {
  readonly patches: readonly Patch[];
  /** Kernel arguments, one word each, unquoted. Empty: no boot configuration is touched. */
  readonly words: readonly string[];
}

/** A patched ISO fails its own media check, so the default entry must not ask for it (isomd5sum and SUSE's checkmedia, observed). */
const MEDIA_CHECKS = ['rd.live.check', 'mediacheck=1'];

/**
 * The segments of a host's view, the same for the same inputs. E_PATCH_TOO_LONG for a command line over 2,000 bytes, E_BAD_INPUT for a
 * word that a boot configuration cannot say, E_IMAGE_EDIT with the file that cannot be changed.
 */
export async function planOverlay(
  source: ByteSource,
  index: ImageIndex,
  { patches, words }: OverlayInputs,
  signal?: AbortSignal,
): Promise<Segment[]> {
  const configs = index.bootConfigs ?? [];
  if (words.length === 0 || configs.length === 0) return patchInPlace(source.size, patches);
  const volume = await openIso(source, signal);
  const replace: { path: string; bytes: Uint8Array }[] = [];
  for (const { path, kind } of configs) {
    const file = await isoFileOf(source, volume, path, signal);
    const edited = editBootConfigBytes(kind, await file.read(0, file.size, signal), { append: words, drop: MEDIA_CHECKS }, path);
    if (edited.changes.length > 0) replace.push({ path, bytes: edited.bytes });
  }
  const { segments } = await editTree(source, { replace, inject: [] }, signal);
  return segments;
}

/** Kernel arguments as the kernel itself splits them: by blanks, but not inside double quotes (Documentation/admin-guide/kernel-parameters). */
export function argumentWords(text: string): string[] {
  return text.match(/(?:"[^"]*"|[^\s"])+/g) ?? [];
}
