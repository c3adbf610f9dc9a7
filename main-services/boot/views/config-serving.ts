import { BootbenchError } from '../../../contract/errors.ts';
import type { Config, Host, Interface } from '../../../contract/inventory.ts';
import { contentTypeOf, pickFile, seedFile } from '../../config/files.ts';
import { renderTemplate } from '../../config/template.ts';
import type { Inventory } from '../../inventory/inventory.ts';
import type { ServedText } from '../boot.ts';
import { planHost } from '../decide/plan.ts';
import { renderHost } from './render.ts';
import type { FrozenConfig } from './views.ts';

export interface ConfigDeps {
  readonly inventory: Pick<Inventory, 'getConfig'>;
  readonly bootUrl: string;
  readonly leasedIp: (mac: string) => string | undefined;
}

/** The config of a host as it stands now: also after a `once` boot, and `after`'s config then. */
export function currentConfig(world: ConfigDeps, { host, iface }: { host: Host; iface: Interface }, file: string | undefined): ServedText {
  const { config: name } = planHost(host);
  if (name === undefined) throw new BootbenchError('E_NO_CONFIG', `Host ${host.name} has no config assigned.`);
  const config = world.inventory.getConfig(name);
  return { ...renderOne(world, { host, iface }, config, file), host: host.name, config: name };
}

function renderOne(
  world: ConfigDeps,
  { host, iface }: { host: Host; iface: Interface },
  config: Config,
  file: string | undefined,
): Omit<ServedText, 'host' | 'config'> {
  const picked = pickFile(config, file);
  const only: Config = { ...config, files: { [picked.name]: picked.text }, defaultFile: picked.name };
  const rendered = renderHost({ ...host, assignment: undefined }, { ...iface, extraArgs: undefined }, only, {
    bootUrl: world.bootUrl,
    image: host.assignment?.image,
    token: undefined,
    leasedIp: world.leasedIp(iface.mac),
  });
  const { text, contentType } = rendered.files[picked.name] ?? { text: picked.text, contentType: 'text/plain' };
  return { text, contentType, file: picked.name };
}

/** A config as a host would get it, assigned to it or not: the editor's preview. */
export function previewConfig(
  world: ConfigDeps & { readonly inventory: Pick<Inventory, 'getConfig' | 'getHost'> },
  configName: string,
  hostName: string,
  file: string | undefined,
): Omit<ServedText, 'host' | 'config'> {
  const host = world.inventory.getHost(hostName);
  const [iface] = host.interfaces;
  if (!iface) throw new BootbenchError('E_NOT_FOUND', `Host ${hostName} has no interface.`);
  return renderOne(world, { host, iface }, world.inventory.getConfig(configName), file);
}

/** The config of a view, as it was when the view was made. */
export function frozenConfig(frozen: FrozenConfig, file: string | undefined): ServedText {
  const { host, config, files } = frozen;
  if (config === undefined) throw new BootbenchError('E_NO_CONFIG', `Host ${host} had no config when this URL was given out.`);
  const names = Object.keys(files).sort();
  const name = file ?? frozen.defaultFile;
  if (name === undefined)
    throw new BootbenchError('E_CONFIG_AMBIGUOUS', `Config ${config} has the files ${names.join(', ')}, and none of them is the default.`);
  const found = Object.hasOwn(files, name) ? files[name] : frozenSeedFile(names, name, host);
  if (!found) throw new BootbenchError('E_NOT_FOUND', `Config ${config} has no file "${name}"; it has ${names.join(', ')}.`);
  return { ...found, file: name, host, config };
}

/** A view that was made by an older Bootbench has not all of them. */
function frozenSeedFile(names: readonly string[], wanted: string, host: string): { text: string; contentType: string } | undefined {
  const text = seedFile(names, wanted);
  if (text === undefined) return undefined;
  return { text: renderTemplate(text, new Map([['host.name', host]]), wanted), contentType: contentTypeOf('autoinstall', wanted) };
}
