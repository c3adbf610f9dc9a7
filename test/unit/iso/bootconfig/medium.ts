import { posix } from 'node:path';
import { prepareChange } from '../../../../main-services/iso/bootconfig/arguments.ts';
import type { EditSite, FileRef, LoaderReading, LoaderVolume } from '../../../../main-services/iso/bootconfig/loader.ts';
import { applyEdits } from '../../../../main-services/iso/bootconfig/text-edits.ts';
import type { BootConfigChange } from '../../../../main-services/iso/bootconfig/types.ts';
import { indexIso } from '../../../../main-services/iso/inspect/image-index.ts';
import { openIsoFile } from '../../../../main-services/iso/files/iso-file.ts';
import { memorySource } from '../../../../main-services/iso/source/memory.ts';
import { overlay } from '../../../../main-services/iso/source/overlay.ts';
import { planOverlay } from '../../../../main-services/iso/planner.ts';
import { buildIso } from '../build-iso.ts';
import { linuxKernel } from '../kernel-files.ts';

export type Texts = Readonly<Record<string, string>>;

/** A volume of texts by absolute path, and of other files that are only there. */
export function volumeOf(texts: Texts, others: readonly string[] = []): LoaderVolume {
  const paths = [...Object.keys(texts), ...others];
  return {
    files: {
      read: (path) => texts[path],
      find: (path) => paths.find((known) => known === path || known.startsWith(`${path}/`)) && path,
      list: (folder) => paths.filter((path) => posix.dirname(path) === folder).map((path) => posix.basename(path)),
      kernelKind: () => 'unknown',
    },
  };
}

/** The texts with the host's words at each site. */
export function editedTexts(texts: Texts, { sites }: LoaderReading, change: BootConfigChange, kind: 'isolinux' | 'grub'): Texts {
  const edited: Record<string, string> = {};
  for (const [path, text] of Object.entries(texts)) {
    const own = sites.filter(({ file }) => `/${file.path}` === path);
    const edits = own.flatMap((site: EditSite) => site.edits(prepareChange(kind, change, path)));
    edited[path] = applyEdits(text, edits).text;
  }
  return edited;
}

export const pathsOf = (files: readonly FileRef[]): string[] => files.map(({ path }) => path).toSorted();

/** The texts of an ISO's files as a host sees them, through the appliance's own index, plan and view. Kernels are Linux by their bytes. */
export async function viewOf(texts: Texts, kernels: readonly string[], words: readonly string[]): Promise<Texts> {
  const files = [
    ...Object.entries(texts).map(([path, text]) => ({ path, bytes: Buffer.from(text, 'latin1') })),
    ...kernels.map((path) => ({ path, bytes: linuxKernel() })),
  ];
  const source = memorySource(buildIso({ files, rockRidge: true }), 'e');
  const index = await indexIso(source, { fullScan: false });
  const { segments } = await planOverlay(source, index, { words, files: [], unattended: false });
  const view = overlay(source, segments, { etag: 'v' });
  const seen: Record<string, string> = {};
  for (const path of Object.keys(texts)) {
    const file = await openIsoFile(view, path);
    seen[path] = Buffer.from(await file.read(0, file.size)).toString('latin1');
  }
  return seen;
}
