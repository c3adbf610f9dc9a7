import type { ImageIndex, InnerConfig } from '../../../contract/inventory.ts';
import type { ReceiptFile } from '../../../contract/views.ts';
import { editBootConfig } from '../bootconfig/edit.ts';
import type { LineChange } from '../bootconfig/types.ts';
import type { ByteSource } from '../source/byte-source.ts';
import type { EditReceipt } from '../iso9660/edited-image.ts';
import { innerPatch, innerText } from '../bootconfig/inner-configs.ts';
import { namedKernels } from '../bootconfig/named-kernels.ts';
import type { Patch } from '../source/overlay.ts';
import { configChange } from '../profiles/config-change.ts';
import { profileOf } from '../profiles/profiles.ts';

export interface EditedInner {
  readonly inner: InnerConfig;
  readonly text: string;
  readonly changes: readonly LineChange[];
  readonly patch: Patch;
}

/** The menus inside GRUB programs, as texts of their own: they are read before anything else on the medium. */
export async function editedInner(
  source: ByteSource,
  index: ImageIndex,
  inputs: { readonly words: readonly string[]; readonly unattended: boolean },
): Promise<EditedInner[]> {
  if (index.coreos?.kargs) return [];
  const edited: EditedInner[] = [];
  for (const inner of index.innerConfigs ?? []) {
    const path = `${inner.program}/${inner.path}`;
    const text = await innerText(source, inner);
    const kernelKind = await namedKernels(source, { kind: 'grub', path, ...(inner.fat !== undefined && { fat: inner.fat }) }, text);
    const change = { append: inputs.words, kernelKind, ...configChange(profileOf(index.profile?.id), 'grub', text, inputs) };
    const done = editBootConfig('grub', text, change, path);
    if (done.changes.length > 0) edited.push({ inner, ...done, patch: await innerPatch(source, inner, done.text) });
  }
  return edited;
}

export function describedInner(entry: EditReceipt, edited: readonly EditedInner[]): ReceiptFile | undefined {
  const found = edited.find(({ patch }) => patch.offset === entry.offset);
  return found && { ...entry, path: `${found.inner.program} (${found.inner.path})`, changes: [...found.changes] };
}
