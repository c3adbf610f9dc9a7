import { BootbenchError } from '../../../contract/errors.ts';
import { findBootConfigs } from '../../../main-services/iso/bootconfig/find.ts';
import type { ByteSource } from '../../../main-services/iso/source/byte-source.ts';
import { findCoreosAreas } from '../../../main-services/iso/coreos/areas.ts';
import { editTree } from '../../../main-services/iso/edit/tree.ts';
import { readBootCatalog } from '../../../main-services/iso/iso9660/el-torito.ts';
import { openBootImageFat } from '../../../main-services/iso/fat/boot-images.ts';
import { fileMap } from '../../../main-services/iso/files/file-map.ts';
import { indexIso } from '../../../main-services/iso/inspect/image-index.ts';
import { openIso } from '../../../main-services/iso/iso9660/volume.ts';
import { overlay } from '../../../main-services/iso/source/overlay.ts';
import { noPromptPatch } from '../../../main-services/iso/udf/no-prompt.ts';
import { openUdf } from '../../../main-services/iso/udf/udf-volume.ts';
import { sourceOf, type Mutant } from './mutate.ts';
import type { Base } from './mutation-bases.ts';

/** The longest that one question about one image may take. */
const PATIENCE = 1000;

const text = (content: string) => Buffer.from(content);

/** What is asked of an image, from the first look to a host's view. */
const QUESTIONS: Record<string, (source: ByteSource) => Promise<unknown>> = {
  async 'its tree'(source) {
    const volume = await openIso(source);
    for await (const entry of volume.walk()) if (entry.path === '') throw new Error('an entry has no name');
    await volume.lookup('BOOT/GRUB/GRUB.CFG');
  },
  async 'its boot images'(source) {
    const volume = await openIso(source);
    for (const entry of await readBootCatalog(source, volume)) {
      const fat = await openBootImageFat(source, entry);
      for (const file of fat?.files.slice(0, 20) ?? []) await orRefused(fat!.read(file, 0, 4096));
    }
  },
  async 'its UDF tree'(source) {
    const udf = await openUdf(source);
    for await (const entry of udf?.walk() ?? []) await udf!.lookup(entry.path);
    if (udf) await noPromptPatch(source, await openIso(source), udf);
  },
  'its files by place': (source) => fileMap(source),
  'its boot configurations': async (source) => findBootConfigs(source, await openIso(source)),
  'its areas': async (source) => findCoreosAreas(source, await openIso(source)),
  'its index': (source) => indexIso(source, { fullScan: false }),
  async 'a view with a changed file and a new one'(source) {
    const replace = [{ path: 'boot/grub/grub.cfg', bytes: text('# grown\n'.repeat(400)) }];
    await planned(source, { replace, inject: [{ name: 'ks.cfg', bytes: text('text') }] });
  },
  'a view with a new file': (source) => planned(source, { replace: [], inject: [{ name: 'ks.cfg', bytes: text('text') }] }),
  async 'a view with a file in its UDF tree'(source) {
    await planned(source, { replace: [], inject: [], udf: { inject: [{ name: 'autounattend.xml', bytes: text('<x/>') }] } });
  },
  async 'a view with a file in its boot image'(source) {
    const entries = await readBootCatalog(source, await openIso(source));
    const replace = [{ path: 'EFI/BOOT/grub.cfg', bytes: text('# grown\n'.repeat(400)) }];
    for (const presentsAs of ['cd', 'disk'] as const) {
      for (const entry of entries.keys())
        await orRefused(planned(source, { replace: [], inject: [], fat: [{ entry, replace }], presentsAs }));
    }
  },
};

async function planned(source: ByteSource, edits: Parameters<typeof editTree>[1]): Promise<void> {
  const { segments } = await editTree(source, edits);
  const view = overlay(source, segments, { etag: 'x' });
  await view.read(16 * 2048, 8192);
  await view.read(Math.max(0, view.size - 4096), 4096);
}

/** An error of ours is an answer; anything else is a fault. */
async function orRefused(answer: Promise<unknown>): Promise<boolean> {
  try {
    await answer;
    return true;
  } catch (error) {
    if (error instanceof BootbenchError && error.code !== 'E_INTERNAL') return false;
    throw error;
  }
}

export interface Tally {
  answered: number;
  refused: number;
  slowest: number;
}

/** Every question about one image; a slow one is asked again, for the machine may have been busy. */
export async function survive(base: Base, mutant: Mutant, tally: Tally): Promise<void> {
  const source = sourceOf(base, mutant);
  for (const [name, question] of Object.entries(QUESTIONS)) {
    try {
      const begin = performance.now();
      if (await orRefused(question(source))) tally.answered += 1;
      else tally.refused += 1;
      let took = performance.now() - begin;
      if (took > PATIENCE) took = await again(() => question(sourceOf(base, mutant)));
      tally.slowest = Math.max(tally.slowest, took);
      if (took > PATIENCE) throw new Error(`it took ${Math.round(took)} ms`);
    } catch (error) {
      throw new Error(`${name} of ${mutant.what}`, { cause: error });
    }
  }
}

async function again(question: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await orRefused(question());
  return performance.now() - begin;
}
