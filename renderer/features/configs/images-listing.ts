import type { Image } from '../../../contract/inventory.ts';
import { compareNames } from '../../model/names.ts';
import type { ByName } from '../../store/store.ts';

/** Names of the images that list this config. */
export function imagesListing(images: ByName<Image>, config: string): string[] {
  return Object.values(images)
    .filter(({ bootConfigs }) => bootConfigs.includes(config))
    .map(({ name }) => name)
    .sort(compareNames);
}
