import { BootbenchError } from '../../contract/errors.ts';
import { LOCAL_BOOT, type Image } from '../../contract/inventory.ts';

/** What the rules look at: names only. */
export interface AssignmentDeps {
  image(name: string): Image | undefined;
  configExists(name: string): boolean;
}

/**
 * Whether an image takes a config (DESIGN §4): the config exists; it is in the image's list; an image without a list takes none;
 * `localboot` takes any. Returns the sentence that says why not.
 */
export function incompatibility(world: AssignmentDeps, imageName: string, config: string | undefined): string | undefined {
  const image = imageName === LOCAL_BOOT ? undefined : world.image(imageName);
  if (imageName !== LOCAL_BOOT && image === undefined) return `There is no image "${imageName}".`;
  if (config === undefined) return undefined;
  if (!world.configExists(config)) return `There is no config "${config}".`;
  if (image === undefined || image.bootConfigs.includes(config)) return undefined;
  if (image.bootConfigs.length === 0) return `Image ${imageName} lists no compatible configs, so it takes none; "${config}" was asked for.`;
  return `Config "${config}" is not in the list of image ${imageName}: ${image.bootConfigs.join(', ')}.`;
}

function refusal(world: AssignmentDeps, image: string, config: string | undefined, sentence: string): BootbenchError {
  return new BootbenchError('E_CONFIG_INCOMPATIBLE', sentence, nextOf(world, image, config));
}

/** What is not there cannot be chosen from a list of the image. */
function nextOf(world: AssignmentDeps, image: string, config: string | undefined): { next?: string } {
  if (image !== LOCAL_BOOT && !world.image(image))
    return { next: 'Check the spelling against the list of images, or add the image first.' };
  if (config !== undefined && !world.configExists(config))
    return { next: 'Check the spelling against the list of configs, or add the config first.' };
  return {};
}

/**
 * The config that stays when an assignment is changed. Asked for explicitly (also null = none): checked, E_CONFIG_INCOMPATIBLE.
 * Not named: the current one is kept where it still fits, else cleared with a note.
 */
export function settleConfig(
  world: AssignmentDeps,
  image: string,
  asked: string | null | undefined,
  current: string | undefined,
): { config: string | undefined; notes: string[] } {
  if (asked !== undefined) {
    const config = asked ?? undefined;
    const sentence = incompatibility(world, image, config);
    if (sentence !== undefined) throw refusal(world, image, config, sentence);
    return { config, notes: [] };
  }
  const withoutConfig = incompatibility(world, image, undefined);
  if (withoutConfig !== undefined) throw refusal(world, image, undefined, withoutConfig);
  const sentence = incompatibility(world, image, current);
  if (sentence === undefined) return { config: current, notes: [] };
  return { config: undefined, notes: [`Config "${current ?? ''}" was cleared: ${sentence}`] };
}
