import type { Settings } from '../../contract/appliance.ts';
import type { Interface } from '../../contract/inventory.ts';
import { broadcastOf } from '../../contract/primitives.ts';
import { OPTION } from './codes.ts';
import { encodeRoutes } from './option-routes.ts';
import type { ClasslessRoute } from './option-routes.ts';
import { encodeDomainSearch } from './option-search.ts';
import { ipsValue, ipValue, parameterListOf, textValue } from './options.ts';
import type { DhcpOptions } from './options.ts';
import type { OptionEntry } from './reply.ts';

export interface Network {
  readonly address: string;
  readonly netmask: string;
  readonly settings: Pick<Settings, 'router' | 'dns'>;
}

/**
 * The network settings of the interface, or else those of the pool. Never a router or name server of Bootbench's own: the lab network has
 * none unless the settings name one. What the client requests comes first, in case there is no room for the rest.
 */
export function networkOptions(request: DhcpOptions, network: Network, iface: Interface | undefined, ip: string): OptionEntry[] {
  const fields: Partial<Interface> = iface ?? {};
  const netmask = fields.netmask ?? network.netmask;
  const present = optionalSettings(fields, network.settings).filter(([, data]) => data.length > 0);
  const requested = new Set(parameterListOf(request));
  return [
    [OPTION.netmask, ipValue(netmask)],
    [OPTION.broadcast, ipValue(broadcastOf(ip, netmask))],
    ...present.filter(([code]) => requested.has(code)),
    ...present.filter(([code]) => !requested.has(code)),
  ];
}

/** A setting that is not there has no bytes. */
function optionalSettings(fields: Partial<Interface>, pool: Network['settings']): OptionEntry[] {
  const router = fields.gateway ?? pool.router;
  const { hostname = '', domainName = '', domainSearch = [], ntpServers = [], logServers = [], classlessRoutes = [] } = fields;
  return [
    [OPTION.router, ipsValue(router === undefined ? [] : [router])],
    [OPTION.nameServers, ipsValue(fields.nameServers ?? pool.dns)],
    [OPTION.hostname, textValue(hostname)],
    [OPTION.domainName, textValue(domainName)],
    [OPTION.classlessRoutes, encodeRoutes(withDefaultRoute(classlessRoutes, router))],
    [OPTION.domainSearch, encodeDomainSearch(domainSearch)],
    [OPTION.ntpServers, ipsValue(ntpServers)],
    [OPTION.logServers, ipsValue(logServers)],
  ];
}

/** A client that accepts option 121 ignores option 3, so the default route must be in it as well (RFC 3442, "DHCP Client Behavior"). */
function withDefaultRoute(routes: readonly ClasslessRoute[], router: string | undefined): ClasslessRoute[] {
  const needsDefault = routes.length > 0 && router !== undefined && !routes.some((route) => route.destination.endsWith('/0'));
  return needsDefault ? [...routes, { destination: '0.0.0.0/0', router }] : [...routes];
}
