import { FACTORY_ACCOUNTS, type BmcIdentity, type BmcStatus, type FactoryVendor } from '../../contract/bmc.ts';
import { asBootbenchError, BootbenchError, errorBody } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import { factsOfHost, sharedAmong } from '../../contract/machine-identity.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Pins } from '../trust/pins.ts';
import type { Secrets } from '../trust/secrets.ts';
import type { BmcCredentials, Protocol } from './credentials.ts';
import { endpointOf, parseBmcAddress, type BmcEndpoint } from './endpoint.ts';
import { rememberMediaProtocols, type MediaMemory } from './media-memory.ts';
import type { BmcProvider } from './provider.ts';
import type { Wanted } from './redfish/systems.ts';
import { isRejection, Rejections } from './rejections.ts';

/** How providers are made; the endpoint’s scheme says which. */
export interface ProviderFactories {
  redfish(to: BmcCredentials): BmcProvider;
  ipmi(to: BmcCredentials): BmcProvider;
}

export interface BmcConnectionsDeps {
  readonly openers: ProviderFactories;
  readonly secrets: Secrets;
  readonly pins: Pins;
  /** Which protocol a BMC speaks and how it mounts media, kept between starts. */
  readonly memory: MediaMemory;
  /** The hosts as they are now: in them, values that several machines have identify none. */
  readonly hosts: () => readonly Host[];
  readonly clock: Clock;
}

/** BMCs of hosts: one provider each, made when it is first needed. */
export interface BmcConnections {
  /** E_NO_BMC, E_NO_SECRET, E_SECRETS_LOCKED, E_BAD_INPUT; a user that was rejected is not tried again: E_BMC_AUTH. */
  provider(host: Host): Promise<BmcProvider>;
  /** What is known of its media without asking; undefined where the host has no BMC. */
  known(host: Host): { media: boolean | undefined } | undefined;
  /** Whether a password is stored for it. */
  hasPassword(host: Host): boolean;
  /** The latest status that was read; undefined before the first, and after a change of address or user. */
  lastStatus(host: Host): BmcStatus | undefined;
  /** As it is now, or was a moment ago. Trouble is a part of it; only a host without BMC throws E_NO_BMC. */
  status(host: Host, options?: { fresh?: boolean }): Promise<BmcStatus>;
  /** Asks anew who it is, also after a rejected user. */
  test(host: Host): Promise<BmcStatus>;
  /** Who answers at an address that is no host’s yet. */
  probe(address: string, username: string, password: string): Promise<BmcIdentity>;
  /** The same with a vendor’s factory account; what was rejected there before, ever, is not sent again: E_BMC_AUTH. */
  tryFactory(address: string, vendor: FactoryVendor): Promise<BmcIdentity>;
  setPassword(host: Host, password: string): Promise<{ kept: boolean }>;
  /** Takes the certificate that was refused last, or the one that is named. E_BMC_CERTIFICATE when none was. */
  acceptCertificate(host: Host, fingerprint?: string): Promise<void>;
  /** Of a host that is gone nothing is kept. */
  forget(name: string): void;
  close(): Promise<void>;
}

/** Another look within this time gets the same answer, in milliseconds. */
const FRESH = 5000;

interface Link {
  readonly key: string;
  readonly protocol: Protocol;
  readonly provider: BmcProvider;
  identity?: BmcIdentity | undefined;
  /** What was known of the host when its BMC said who it is. */
  knownThen?: string;
}

export function openBmcConnections({ openers: unguarded, secrets, pins, memory, hosts, clock }: BmcConnectionsDeps): BmcConnections {
  const links = new Map<string, Link>();
  const opening = new Map<string, Promise<Link>>();
  const rejections = new Rejections(clock);
  const openers: ProviderFactories = {
    redfish: (to) => rejections.guarded('redfish', to, unguarded.redfish(to)),
    ipmi: (to) => rejections.guarded('ipmi', to, unguarded.ipmi(to)),
  };
  const refusedCertificates = new Map<string, string>();
  const statuses = new Map<string, { at: number; bmc: string; status: Promise<BmcStatus>; last?: BmcStatus | undefined }>();

  const contactOf = async (host: Host): Promise<{ key: string; contact: BmcCredentials }> => {
    const bmc = bmcOf(host);
    const endpoint = parseBmcAddress(bmc.address);
    const password = await secrets.get(secretName(host.name));
    if (password === undefined) throw new BootbenchError('E_NO_SECRET', `No password is kept for the BMC of ${host.name}.`);
    const wanted = (): Wanted | undefined => wantedOf(host.name);
    const contact = { endpoint, username: bmc.username ?? '', password, wanted, onOtherCertificate: noteCertificate(endpoint) };
    return { key: `${bmc.address}\n${contact.username}\n${password}`, contact };
  };

  const wantedOf = (name: string): Wanted | undefined => {
    const all = hosts();
    const host = all.find((each) => each.name === name);
    return host && { name, facts: factsOfHost(host), isShared: sharedAmong(all.map(factsOfHost)) };
  };

  const noteCertificate =
    (endpoint: BmcEndpoint) =>
    (fingerprint: string): void => {
      refusedCertificates.set(endpointOf(endpoint, 'redfish'), fingerprint);
    };

  const linkTo = (host: Host): Promise<Link> => {
    const known = opening.get(host.name) ?? openLink(host).finally(() => opening.delete(host.name));
    opening.set(host.name, known);
    return known;
  };

  const openLink = async (host: Host): Promise<Link> => {
    const { key, contact } = await contactOf(host);
    const known = links.get(host.name);
    const bad = known?.key === key ? rejections.of(known.protocol, contact) : undefined;
    if (bad) throw bad;
    if (known?.key === key) return known;
    unlink(host.name);
    const { provider, protocol } = await choose(host, contact);
    const identify = async (signal?: AbortSignal): Promise<BmcIdentity> => {
      link.identity = await provider.identify(signal);
      rememberMediaProtocols(memory, bmcOf(host).address, link.identity.mediaProtocols);
      return link.identity;
    };
    const link: Link = { key, protocol, provider: { ...provider, identify } };
    links.set(host.name, link);
    return link;
  };

  /** As the address says; without a word Redfish is tried, then IPMI, and what answered is remembered. */
  const choose = async (host: Host, contact: BmcCredentials): Promise<{ provider: BmcProvider; protocol: Protocol }> => {
    const protocol = protocolOf(contact.endpoint) ?? remembered(host);
    if (protocol !== undefined) return { provider: openers[protocol](contact), protocol };
    const found = await firstThatAnswers(openers, contact);
    memory.set(memoryKey(host), found.protocol);
    return found;
  };

  const remembered = (host: Host): Protocol | undefined => {
    const text = memory.get(memoryKey(host));
    return text === 'redfish' || text === 'ipmi' ? text : undefined;
  };

  const unlink = (name: string): void => {
    const link = links.get(name);
    links.delete(name);
    void link?.provider.close().catch(() => undefined);
  };

  /** The next contact is a first one. */
  const startAnew = ({ name, bmc }: Pick<Host, 'name' | 'bmc'>): void => {
    if (bmc) forgive(bmc);
    statuses.delete(name);
    unlink(name);
  };

  const forgive = ({ address, username = '' }: NonNullable<Host['bmc']>): void => {
    try {
      rejections.forget({ endpoint: parseBmcAddress(address), username });
    } catch {
      // At no address nothing was rejected.
    }
  };

  const look = async (host: Host): Promise<BmcStatus> => {
    const { address } = bmcOf(host);
    const base = {
      host: host.name,
      address,
      power: 'unknown' as const,
      hasPassword: secrets.has(secretName(host.name)),
      ...((await hasFactoryPassword(host)) && { hasFactoryPassword: true }),
      checkedAt: clock.now(),
    };
    try {
      const pinnedCertificate = pins.get(endpointOf(parseBmcAddress(address), 'redfish'));
      const link = await linkTo(host);
      const identity = await identityOf(link, host);
      const { provider } = link;
      const power = await provider.powerStatus();
      const slots = identity.media ? await optional(provider.slots()) : undefined;
      const boot = await optional(provider.bootOverride());
      const health = await optional(provider.health());
      const pinned = pins.get(endpointOf(parseBmcAddress(address), 'redfish')) ?? pinnedCertificate;
      const warnings = await provider.warnings();
      const seen = { identity, power, slots, boot, health, ...(warnings.length > 0 && { warnings }) };
      return { ...base, ...seen, pinnedCertificate: pinned, checkedAt: clock.now() };
    } catch (error) {
      const { code, message, next, details } = errorBody(error);
      const link = links.get(host.name);
      // Another machine is there now: the next look asks who it is.
      if (link && code === 'E_BMC_WRONG_MACHINE') link.identity = undefined;
      const { systems } = details ?? {};
      return { ...base, error: { code, message, next, ...(systems && { details: { systems: [...systems] } }) } };
    }
  };

  /** Asked again when the host’s record has changed: another machine of the service may be meant then. */
  const identityOf = async (link: Link, host: Host): Promise<BmcIdentity> => {
    const knownNow = JSON.stringify(factsOfHost(host));
    if (!link.identity || link.knownThen !== knownNow) {
      link.identity = await link.provider.identify();
      link.knownThen = knownNow;
    }
    return link.identity;
  };

  const hasFactoryPassword = async ({ name, bmc }: Host): Promise<boolean> => {
    const kept = await secrets.get(secretName(name)).catch(() => undefined);
    return Object.values(FACTORY_ACCOUNTS).some(({ username, password }) => username === bmc?.username && password === kept);
  };

  const probe: BmcConnections['probe'] = async (address, username, password) => {
    const endpoint = parseBmcAddress(address);
    const contact = { endpoint, username, password, onOtherCertificate: noteCertificate(endpoint) };
    rejections.forget(contact);
    const protocol = protocolOf(endpoint);
    const provider = protocol === undefined ? (await firstThatAnswers(openers, contact)).provider : openers[protocol](contact);
    return provider.identify().finally(() => void provider.close().catch(() => undefined));
  };

  const tryFactory: BmcConnections['tryFactory'] = async (address, vendor) => {
    const { host, port } = parseBmcAddress(address);
    const key = `bmc-factory:${vendor}:${host}:${port ?? ''}`;
    const { username, password } = FACTORY_ACCOUNTS[vendor];
    const contact = { endpoint: parseBmcAddress(address), username, password, onOtherCertificate: () => undefined };
    if (rejections.of('redfish', contact) ?? rejections.of('ipmi', contact)) memory.set(key, 'rejected');
    if (memory.get(key) !== undefined) {
      throw new BootbenchError('E_BMC_AUTH', `The factory password of ${vendor} was rejected at ${host} before, and is not sent again.`, {
        next: 'Enter the password that was set, or the one on the machine’s tag.',
      });
    }
    try {
      return await probe(address, username, password);
    } catch (error) {
      if (isRejection(error)) memory.set(key, 'rejected');
      throw error;
    }
  };

  const status: BmcConnections['status'] = (host, { fresh = false } = {}) => {
    const bmc = JSON.stringify(bmcOf(host));
    const known = statuses.get(host.name);
    if (!fresh && known?.bmc === bmc && clock.now() - known.at < FRESH) return known.status;
    const last = known?.bmc === bmc ? known.last : undefined;
    const now: NonNullable<typeof known> = { at: clock.now(), bmc, last, status: look(host) };
    now.status.then(
      (found) => (now.last = found),
      () => undefined,
    );
    statuses.set(host.name, now);
    return now.status;
  };

  return {
    provider: async (host) => (await linkTo(host)).provider,
    known(host) {
      if (!host.bmc) return undefined;
      const link = links.get(host.name);
      if (link?.identity) return { media: link.identity.media };
      return { media: (protocolIn(host.bmc.address) ?? remembered(host)) === 'ipmi' ? false : undefined };
    },
    hasPassword: ({ name }) => secrets.has(secretName(name)),
    lastStatus({ name, bmc }) {
      const known = statuses.get(name);
      return known?.bmc === JSON.stringify(bmc) ? known.last : undefined;
    },
    status: async (host, options) => status(host, options),
    async test(host) {
      bmcOf(host);
      startAnew(host);
      return status(host, { fresh: true });
    },
    probe,
    tryFactory,
    async setPassword(host, password) {
      const kept = await secrets.set(secretName(host.name), password);
      startAnew(host);
      return kept;
    },
    acceptCertificate: async (host, named) => {
      const endpoint = endpointOf(parseBmcAddress(bmcOf(host).address), 'redfish');
      const fingerprint = named ?? refusedCertificates.get(endpoint);
      if (fingerprint === undefined)
        throw new BootbenchError('E_BMC_CERTIFICATE', `No other certificate of ${endpoint} was seen.`, {
          next: 'Test the connection first.',
        });
      pins.set(endpoint, fingerprint);
      refusedCertificates.delete(endpoint);
      startAnew(host);
      return Promise.resolve();
    },
    forget(name) {
      startAnew({ name });
      secrets.remove(secretName(name));
    },
    async close() {
      const all = [...links.values()];
      links.clear();
      await Promise.allSettled(all.map(({ provider }) => provider.close()));
    },
  };
}

function bmcOf({ name, bmc }: Host): NonNullable<Host['bmc']> {
  if (!bmc) throw new BootbenchError('E_NO_BMC', `${name} has no BMC.`);
  return bmc;
}

function secretName(host: string): string {
  return `bmc:${host}`;
}

function memoryKey({ name, bmc }: Host): string {
  return `bmc-protocol:${name}:${bmc?.address ?? ''}`;
}

function protocolOf({ scheme }: BmcEndpoint): Protocol | undefined {
  if (scheme === 'unknown') return undefined;
  return scheme === 'ipmi' ? 'ipmi' : 'redfish';
}

function protocolIn(address: string): Protocol | undefined {
  try {
    return protocolOf(parseBmcAddress(address));
  } catch {
    return undefined;
  }
}

/** A BMC that answers Redfish at all speaks it, whatever it thinks of the user. */
async function firstThatAnswers(
  openers: ProviderFactories,
  contact: BmcCredentials,
): Promise<{ provider: BmcProvider; protocol: Protocol }> {
  const redfish = openers.redfish(contact);
  try {
    await redfish.identify();
    return { provider: redfish, protocol: 'redfish' };
  } catch (error) {
    await redfish.close().catch(() => undefined);
    const first = asBootbenchError(error);
    if (first.code !== 'E_BMC_UNREACHABLE' && first.code !== 'E_BMC_UNSUPPORTED') throw first;
    const ipmi = openers.ipmi(contact);
    try {
      await ipmi.identify();
      return { provider: ipmi, protocol: 'ipmi' };
    } catch (second) {
      await ipmi.close().catch(() => undefined);
      const known = asBootbenchError(second);
      if (known.code !== 'E_BMC_UNREACHABLE') throw known;
      throw new BootbenchError('E_BMC_UNREACHABLE', `${first.message} By IPMI: ${known.message}`, { next: first.next });
    }
  }
}

/** A part that a BMC may not have; without it the rest still counts. */
async function optional<T>(part: Promise<T>): Promise<T | undefined> {
  try {
    return await part;
  } catch {
    return undefined;
  }
}
