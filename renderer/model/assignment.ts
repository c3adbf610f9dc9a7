import { LOCAL_BOOT, type Assignment, type AssignmentInput, type Config, type Host, type Image } from '../../contract/inventory.ts';
import type { ByName } from '../store/store.ts';
import { formatBytes } from '../format/bytes.ts';
import { joinParts } from '../format/list.ts';
import { byName } from './names.ts';
import type { PickerOption } from '../ui/picker.tsx';

/** The choice that stands for no config; not a name that a config can have. */
export const NO_CONFIG = '-none';

/** The input that would assign the same again. */
export function askedAgain({ image, config, args, method, deliver, mode, after }: Assignment): AssignmentInput {
  return { image, config: config ?? null, args, method, deliver, mode, after };
}

/**
 * The same assignment with another image. The config is left out, so the appliance keeps or clears it and reports
 * which; the boot method of the former image does not apply to this one.
 */
export function withImage({ assignment }: Host, image: string): AssignmentInput {
  if (!assignment) return { image, mode: 'once' };
  const { args, mode, after } = assignment;
  return { image, args, mode, after };
}

/** The same assignment with another config. A host without one boots its own disk, which takes any config. */
export function withConfig({ assignment }: Host, choice: string): AssignmentInput {
  const config = choice === NO_CONFIG ? null : choice;
  return assignment ? { ...askedAgain(assignment), config } : { image: LOCAL_BOOT, config, mode: 'once' };
}

export function imageWords(image: string): string {
  return image === LOCAL_BOOT ? 'its own disk' : image;
}

/** Every image, and the machine's own disk. */
export function imageChoices(images: ByName<Image>): PickerOption[] {
  const own = { id: LOCAL_BOOT, label: imageWords(LOCAL_BOOT), note: 'Starts the installed system' };
  return [own, ...sorted(images).map((image) => ({ id: image.name, label: image.name, note: aboutImage(image) }))];
}

function aboutImage({ kind, index, description }: Image): string {
  const firmware = [index.biosBootable && 'BIOS', index.uefiBootable && 'UEFI'].filter((word) => word !== false).join(' and ');
  return joinParts([kind === 'live' ? 'live system' : 'installer', firmware, formatBytes(index.size), description]);
}

/** Every config: those that go with the image first, the others after them with the reason why not. */
export function configChoices(configs: ByName<Config>, images: ByName<Image>, imageName: string | undefined): PickerOption[] {
  const image = imageName === undefined || imageName === LOCAL_BOOT ? undefined : images[imageName];
  const fits = (name: string): boolean => image === undefined || image.bootConfigs.includes(name);
  const why = image?.bootConfigs.length === 0 ? `${image.name} lists no configs` : `not in the list of ${image?.name ?? ''}`;
  const all = sorted(configs);
  return [
    { id: NO_CONFIG, label: 'no config' },
    ...all.filter(({ name }) => fits(name)).map(({ name, format }) => ({ id: name, label: name, note: format })),
    ...all.filter(({ name }) => !fits(name)).map(({ name }) => ({ id: name, label: name, note: why, disabled: true })),
  ];
}

function sorted<T extends { name: string }>(table: ByName<T>): T[] {
  return Object.values(table).sort(byName);
}
