import { BootbenchError } from '../../contract/errors.ts';
import type { Config, ConfigFormat } from '../../contract/inventory.ts';

/** How each format's installer asks for its file, and what it calls it. */
const FORMATS: Record<ConfigFormat, { contentType: string; preferred: readonly string[]; extension?: string }> = {
  ignition: { contentType: 'application/vnd.coreos.ignition+json', preferred: ['config.ign'], extension: '.ign' },
  kickstart: { contentType: 'text/plain; charset=utf-8', preferred: ['ks.cfg'], extension: '.cfg' },
  preseed: { contentType: 'text/plain; charset=utf-8', preferred: ['preseed.cfg'], extension: '.cfg' },
  autoinstall: { contentType: 'text/yaml; charset=utf-8', preferred: ['user-data'] },
  autoyast: { contentType: 'application/xml; charset=utf-8', preferred: ['autoinst.xml'], extension: '.xml' },
  autounattend: { contentType: 'application/xml; charset=utf-8', preferred: ['autounattend.xml'], extension: '.xml' },
  ipxe: { contentType: 'text/plain; charset=utf-8', preferred: ['boot.ipxe'], extension: '.ipxe' },
  other: { contentType: 'text/plain; charset=utf-8', preferred: [] },
};

/** What a format's reader insists on where the config has no such file: cloud-init's NoCloud gives up without meta-data. */
const IMPLIED: Partial<Record<ConfigFormat, Readonly<Record<string, string>>>> = {
  autoinstall: { 'meta-data': 'instance-id: {{ host.name }}\n', 'vendor-data': '' },
};

/** The config's files with those that its format implies. */
export function allFiles({ format, files }: Pick<Config, 'format' | 'files'>): Readonly<Record<string, string>> {
  return { ...IMPLIED[format], ...files };
}

/**
 * The one file that is served when no name is asked for, by rule and never by chance: the config's own choice, else its only
 * file, else the format's usual name, else the only file with the format's extension. E_CONFIG_AMBIGUOUS otherwise.
 */
export function defaultFile(config: Config): string {
  const names = Object.keys(config.files).sort();
  if (config.defaultFile !== undefined) return config.defaultFile;
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const { preferred, extension } = FORMATS[config.format];
  const usual = preferred.find((name) => names.includes(name));
  if (usual !== undefined) return usual;
  const matching = extension === undefined ? [] : names.filter((name) => name.endsWith(extension));
  const [match] = matching;
  if (match !== undefined && matching.length === 1) return match;
  throw new BootbenchError(
    'E_CONFIG_AMBIGUOUS',
    `Config ${config.name} has the files ${names.join(', ')}, and none of them is the default.`,
  );
}

/** The file of that name, or the default one. E_NOT_FOUND names the files there are. */
export function pickFile(config: Config, wanted: string | undefined): { name: string; text: string } {
  const name = wanted ?? defaultFile(config);
  const files = allFiles(config);
  const text = Object.hasOwn(files, name) ? files[name] : undefined;
  if (text === undefined) {
    throw new BootbenchError(
      'E_NOT_FOUND',
      `Config ${config.name} has no file "${name}"; it has ${Object.keys(config.files).sort().join(', ')}.`,
    );
  }
  return { name, text };
}

/** The media type of a file of this format: the installer's own for its main file, by extension for the others. */
export function contentTypeOf(format: ConfigFormat, name: string): string {
  if (name.endsWith('.json') && format !== 'ignition') return 'application/json';
  if (/\.ya?ml$/.test(name)) return 'text/yaml; charset=utf-8';
  if (name.endsWith('.sh')) return 'text/x-shellscript; charset=utf-8';
  return FORMATS[format].contentType;
}
