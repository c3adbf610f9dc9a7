import { isOfArming } from './arming.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Config, Host, Interface } from '../../../contract/inventory.ts';
import { contentTypeOf, pickFile, seedFile } from '../../config/files.ts';
import { renderTemplate } from '../../config/template.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { ServedText } from '../boot.ts';
import { hostWithoutInterface } from '../sentences.ts';
import { planHost } from '../decide/plan.ts';
import { renderHost } from './render.ts';
import { noDefaultFile, noSuchFile } from '../../config/sentences.ts';
import { noConfigAssigned, noConfigInView } from './sentences.ts';
import type { FrozenConfig, Views } from './views.ts';

export interface ConfigDeps {
  readonly inventory: Pick<Inventory, 'getConfig'>;
  readonly bootUrl: string;
  readonly leasedIp: (mac: string) => string | undefined;
}

/**
 * The current config of a host: also after a `once` boot, and `after`'s config then. Its URLs of the ISO's files are those of the view that
 * the machine boots, so a config says the same by this URL as by its view's.
 */
export function currentConfig(
  deps: ConfigDeps & { readonly views: Pick<Views, 'newest' | 'config'> },
  { host, iface }: { host: Host; iface: Interface },
  file: string | undefined,
): ServedText {
  const { config: name } = planHost(host);
  if (name === undefined) throw new BootbenchError('E_NO_CONFIG', noConfigAssigned(host.name));
  const config = deps.inventory.getConfig(name);
  const token = tokenOfBoot(deps.views, { host, iface }, name);
  return { ...renderOne(deps, { host, iface, token }, config, file), host: host.name, config: name };
}

/** The token of the view that the interface got since the host was armed, where that view has this config. */
function tokenOfBoot(
  views: Pick<Views, 'newest' | 'config'>,
  { host: { assignment }, iface }: { host: Host; iface: Interface },
  config: string,
): string | undefined {
  const newest = views.newest(iface.mac);
  if (!assignment || newest?.image !== assignment.image || !isOfArming(newest, assignment)) return undefined;
  return views.config(newest.token).config === config ? newest.token : undefined;
}

function renderOne(
  deps: ConfigDeps,
  { host, iface, token }: { host: Host; iface: Interface; token?: string | undefined },
  config: Config,
  file: string | undefined,
): Omit<ServedText, 'host' | 'config'> {
  const picked = pickFile(config, file);
  const only: Config = { ...config, files: { [picked.name]: picked.text }, defaultFile: picked.name };
  const rendered = renderHost({ ...host, assignment: undefined }, { ...iface, extraArgs: undefined }, only, {
    bootUrl: deps.bootUrl,
    image: host.assignment?.image,
    token,
    leasedIp: deps.leasedIp(iface.mac),
  });
  const { text, contentType } = rendered.files[picked.name] ?? { text: picked.text, contentType: 'text/plain' };
  return { text, contentType, file: picked.name };
}

/** A config as a host would get it, assigned to it or not: the editor's preview. */
export function previewConfig(
  deps: ConfigDeps & { readonly inventory: Pick<Inventory, 'getConfig' | 'getHost'> },
  configName: string,
  hostName: string,
  file: string | undefined,
): Omit<ServedText, 'host' | 'config'> {
  const host = deps.inventory.getHost(hostName);
  const [iface] = host.interfaces;
  if (!iface) throw new BootbenchError('E_NOT_FOUND', hostWithoutInterface(hostName));
  return renderOne(deps, { host, iface }, deps.inventory.getConfig(configName), file);
}

/** The config of a view, as it was when the view was made. */
export function frozenConfig(frozen: FrozenConfig, file: string | undefined): ServedText {
  const { host, config, files } = frozen;
  if (config === undefined) throw new BootbenchError('E_NO_CONFIG', noConfigInView(host));
  const names = Object.keys(files).sort();
  const name = file ?? frozen.defaultFile;
  if (name === undefined) throw new BootbenchError('E_CONFIG_AMBIGUOUS', noDefaultFile(config, names));
  const found = Object.hasOwn(files, name) ? files[name] : frozenSeedFile(names, name, host);
  if (!found) throw new BootbenchError('E_NOT_FOUND', noSuchFile(config, name, names));
  return { ...found, file: name, host, config };
}

/** For views that were made by an older version, which did not store all of a NoCloud seed's files. */
function frozenSeedFile(names: readonly string[], wanted: string, host: string): { text: string; contentType: string } | undefined {
  const text = seedFile(names, wanted);
  if (text === undefined) return undefined;
  return { text: renderTemplate(text, new Map([['host.name', host]]), wanted), contentType: contentTypeOf('autoinstall', wanted) };
}
