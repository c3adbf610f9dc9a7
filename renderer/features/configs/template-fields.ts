import type { Host } from '../../../contract/inventory.ts';
import { formatNames } from '../../format/list.ts';
import type { ByName } from '../../store/store.ts';

export interface TemplateField {
  readonly name: string;
  readonly meaning: string;
}

/** What `{{ … }}` may name in a config or in kernel arguments; the appliance's own list is main-services/boot/views/fields.ts. */
export const TEMPLATE_FIELDS: readonly TemplateField[] = [
  { name: 'host.name', meaning: 'Name of the host' },
  { name: 'host.hostname', meaning: 'Hostname of the interface, or the host’s name' },
  { name: 'host.mac', meaning: 'MAC of the booting interface, with colons' },
  { name: 'host.mac_dashed', meaning: 'The same with dashes' },
  { name: 'host.ip', meaning: 'Reserved address, or the leased one' },
  { name: 'host.netmask', meaning: 'Netmask of the interface' },
  { name: 'host.gateway', meaning: 'Gateway of the interface' },
  { name: 'host.name_servers', meaning: 'DNS servers, separated by commas' },
  { name: 'host.domain', meaning: 'Domain name of the interface' },
  { name: 'host.vlan', meaning: 'VLAN of the interface' },
  { name: 'host.arch', meaning: 'x86_64 or aarch64' },
  { name: 'host.serial', meaning: 'Serial number that the machine reported' },
  { name: 'host.uuid', meaning: 'UUID that the machine reported' },
  { name: 'host.product', meaning: 'Product name that the machine reported' },
  { name: 'image.name', meaning: 'Name of the assigned image' },
  { name: 'image.files_url', meaning: 'The folder of the image’s own files; known at boot' },
  { name: 'config.name', meaning: 'Name of the assigned config' },
  { name: 'config.url', meaning: 'Where this host reads its config; known at boot' },
  { name: 'config.base_url', meaning: 'The folder of the config’s files; known at boot' },
  { name: 'phone_home.url', meaning: 'Where the installed system reports that it is done' },
  { name: 'server.url', meaning: 'Address of Bootbench for machines' },
  { name: 'server.ip', meaning: 'The same without scheme and port' },
];

/** The fixed fields and the hosts' own ones. */
export function fieldsFor(hosts: ByName<Host>): TemplateField[] {
  const owners = new Map<string, string[]>();
  for (const { name, vars } of Object.values(hosts)) {
    for (const key of Object.keys(vars)) owners.set(key, [...(owners.get(key) ?? []), name]);
  }
  const own = [...owners].sort(([a], [b]) => a.localeCompare(b));
  return [...TEMPLATE_FIELDS, ...own.map(([key, names]) => ({ name: `host.vars.${key}`, meaning: `Own field of ${formatNames(names)}` }))];
}
