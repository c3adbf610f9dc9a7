import type { ImageIndex } from '../../../contract/inventory.ts';
import type { LineChange } from '../bootconfig/types.ts';
import type { ByteSource } from '../source/byte-source.ts';
import { editedInner } from '../edit/inner-edits.ts';
import { editedConfigs } from '../planner.ts';

/** In how many places of each file the arguments would be. */
export interface SampleEdits {
  readonly files: readonly { readonly path: string; readonly fat?: number | undefined; readonly added: number }[];
  readonly inner: readonly { readonly program: string; readonly fat?: number | undefined; readonly added: number }[];
  /** Why nothing can be put in at all. */
  readonly refused?: string;
}

const SAMPLE = 'bootbench.sample=1';

/** What a view would change, tried with a sample word: Tinkerbell's placeholder is on the kernel's line, so the word is counted there too. Errors as planOverlay. */
export async function planSample(source: ByteSource, index: ImageIndex): Promise<SampleEdits> {
  const inputs = { words: [SAMPLE], files: [], unattended: false };
  const places = (changes: readonly LineChange[]) => changes.reduce((sum, { after }) => sum + after.split(SAMPLE).length - 1, 0);
  const configs = await editedConfigs(source, index, inputs);
  const files = configs.map(({ ref, changes }) => ({ path: ref.path, fat: ref.fat, added: places(changes) }));
  const inner = (await editedInner(source, index, inputs)).map(({ inner: { program, fat }, changes }) => ({
    program,
    fat,
    added: places(changes),
  }));
  return { files, inner };
}
