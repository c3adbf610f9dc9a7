import type { ConfigFormat } from '../../../contract/inventory.ts';
import { deliverOf, filled, mediaName, wayOf, type ArgumentWorld, type Deliver } from './deliver.ts';
import type { OsProfile } from './types.ts';

/** A config as a host gets it, rendered. */
export interface RenderedConfig {
  readonly format: ConfigFormat;
  readonly files: Readonly<Record<string, string>>;
  readonly defaultFile?: string;
}

/** One file for the root of the medium. */
export interface InjectedFile {
  readonly name: string;
  readonly text: string;
  /** The config's file that it is, or that Bootbench made it. */
  readonly source: { readonly config: string } | 'made';
}

/**
 * What goes into the root of the medium: the default file under the names that the installer looks for, every other file under its
 * own, and what the installer needs besides. Names that differ in case only are one name to most readers, so the first counts.
 */
export function injectedFiles(
  profile: OsProfile,
  config: RenderedConfig | undefined,
  deliver: Deliver | undefined,
  world: ArgumentWorld,
): InjectedFile[] {
  if (!config || config.format === 'ipxe') return [];
  const way = wayOf(profile, config.format);
  const found: InjectedFile[] = [];
  const add = (file: InjectedFile): void => {
    if (!found.some(({ name }) => name.toLowerCase() === file.name.toLowerCase())) found.push(file);
  };
  const main = config.defaultFile;
  const text = main !== undefined && Object.hasOwn(config.files, main) ? config.files[main] : undefined;
  if (main !== undefined && text !== undefined && way?.embeds !== true)
    for (const name of way?.names ?? []) add({ name, text, source: { config: main } });
  for (const [name, own] of Object.entries(config.files)) add({ name, text: own, source: { config: name } });
  const chosen = way && deliverOf(way, deliver);
  for (const made of way?.made ?? []) {
    const content =
      made.deliver === undefined || made.deliver === chosen ? filled(made.text, world, { file: way && mediaName(way, world) }) : undefined;
    if (content !== undefined) add({ name: made.name, text: content, source: 'made' });
  }
  return found;
}

/** The Ignition text for the place that a CoreOS ISO keeps for it; undefined where it is told a URL, or there is no such place. */
export function embeddedConfig(profile: OsProfile, config: RenderedConfig | undefined, deliver: Deliver | undefined): string | undefined {
  const way = config && wayOf(profile, config.format);
  if (!way?.embeds || config?.defaultFile === undefined || deliverOf(way, deliver) !== 'media') return undefined;
  return Object.hasOwn(config.files, config.defaultFile) ? config.files[config.defaultFile] : undefined;
}
