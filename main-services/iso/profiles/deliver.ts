import type { AssignmentInput, ConfigFormat } from '../../../contract/inventory.ts';
import type { ConfigWay, OsProfile, Words } from './types.ts';

export type Deliver = NonNullable<AssignmentInput['deliver']>;

/** The URLs and names that words are filled with. Absent: not known yet, as in a preview without a view. */
export interface ArgumentContext {
  readonly format?: ConfigFormat;
  /** The default file's URL; the URL of the folder with its files, ending in a slash. */
  readonly configUrl?: string;
  readonly configBaseUrl?: string;
  readonly configFiles?: readonly string[];
  readonly defaultFile?: string;
  /** The view; the URL of the files inside it, ending in a slash. */
  readonly isoUrl?: string;
  readonly isoFilesUrl?: string;
}

/** How a config gets to the installer: what was chosen where the profile has it, else what the profile likes, else the other way. */
export function deliverOf(way: ConfigWay, chosen: Deliver | undefined): Deliver {
  const liked: readonly Deliver[] = way.prefers === 'media' ? ['media', 'url'] : ['url', 'media'];
  const possible = liked.filter((deliver) => way[deliver]);
  return possible.find((deliver) => deliver === chosen) ?? possible[0] ?? 'media';
}

export function wayOf(profile: OsProfile, format: ConfigFormat | undefined): ConfigWay | undefined {
  return format === undefined ? undefined : profile.configs[format];
}

/** The name of the default file on the medium. */
export function mediaName(way: ConfigWay, { defaultFile }: ArgumentContext): string | undefined {
  return defaultFile === undefined ? undefined : (way.names?.[0] ?? defaultFile);
}

const PLACE = /\{(config|base|file|iso|files|volume)\}/g;

/** The text with its places filled; undefined where a value is not known. */
export function filled(text: string, world: ArgumentContext, more: { file?: string; volume?: string } = {}): string | undefined {
  const values: Record<string, string | undefined> = {
    config: world.configUrl,
    base: world.configBaseUrl,
    iso: world.isoUrl,
    files: world.isoFilesUrl,
    ...more,
  };
  const places = [...text.matchAll(PLACE)].map(([, name = '']) => name);
  if (places.some((name) => values[name] === undefined)) return undefined;
  return text.replace(PLACE, (_all, name: string) => values[name] ?? '');
}

/** All words filled, or undefined if one cannot be. */
export function filledWords(
  words: Words['words'],
  world: ArgumentContext,
  more: { file?: string; volume?: string } = {},
): string[] | undefined {
  const all = words.map((word) => filled(word, world, more));
  return all.every((word) => word !== undefined) ? all : undefined;
}
