import { BootbenchError } from '../../contract/errors.ts';
import type { Config, ConfigFormat } from '../../contract/inventory.ts';
import { noDefaultFile, noSuchFile } from './sentences.ts';

/** How each format's installer requests its file, and what it calls it. */
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

/**
 * What cloud-init's NoCloud requests besides user-data. It gives up without meta-data, and tries for 10 s to get network-config (since 24.3,
 * canonical/cloud-init#5670); the empty text means "none".
 */
const NOCLOUD: Readonly<Record<string, string>> = {
  'meta-data': 'instance-id: {{ host.name }}\n',
  'vendor-data': '',
  'network-config': '',
};

/**
 * The config's files with the others that its reader requests. A byte order mark is left out: no installer wants one, and most do not
 * recognise a file that begins with it.
 */
export function allFiles({ format, files }: Pick<Config, 'format' | 'files'>): Readonly<Record<string, string>> {
  const plain = Object.entries(files).map(([name, text]) => [name, text.replace(/^\u{feff}/u, '')] as const);
  return { ...(format === 'autoinstall' && NOCLOUD), ...Object.fromEntries(plain) };
}

/** A file that a NoCloud seed may lack: any folder with user-data is a seed. The text is a template. */
export function seedFile(names: readonly string[], wanted: string): string | undefined {
  return names.includes('user-data') && Object.hasOwn(NOCLOUD, wanted) ? NOCLOUD[wanted] : undefined;
}

/**
 * The one file that is served when no name is given, by rule and never by chance: the config's own choice, else its only
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
  throw new BootbenchError('E_CONFIG_AMBIGUOUS', noDefaultFile(config.name, names));
}

/** The file of that name, or the default one. E_NOT_FOUND lists the files. */
export function pickFile(config: Config, wanted: string | undefined): { name: string; text: string } {
  const name = wanted ?? defaultFile(config);
  const files = allFiles(config);
  const text = Object.hasOwn(files, name) ? files[name] : seedFile(Object.keys(files), name);
  if (text === undefined) throw new BootbenchError('E_NOT_FOUND', noSuchFile(config.name, name, Object.keys(config.files).sort()));
  return { name, text };
}

/** The media type of a file of this format: the installer's own for its main file, by extension for the others. */
export function contentTypeOf(format: ConfigFormat, name: string): string {
  if (name.endsWith('.json') && format !== 'ignition') return 'application/json';
  if (/\.ya?ml$/.test(name)) return 'text/yaml; charset=utf-8';
  if (name.endsWith('.sh')) return 'text/x-shellscript; charset=utf-8';
  return FORMATS[format].contentType;
}
