import type { Image, ImageIndex, ImageSource } from '../../contract/inventory.ts';
import type { Log } from '../../contract/runtime.ts';
import { INDEX_REVISION } from '../iso/inspect/image-index.ts';
import type { Inventory } from './inventory.ts';

export interface RefreshDeps {
  readonly inventory: Pick<Inventory, 'listImages' | 'refreshImage'>;
  readonly index: (source: ImageSource, known: Pick<ImageIndex, 'placeholderOffsets'>) => Promise<ImageIndex>;
  readonly log: Log;
}

/** Indexes images again that an older version indexed, one after the other. Images that cannot be read wait for the next start. */
export async function refreshIndexes({ inventory, index, log }: RefreshDeps): Promise<void> {
  for (const image of inventory.listImages().filter(isOld)) {
    try {
      inventory.refreshImage(image.name, await index(image.source, image.index));
    } catch (error) {
      log.warn({ error, image: image.name }, 'an image could not be indexed again');
    }
  }
}

function isOld({ index }: Image): boolean {
  return (index.revision ?? 1) < INDEX_REVISION;
}
