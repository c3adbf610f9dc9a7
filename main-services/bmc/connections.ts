import type { BmcIdentity, BmcStatus, FactoryVendor } from '../../contract/bmc.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Pins } from '../trust/pins.ts';
import type { Secrets } from '../trust/secrets.ts';
import { bmcOf, Credentials } from './credentials.ts';
import { Links } from './links.ts';
import type { MediaMemory } from './media-memory.ts';
import type { OpenProvider, ProviderFactories } from './protocol.ts';
import type { BmcProvider } from './provider.ts';
import { Rejections } from './rejections.ts';
import { StatusCache } from './status-cache.ts';

export interface BmcConnectionsDeps {
  readonly factories: ProviderFactories;
  readonly secrets: Secrets;
  readonly pins: Pins;
  /** Which protocol a BMC speaks and how it mounts media, stored between starts. */
  readonly memory: MediaMemory;
  /** The hosts as they are now: in them, values that several machines have identify none. */
  readonly hosts: () => readonly Host[];
  readonly clock: Clock;
}

/** BMCs of hosts: one provider each, made when it is first needed. */
export interface BmcConnections {
  /** E_NO_BMC, E_NO_SECRET, E_SECRETS_LOCKED, E_BAD_INPUT; a user that was rejected is not tried again: E_BMC_AUTH. */
  provider(host: Host): Promise<BmcProvider>;
  /** What is known of its media without a request to it; undefined where the host has no BMC. */
  known(host: Host): { media: boolean | undefined } | undefined;
  /** Host name or address of the BMC, user and password: for its console, which has connections of its own. As `provider`. */
  consoleLogin(host: Host): Promise<{ readonly address: string; readonly username: string; readonly password: string }>;
  /** Whether a password is stored for it. */
  hasPassword(host: Host): boolean;
  /** The latest status that was read; undefined before the first, and after a change of address or user. */
  lastStatus(host: Host): BmcStatus | undefined;
  /** As it is now, or was a moment ago unless `fresh`. Failures are part of it; only a host without BMC throws E_NO_BMC. */
  status(host: Host, options?: { fresh?: boolean }): Promise<BmcStatus>;
  /** Connects and identifies again, also after a rejected user. */
  test(host: Host): Promise<BmcStatus>;
  /** Who answers at an address that belongs to no host yet. */
  probe(address: string, username: string, password: string): Promise<BmcIdentity>;
  /** The same with a vendor’s factory account; what was ever rejected there is not sent again: E_BMC_AUTH. */
  tryFactory(address: string, vendor: FactoryVendor): Promise<BmcIdentity>;
  setPassword(host: Host, password: string): Promise<{ stored: boolean }>;
  /** Pins the certificate that was refused last, or the one that is named. E_BMC_CERTIFICATE when none was. */
  acceptCertificate(host: Host, fingerprint?: string): Promise<void>;
  /** Removes what is stored for a host that is gone. */
  forget(name: string): void;
  close(): Promise<void>;
}

export function openBmcConnections({ factories, secrets, pins, memory, hosts, clock }: BmcConnectionsDeps): BmcConnections {
  const rejections = new Rejections(clock);
  const open: OpenProvider = (protocol, login) => factories[protocol]({ ...login, guard: rejections.guard(protocol, login) });
  const credentials = new Credentials({ secrets, pins, memory, rejections, hosts, open });
  const links = new Links({ credentials, rejections, memory, open });
  const statuses = new StatusCache({ links, credentials, clock });

  /** The next contact starts over. */
  const reconnect = ({ name, bmc }: Pick<Host, 'name' | 'bmc'>): void => {
    if (bmc) credentials.forgive(bmc);
    statuses.drop(name);
    links.drop(name);
  };

  return {
    provider: async (host) => (await links.to(host)).provider,
    known(host) {
      if (!host.bmc) return undefined;
      const { identity } = links.get(host.name) ?? {};
      if (identity) return { media: identity.media };
      return { media: links.protocolOf(host) === 'ipmi' ? false : undefined };
    },
    async consoleLogin(host) {
      const { login } = await credentials.of(host);
      return { address: login.endpoint.host, username: login.username, password: login.password };
    },
    hasPassword: ({ name }) => credentials.hasPassword(name),
    lastStatus: (host) => statuses.last(host),
    status: (host, options) => statuses.get(host, options),
    async test(host) {
      bmcOf(host);
      reconnect(host);
      return statuses.get(host, { fresh: true });
    },
    probe: (address, username, password) => credentials.probe(address, username, password),
    tryFactory: (address, vendor) => credentials.tryFactory(address, vendor),
    async setPassword(host, password) {
      const stored = await credentials.setPassword(host.name, password);
      reconnect(host);
      return stored;
    },
    async acceptCertificate(host, fingerprint) {
      credentials.acceptCertificate(host, fingerprint);
      reconnect(host);
      await Promise.resolve();
    },
    forget(name) {
      reconnect({ name });
      credentials.removePassword(name);
    },
    close: () => links.close(),
  };
}
