import type { PreflightCheck, Settings } from '../../contract/appliance.ts';
import type { UrlScheme } from '../../contract/bmc.ts';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import { parseBmcAddress } from '../bmc/endpoint.ts';
import type { IsoEndpoint } from '../http/iso-endpoints.ts';
import { routeTo, type RouteTo } from '../network/route-source.ts';
import * as sentences from './sentences.ts';

export interface BmcReachDeps {
  readonly settings: Pick<Settings, 'publicIpv4'>;
  /** `http://address:port` of the boot plane; E_NIC_NO_ADDRESS. */
  readonly bootUrl: () => string;
  readonly chosenNic: () => string | undefined;
  readonly endpoints: () => readonly IsoEndpoint[];
  /** What the host's BMC says that it mounts media by; undefined where it does not say. */
  readonly mediaProtocols?: (host: Host) => readonly string[] | undefined;
  readonly route?: (to: string) => Promise<RouteTo>;
}

/** Where a host’s BMC reads ISOs, and where not. */
export interface BmcReach {
  /** `scheme://address:port` for the host’s media URL. E_BMC_UNSUPPORTED: it takes https only, which is not served. E_NIC_NO_ADDRESS. */
  base(host: Host): Promise<string>;
  /** The same in every scheme that is served, whatever the BMC is known to take. */
  bases(host: Host): Promise<Partial<Record<UrlScheme, string>>>;
  /** One check for each host that has a BMC; `subject` is the endpoint it reads from, or else the host. */
  checks(hosts: readonly Host[]): Promise<PreflightCheck[]>;
}

/** More BMCs than this are not named one by one. */
const MAX_NAMED = 16;
/** Routes that are looked up at the same time, with a socket each. */
const MAX_CONCURRENT = 64;

/** `reason`: why the BMC probably cannot read there. */
interface Reach {
  readonly base: string;
  readonly address: string;
  readonly reason?: string;
  readonly fix?: string;
}

export function bmcReach({ settings, bootUrl, chosenNic, endpoints, mediaProtocols, route = routeTo }: BmcReachDeps): BmcReach {
  const endpointOn = (nic: string | undefined, scheme: UrlScheme): IsoEndpoint | undefined =>
    endpoints().find((endpoint) => endpoint.nic === nic && endpoint.scheme === scheme);

  /** The boot plane’s own address, where nothing better is known. */
  const own = (scheme: UrlScheme): { base: string; address: string } => {
    const url = bootUrl();
    const address = new URL(url).hostname;
    if (scheme === 'http') return { base: url, address };
    const endpoint = endpointOn(chosenNic(), 'https');
    return { base: endpoint ? `https://${address}:${endpoint.port}` : url, address };
  };

  const reach = async (host: Host, scheme = urlScheme(host, mediaProtocols?.(host))): Promise<Reach> => {
    if (!host.bmc) return own('http');
    if (scheme === 'https' && !endpoints().some((endpoint) => endpoint.scheme === 'https')) throw sentences.noHttps(host.name);
    if (settings.publicIpv4 !== undefined) return own(scheme);
    const to = await route(parseBmcAddress(host.bmc.address).host);
    if (to.kind === 'none') return { ...own(scheme), reason: to.message, fix: sentences.NO_ADDRESS_FIX };
    const { nic } = to;
    const endpoint = endpointOn(nic, scheme);
    if (endpoint) return { base: `${scheme}://${to.source}:${endpoint.port}`, address: to.source };
    const port = nic ?? to.source;
    if (nic === undefined || nic === chosenNic()) return { ...own(scheme), reason: sentences.schemeNotServed(port, scheme) };
    return { ...own(scheme), reason: sentences.notServedOn(nic), fix: sentences.serveOnFix(nic) };
  };

  const check = async (host: Host): Promise<PreflightCheck> => {
    const id = `bmc-${host.name}`;
    const name = sentences.bmcName(host.name, host.bmc?.address ?? '');
    try {
      const { base, reason, fix } = await reach(host);
      if (reason === undefined) return { id, state: 'ok', subject: base, message: sentences.readsFrom(name, base) };
      const message = sentences.probablyUnreachable(name, reason);
      return { id, state: 'warning', subject: host.name, message, ...(fix !== undefined && { fix: { message: fix } }) };
    } catch (error) {
      const { message, next } = asBootbenchError(error);
      return { id, state: 'failed', subject: host.name, message: sentences.cannotRead(name, message), fix: { message: next } };
    }
  };

  return {
    base: async (host) => (await reach(host)).base,
    async bases(host) {
      const secure = endpoints().some(({ scheme }) => scheme === 'https');
      return { http: (await reach(host, 'http')).base, ...(secure && { https: (await reach(host, 'https')).base }) };
    },
    async checks(hosts) {
      const asked = hosts.filter(({ bmc }) => bmc !== undefined);
      const checks: PreflightCheck[] = [];
      for (let at = 0; at < asked.length; at += MAX_CONCURRENT)
        checks.push(...(await Promise.all(asked.slice(at, at + MAX_CONCURRENT).map(check))));
      return checks.length > MAX_NAMED ? summed(checks) : checks;
    },
  };
}

/** Those that are in order become one check per endpoint; the others stay by name. */
function summed(checks: readonly PreflightCheck[]): PreflightCheck[] {
  const fine = checks.filter(({ state }) => state === 'ok');
  const byEndpoint = Map.groupBy(fine, ({ subject = '' }) => subject);
  const sums = [...byEndpoint].map(([base, { length }], at) => ({
    id: `bmcs-${at}`,
    state: 'ok' as const,
    subject: base,
    message: sentences.severalReadFrom(length, base),
  }));
  return [...sums, ...checks.filter(({ state }) => state !== 'ok')];
}

/**
 * As the technician set it, as its self-test found, as the BMC says that it takes, else http. What another BMC was found to take does not
 * count.
 */
export function urlScheme({ bmc }: Host, protocols?: readonly string[]): UrlScheme {
  const tested = bmc?.selfTest?.address === bmc?.address ? bmc?.selfTest?.urlScheme : undefined;
  return bmc?.urlScheme ?? tested ?? (takesHttpsOnly(protocols) ? 'https' : 'http');
}

function takesHttpsOnly(protocols: readonly string[] | undefined): boolean {
  const names = protocols?.map((protocol) => protocol.toLowerCase());
  return names?.includes('https') === true && !names.includes('http');
}
