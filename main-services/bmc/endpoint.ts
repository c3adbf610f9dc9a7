import { BootbenchError } from '../../contract/errors.ts';

/** Where a BMC listens. `unknown`: nothing was said, so Redfish is tried, then IPMI. */
export interface BmcEndpoint {
  readonly scheme: 'redfish' | 'redfish+http' | 'ipmi' | 'unknown';
  readonly host: string;
  /** Absent: the protocol's own, 443, 80 or 623. */
  readonly port?: number;
  /** The path of the one System that is meant, for services of several machines. */
  readonly system?: string;
}

const PORTS = { redfish: 443, 'redfish+http': 80, ipmi: 623 } as const;

const SYSTEM = /\/redfish\/v1\/Systems\/[^/?#@]+/i;

/**
 * `redfish://H[:P]`, `redfish+http://H[:P]`, `ipmi://H[:P]`, or a bare address. https and http mean Redfish. A Redfish address may name one
 * machine of the service: `https://H/redfish/v1/Systems/X`. E_BAD_INPUT.
 */
export function parseBmcAddress(text: string): BmcEndpoint {
  const match = new RegExp(`^(?:([a-z+]+)://)?([^/?#@]+)(${SYSTEM.source})?/?$`, 'i').exec(text.trim());
  const system = match?.[3];
  const scheme = schemeOf(match?.[1]?.toLowerCase());
  const place = match?.[2] === undefined ? null : URL.parse(`http://${match[2]}`);
  if (!scheme || !place || place.hostname === '' || place.username !== '' || (scheme === 'ipmi' && system !== undefined)) {
    throw new BootbenchError('E_BAD_INPUT', `${JSON.stringify(text.slice(0, 100))} is not a BMC’s address.`, {
      next: 'Write redfish://ADDRESS, redfish+http://ADDRESS:PORT, ipmi://ADDRESS, or the address alone; redfish://ADDRESS/redfish/v1/Systems/ID names one machine of several.',
    });
  }
  const port = /:(\d+)$/.exec(match?.[2] ?? '')?.[1];
  return {
    // Only Redfish has paths.
    scheme: scheme === 'unknown' && system !== undefined ? 'redfish' : scheme,
    host: place.hostname.replace(/^\[(.*)\]$/, '$1'),
    ...(port !== undefined && { port: Number(port) }),
    ...(system !== undefined && { system }),
  };
}

function schemeOf(text: string | undefined): BmcEndpoint['scheme'] | undefined {
  if (text === undefined) return 'unknown';
  if (text === 'redfish' || text === 'redfish+http' || text === 'ipmi') return text;
  if (text === 'https' || text === 'redfish+https') return 'redfish';
  return text === 'http' ? 'redfish+http' : undefined;
}

/** `host:port` of one protocol, as pins and messages name it. */
export function endpointOf({ host, port }: BmcEndpoint, scheme: keyof typeof PORTS): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? PORTS[scheme]}`;
}
