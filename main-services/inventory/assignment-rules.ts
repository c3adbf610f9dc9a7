import { BootbenchError } from '../../contract/errors.ts';
import { LOCAL_BOOT, type Image } from '../../contract/inventory.ts';
import { CHECK_CONFIGS, CHECK_IMAGES, configCleared, notCompatible, notFound, takesNoConfig } from './sentences.ts';

/** What the rules read. */
export interface AssignmentDeps {
  image(name: string): Image | undefined;
  configExists(name: string): boolean;
}

/**
 * Whether an image takes a config: the config exists; it is in the image's list; an image without a list takes none; `localboot` takes
 * any. Returns the reason why not, as a sentence.
 */
export function incompatibility(rules: AssignmentDeps, imageName: string, config: string | undefined): string | undefined {
  const image = imageName === LOCAL_BOOT ? undefined : rules.image(imageName);
  if (imageName !== LOCAL_BOOT && image === undefined) return notFound('image', imageName);
  if (config === undefined) return undefined;
  if (!rules.configExists(config)) return notFound('config', config);
  if (image === undefined || image.bootConfigs.includes(config)) return undefined;
  if (image.bootConfigs.length === 0) return takesNoConfig(imageName, config);
  return notCompatible(imageName, config, image.bootConfigs);
}

/** E_CONFIG_INCOMPATIBLE, with the next step that fits. */
export function refusal(rules: AssignmentDeps, image: string, config: string | undefined, sentence: string): BootbenchError {
  return new BootbenchError('E_CONFIG_INCOMPATIBLE', sentence, nextOf(rules, image, config));
}

/** A name that does not exist cannot be chosen from the image's list. */
function nextOf(rules: AssignmentDeps, image: string, config: string | undefined): { next?: string } {
  if (image !== LOCAL_BOOT && !rules.image(image)) return { next: CHECK_IMAGES };
  if (config !== undefined && !rules.configExists(config)) return { next: CHECK_CONFIGS };
  return {};
}

/**
 * The config of a changed assignment. Requested (null: none): checked, E_CONFIG_INCOMPATIBLE. Not named: the current one stays if it is
 * compatible, else it is cleared with a note.
 */
export function settleConfig(
  rules: AssignmentDeps,
  image: string,
  requested: string | null | undefined,
  current: string | undefined,
): { config: string | undefined; notes: string[] } {
  if (requested !== undefined) {
    const config = requested ?? undefined;
    const sentence = incompatibility(rules, image, config);
    if (sentence !== undefined) throw refusal(rules, image, config, sentence);
    return { config, notes: [] };
  }
  const withoutConfig = incompatibility(rules, image, undefined);
  if (withoutConfig !== undefined) throw refusal(rules, image, undefined, withoutConfig);
  const sentence = incompatibility(rules, image, current);
  if (sentence === undefined) return { config: current, notes: [] };
  return { config: undefined, notes: [configCleared(current ?? '', sentence)] };
}
