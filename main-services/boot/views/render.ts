import type { Config, ConfigFormat, Host, Interface } from '../../../contract/inventory.ts';
import { allFiles, contentTypeOf, defaultFile } from '../../config/files.ts';
import { renderTemplate } from '../../config/template.ts';
import { templateFields, type FieldContext } from './fields.ts';
import { kernelArgumentsOf } from './sentences.ts';

export interface RenderedFile {
  readonly text: string;
  readonly contentType: string;
}

/** What a host gets besides the ISO's own bytes: the kernel arguments that people wrote, and its config files. */
export interface Rendered {
  readonly args: { readonly image: string; readonly interface: string; readonly host: string };
  readonly config: string | undefined;
  readonly format: ConfigFormat | undefined;
  readonly defaultFile: string | undefined;
  readonly files: Readonly<Record<string, RenderedFile>>;
}

export interface RenderContext extends Omit<FieldContext, 'config' | 'configFile'> {
  /** Arguments that the image has for all hosts, with fields. */
  readonly imageArgs?: string | undefined;
}

/** Fills all templates of a host for one image and config. E_TEMPLATE_FIELD, E_CONFIG_AMBIGUOUS never: no default file is fine here. */
export function renderHost(host: Host, iface: Interface, config: Config | undefined, context: RenderContext): Rendered {
  const main = config && quietDefault(config);
  const fields = templateFields(host, iface, { ...context, config: config?.name, configFile: main });
  const files: Record<string, RenderedFile> = {};
  for (const [name, text] of Object.entries(config ? allFiles(config) : {})) {
    files[name] = { text: renderTemplate(text, fields, name), contentType: contentTypeOf(config?.format ?? 'other', name) };
  }
  const filled = (text: string | undefined, subject: string): string => renderTemplate(text ?? '', fields, kernelArgumentsOf(subject));
  return {
    args: {
      image: filled(context.imageArgs, `image ${context.image ?? ''}`),
      interface: filled(iface.extraArgs, `interface ${iface.mac}`),
      host: filled(host.assignment?.args, host.name),
    },
    config: config?.name,
    format: config?.format,
    defaultFile: main,
    files,
  };
}

function quietDefault(config: Config): string | undefined {
  try {
    return defaultFile(config);
  } catch {
    return undefined;
  }
}
