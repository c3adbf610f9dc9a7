import { malformedAddress } from './sentences.ts';

/** Where a BMC listens. `unknown`: the address does not say, so Redfish is tried, then IPMI. */
export interface BmcEndpoint {
  readonly scheme: 'redfish' | 'redfish+http' | 'ipmi' | 'unknown';
  readonly host: string;
  /** Absent: the protocol's own, 443, 80 or 623. */
  readonly port?: number;
  /** The path of the one System that is meant, for services of several machines. */
  readonly system?: string;
}

const PORTS = { redfish: 443, 'redfish+http': 80, ipmi: 623 } as const;

const ADDRESS = /^(?:([a-z+]+):\/\/)?([^/?#@]+)(\/redfish\/v1\/Systems\/[^/?#@]+)?\/?$/i;

/**
 * `redfish://H[:P]`, `redfish+http://H[:P]`, `ipmi://H[:P]`, or a bare address. https and http mean Redfish. A Redfish address may name one
 * machine of the service: `https://H/redfish/v1/Systems/X`. E_BAD_INPUT.
 */
export function parseBmcAddress(text: string): BmcEndpoint {
  const [, prefix, place = '', system] = ADDRESS.exec(text.trim()) ?? [];
  const host = hostOf(place);
  const scheme = schemeOf(prefix?.toLowerCase(), system !== undefined);
  if (scheme === undefined || host === undefined) throw malformedAddress(text);
  const port = /:(\d+)$/.exec(place)?.[1];
  return { scheme, host, ...(port !== undefined && { port: Number(port) }), ...(system !== undefined && { system }) };
}

/** Without port and brackets; undefined for what names no host, or more than a host. */
function hostOf(place: string): string | undefined {
  const url = URL.parse(`http://${place}`);
  if (!url || url.hostname === '' || url.username !== '') return undefined;
  return url.hostname.replace(/^\[(.*)\]$/, '$1');
}

/** Only Redfish has paths. */
function schemeOf(prefix: string | undefined, hasPath: boolean): BmcEndpoint['scheme'] | undefined {
  if (prefix === undefined) return hasPath ? 'redfish' : 'unknown';
  if (prefix === 'ipmi') return hasPath ? undefined : 'ipmi';
  if (prefix === 'redfish' || prefix === 'https' || prefix === 'redfish+https') return 'redfish';
  return prefix === 'http' || prefix === 'redfish+http' ? 'redfish+http' : undefined;
}

/** `host:port` of one protocol, as pins and messages name it. */
export function endpointOf({ host, port }: BmcEndpoint, scheme: keyof typeof PORTS): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? PORTS[scheme]}`;
}
