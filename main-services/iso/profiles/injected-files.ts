import type { ConfigFormat } from '../../../contract/inventory.ts';
import { apkovl } from './apkovl.ts';
import { deliverOf, filled, mediaName, wayOf, type ArgumentContext, type Deliver } from './deliver.ts';
import type { ConfigWay, OsProfile } from './types.ts';

/** A config as a host gets it, rendered. */
export interface RenderedConfig {
  readonly format: ConfigFormat;
  readonly files: Readonly<Record<string, string>>;
  readonly defaultFile?: string;
}

/** One file for the root of the medium. */
export interface InjectedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
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
  world: ArgumentContext,
): InjectedFile[] {
  if (!config || config.format === 'ipxe') return [];
  const way = wayOf(profile, config.format);
  const all = [...named(config, way), ...owned(config), ...(way ? made(config, way, deliver, world) : [])];
  const first = new Map(all.toReversed().map((file) => [file.name.toLowerCase(), file] as const));
  return all.filter((file) => first.get(file.name.toLowerCase()) === file);
}

function named(config: RenderedConfig, way: ConfigWay | undefined): InjectedFile[] {
  const text = defaultText(config);
  if (text === undefined || config.defaultFile === undefined || way?.embeds) return [];
  const source = { config: config.defaultFile };
  return (way?.names ?? []).map((name) => ({ name, bytes: bytesOf(text), source }));
}

function owned({ files }: RenderedConfig): InjectedFile[] {
  return Object.entries(files).map(([name, text]) => ({ name, bytes: bytesOf(text), source: { config: name } }));
}

function made(config: RenderedConfig, way: ConfigWay, deliver: Deliver | undefined, world: ArgumentContext): InjectedFile[] {
  const chosen = deliverOf(way, deliver);
  const texts = (way.made ?? []).flatMap((file) => {
    if (file.deliver !== undefined && file.deliver !== chosen) return [];
    const text = filled(file.text, world, { file: mediaName(way, world) });
    return text === undefined ? [] : [{ name: file.name, bytes: bytesOf(text), source: 'made' as const }];
  });
  if (!way.packs) return texts;
  return [...texts, { name: way.packs.name, bytes: apkovl(config.files, config.defaultFile), source: 'made' }];
}

function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

function defaultText({ files, defaultFile }: RenderedConfig): string | undefined {
  return defaultFile !== undefined && Object.hasOwn(files, defaultFile) ? files[defaultFile] : undefined;
}

/** The Ignition text for the place that a CoreOS ISO keeps for it; undefined where it is told a URL, or there is no such place. */
export function embeddedConfig(profile: OsProfile, config: RenderedConfig | undefined, deliver: Deliver | undefined): string | undefined {
  const way = config && wayOf(profile, config.format);
  return config && way?.embeds && deliverOf(way, deliver) === 'media' ? defaultText(config) : undefined;
}
