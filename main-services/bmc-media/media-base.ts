import type { PreflightCheck, Settings } from '../../contract/appliance.ts';
import type { UrlScheme } from '../../contract/bmc.ts';
import { asBootbenchError, BootbenchError } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import { parseBmcAddress } from '../bmc/endpoint.ts';
import type { IsoEndpoint } from '../http/iso-endpoints.ts';
import { routeTo, type RouteTo } from '../network/route-source.ts';

export interface BmcReachDeps {
  readonly settings: Pick<Settings, 'publicIpv4'>;
  /** `http://address:port` of the boot plane; E_NIC_NO_ADDRESS. */
  readonly bootUrl: () => string;
  readonly chosenNic: () => string | undefined;
  readonly places: () => readonly IsoEndpoint[];
  /** What the host's BMC says that it mounts media by; undefined where it does not say. */
  readonly mediaProtocols?: (host: Host) => readonly string[] | undefined;
  readonly route?: (to: string) => Promise<RouteTo>;
}

/** Where a host’s BMC reads ISOs, and where not. */
export interface BmcReach {
  /** `scheme://address:port` for the host’s media URL. E_BMC_UNSUPPORTED: it takes https only, and we do not serve that. E_NIC_NO_ADDRESS. */
  base(host: Host): Promise<string>;
  /** The same in every scheme that is served, whatever the BMC is known to take. */
  bases(host: Host): Promise<Partial<Record<UrlScheme, string>>>;
  /** A sentence for each host that has a BMC. */
  checks(hosts: readonly Host[]): Promise<PreflightCheck[]>;
}

const WILL_READ = 'will read from';
/** More BMCs than this are not named one by one. */
const MANY = 16;
/** Sockets that are open at once for the looks. */
const AT_ONCE = 64;

/** `why`: the BMC will hardly get there. */
interface Reach {
  readonly base: string;
  readonly address: string;
  readonly reason?: string;
  readonly fix?: string;
}

export function bmcReach({ settings, bootUrl, chosenNic, places, mediaProtocols, route = routeTo }: BmcReachDeps): BmcReach {
  const placeOn = (nic: string | undefined, scheme: UrlScheme): IsoEndpoint | undefined =>
    places().find((place) => place.nic === nic && place.scheme === scheme);

  /** The boot plane’s own address, where nothing better is known. */
  const own = (scheme: UrlScheme): { base: string; address: string } => {
    const url = bootUrl();
    const address = new URL(url).hostname;
    if (scheme === 'http') return { base: url, address };
    const place = placeOn(chosenNic(), 'https');
    return { base: place ? `https://${address}:${place.port}` : url, address };
  };

  const reach = async (host: Host, scheme = urlScheme(host, mediaProtocols?.(host))): Promise<Reach> => {
    if (!host.bmc) return own('http');
    if (scheme === 'https' && !places().some((place) => place.scheme === 'https')) throw noHttps(host);
    if (settings.publicIpv4 !== undefined) return own(scheme);
    const to = await route(parseBmcAddress(host.bmc.address).host);
    if (to.kind === 'none') return { ...own(scheme), reason: to.message, fix: 'Give this computer an address in the BMC’s network.' };
    const { nic } = to;
    const place = placeOn(nic, scheme);
    if (place) return { base: `${scheme}://${to.source}:${place.port}`, address: to.source };
    const where = `the way to it is ${nic ?? to.source}`;
    if (nic === undefined || nic === chosenNic())
      return { ...own(scheme), reason: `${where}, where no ISOs are served over ${scheme} now.` };
    return {
      ...own(scheme),
      reason: `${where}, where no ISOs are served.`,
      fix: `If the BMC is in the lab, start with --bmc-nic ${nic}: that serves ISOs there, and nothing else.`,
    };
  };

  const check = async (host: Host): Promise<PreflightCheck> => {
    const id = `bmc-${host.name}`;
    const name = `BMC of ${host.name} (${host.bmc?.address ?? ''})`;
    try {
      const { base, reason: why, fix } = await reach(host);
      if (why === undefined) return { id, state: 'ok', message: `${name} ${WILL_READ} ${new URL(base).host}${overTls(base)}.` };
      return {
        id,
        state: 'warning',
        message: `${name} will hardly get an ISO: ${why}`,
        ...(fix !== undefined && { fix: { message: fix } }),
      };
    } catch (error) {
      const { message, next } = asBootbenchError(error);
      return { id, state: 'failed', message: `${name} gets no ISO: ${message}`, fix: { message: next } };
    }
  };

  return {
    base: async (host) => (await reach(host)).base,
    async bases(host) {
      const secure = places().some(({ scheme }) => scheme === 'https');
      return { http: (await reach(host, 'http')).base, ...(secure && { https: (await reach(host, 'https')).base }) };
    },
    async checks(hosts) {
      const asked = hosts.filter(({ bmc }) => bmc !== undefined);
      const checks: PreflightCheck[] = [];
      for (let at = 0; at < asked.length; at += AT_ONCE) checks.push(...(await Promise.all(asked.slice(at, at + AT_ONCE).map(check))));
      return checks.length > MANY ? summed(checks) : checks;
    },
  };
}

/** Those that are in order become one sentence for each place; the others stay by name. */
function summed(checks: readonly PreflightCheck[]): PreflightCheck[] {
  const places = Map.groupBy(
    checks.filter(({ state }) => state === 'ok'),
    ({ message: sentence }) => sentence.slice(sentence.indexOf(WILL_READ)),
  );
  const sums = [...places].map(([tail, fine], at) => ({ id: `bmcs-${at}`, state: 'ok' as const, message: `${fine.length} BMCs ${tail}` }));
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

function overTls(base: string): string {
  return base.startsWith('https:') ? ' over TLS' : '';
}

function noHttps(host: Host): BootbenchError {
  return new BootbenchError('E_BMC_UNSUPPORTED', `The BMC of ${host.name} takes ISOs over https only, and we do not serve that now.`, {
    next: 'Start with --https-port 7443.',
  });
}
