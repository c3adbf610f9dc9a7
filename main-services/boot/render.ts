import type { Config, Host, Interface } from '../../contract/inventory.ts';
import { allFiles, contentTypeOf, defaultFile } from '../config/files.ts';
import { renderTemplate } from '../config/template.ts';
import { templateFields, type FieldWorld } from './fields.ts';

export interface RenderedFile {
  readonly text: string;
  readonly contentType: string;
}

/** What a host is told besides the ISO's own bytes: its kernel arguments and its config files. */
export interface Rendered {
  /** Arguments of the interface, then of the assignment: the kernel takes the last of a kind. */
  readonly args: string;
  readonly config: string | undefined;
  readonly defaultFile: string | undefined;
  readonly files: Readonly<Record<string, RenderedFile>>;
}

/** Fills all templates of a host for one image and config. E_TEMPLATE_FIELD, E_CONFIG_AMBIGUOUS never: no default file is fine here. */
export function renderHost(
  host: Host,
  iface: Interface,
  config: Config | undefined,
  world: Omit<FieldWorld, 'config' | 'configFile'>,
): Rendered {
  const main = config && quietDefault(config);
  const fields = templateFields(host, iface, { ...world, config: config?.name, configFile: main });
  const args = [iface.extraArgs, host.assignment?.args].filter((text) => text !== undefined && text.trim() !== '').join(' ');
  const files: Record<string, RenderedFile> = {};
  for (const [name, text] of Object.entries(config ? allFiles(config) : {})) {
    files[name] = { text: renderTemplate(text, fields, name), contentType: contentTypeOf(config?.format ?? 'other', name) };
  }
  return { args: renderTemplate(args, fields, `kernel arguments of ${host.name}`), config: config?.name, defaultFile: main, files };
}

function quietDefault(config: Config): string | undefined {
  try {
    return defaultFile(config);
  } catch {
    return undefined;
  }
}
