import type { Host, Interface } from '../../../contract/inventory.ts';
import { dashedMac } from '../../../contract/primitives.ts';
import type { TemplateFields } from '../../config/template.ts';

export interface FieldContext {
  readonly bootUrl: string;
  readonly image: string | undefined;
  readonly config: string | undefined;
  /** The view's token, and the file that the config URL names. Absent where there is no view, as in a preview. */
  readonly token: string | undefined;
  readonly configFile: string | undefined;
  /** The leased address, where there is no reservation. */
  readonly leasedIp: string | undefined;
}

/** Every field that configs and kernel arguments may name: `{{ host.ip }}`. Known fields without a value are present as undefined. */
export function templateFields(host: Host, iface: Interface, context: FieldContext): TemplateFields {
  const { token, bootUrl } = context;
  const fields = new Map<string, string | undefined>([
    ['host.name', host.name],
    ['host.hostname', iface.hostname ?? host.name],
    ['host.mac', iface.mac],
    ['host.mac_dashed', dashedMac(iface.mac)],
    ['host.ip', iface.ip ?? context.leasedIp],
    ['host.netmask', iface.netmask],
    ['host.gateway', iface.gateway],
    ['host.name_servers', iface.nameServers?.join(',')],
    ['host.domain', iface.domainName],
    ['host.vlan', iface.vlan?.toString()],
    ['host.arch', host.arch],
    ['host.serial', host.facts.serial],
    ['host.uuid', host.facts.uuid],
    ['host.product', host.facts.product],
    ['image.name', context.image],
    ['image.files_url', token && `${bootUrl}/iso-files/${dashedMac(iface.mac)}/${token}/`],
    ['config.name', context.config],
    ['config.url', token && context.configFile && `${bootUrl}/config/${token}/${encodeURIComponent(context.configFile)}`],
    ['config.base_url', token && `${bootUrl}/config/${token}/`],
    ['phone_home.url', `${bootUrl}/api/v1/boot-complete${token === undefined ? '' : `?token=${token}`}`],
    ['server.url', bootUrl],
    ['server.ip', new URL(bootUrl).hostname],
  ]);
  for (const [name, value] of Object.entries(host.vars)) fields.set(`host.vars.${name}`, value);
  return fields;
}
