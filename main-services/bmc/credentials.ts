import { FACTORY_ACCOUNTS, type BmcIdentity, type FactoryVendor } from '../../contract/bmc.ts';
import type { Host } from '../../contract/inventory.ts';
import { factsOfHost, sharedAmong } from '../../contract/machine-identity.ts';
import type { Pins } from '../trust/pins.ts';
import type { Secrets } from '../trust/secrets.ts';
import { endpointOf, parseBmcAddress, type BmcEndpoint } from './endpoint.ts';
import type { MediaMemory } from './media-memory.ts';
import { identifyOnce, type BmcCredentials, type OpenProvider } from './protocol.ts';
import type { Wanted } from './redfish/systems.ts';
import { isRejection, type Rejections } from './rejections.ts';
import { factoryRejectedBefore, noBmc, noOtherCertificate, noPassword } from './sentences.ts';

export type Login = Omit<BmcCredentials, 'guard'>;

export interface CredentialsDeps {
  readonly secrets: Secrets;
  readonly pins: Pins;
  /** Remembers rejected factory accounts between starts. */
  readonly memory: MediaMemory;
  readonly rejections: Rejections;
  /** The hosts as they are now: values that several machines have identify none. */
  readonly hosts: () => readonly Host[];
  readonly open: OpenProvider;
}

/** Users, passwords and certificates of BMCs. */
export class Credentials {
  readonly #deps: CredentialsDeps;
  /** The certificate that was refused last, by endpoint. */
  readonly #refused = new Map<string, string>();

  constructor(deps: CredentialsDeps) {
    this.#deps = deps;
  }

  /** What this host’s BMC is contacted with; `key` changes when any of it does. E_NO_BMC, E_BAD_INPUT, E_NO_SECRET, E_SECRETS_LOCKED. */
  async of(host: Host): Promise<{ key: string; login: Login }> {
    const bmc = bmcOf(host);
    const endpoint = parseBmcAddress(bmc.address);
    const password = await this.#deps.secrets.get(secretName(host.name));
    if (password === undefined) throw noPassword(host.name);
    const { username = '' } = bmc;
    const wanted = (): Wanted | undefined => this.#wanted(host.name);
    const login = { endpoint, username, password, wanted, onOtherCertificate: this.#onOtherCertificate(endpoint) };
    return { key: `${bmc.address}\n${username}\n${password}`, login };
  }

  hasPassword(host: string): boolean {
    return this.#deps.secrets.has(secretName(host));
  }

  /** Whether the stored user and password are those that a vendor ships. */
  async hasFactoryPassword({ name, bmc }: Host): Promise<boolean> {
    const stored = await this.#deps.secrets.get(secretName(name)).catch(() => undefined);
    return Object.values(FACTORY_ACCOUNTS).some(({ username, password }) => username === bmc?.username && password === stored);
  }

  setPassword(host: string, password: string): Promise<{ stored: boolean }> {
    return this.#deps.secrets.set(secretName(host), password);
  }

  removePassword(host: string): void {
    this.#deps.secrets.remove(secretName(host));
  }

  /** A rejected login of this BMC may be sent again. */
  forgive({ address, username = '' }: NonNullable<Host['bmc']>): void {
    try {
      this.#deps.rejections.forget({ endpoint: parseBmcAddress(address), username });
    } catch {
      // A malformed address has rejected nothing.
    }
  }

  pinnedCertificate(address: string): string | undefined {
    return this.#deps.pins.get(endpointOf(parseBmcAddress(address), 'redfish'));
  }

  /** Pins the named certificate, or the one that was refused last. E_BMC_CERTIFICATE when none was. */
  acceptCertificate(host: Host, named: string | undefined): void {
    const endpoint = endpointOf(parseBmcAddress(bmcOf(host).address), 'redfish');
    const fingerprint = named ?? this.#refused.get(endpoint);
    if (fingerprint === undefined) throw noOtherCertificate(endpoint);
    this.#deps.pins.set(endpoint, fingerprint);
    this.#refused.delete(endpoint);
  }

  /** Who answers at an address that belongs to no host yet. */
  async probe(address: string, username: string, password: string): Promise<BmcIdentity> {
    const endpoint = parseBmcAddress(address);
    const login = { endpoint, username, password, onOtherCertificate: this.#onOtherCertificate(endpoint) };
    this.#deps.rejections.forget(login);
    return identifyOnce(this.#deps.open, login);
  }

  /** The same with a vendor’s factory account. One that was ever rejected there is not sent again: E_BMC_AUTH. */
  async tryFactory(address: string, vendor: FactoryVendor): Promise<BmcIdentity> {
    const { memory, rejections } = this.#deps;
    const endpoint = parseBmcAddress(address);
    const key = `bmc-factory:${vendor}:${endpoint.host}:${endpoint.port ?? ''}`;
    const account = FACTORY_ACCOUNTS[vendor];
    const login = { endpoint, ...account };
    if (rejections.of('redfish', login) ?? rejections.of('ipmi', login)) memory.set(key, 'rejected');
    if (memory.get(key) !== undefined) throw factoryRejectedBefore(vendor, endpoint.host);
    try {
      return await this.probe(address, account.username, account.password);
    } catch (error) {
      if (isRejection(error)) memory.set(key, 'rejected');
      throw error;
    }
  }

  #wanted(name: string): Wanted | undefined {
    const all = this.#deps.hosts();
    const host = all.find((each) => each.name === name);
    return host && { name, facts: factsOfHost(host), isShared: sharedAmong(all.map(factsOfHost)) };
  }

  #onOtherCertificate(endpoint: BmcEndpoint): (fingerprint: string) => void {
    return (fingerprint) => {
      this.#refused.set(endpointOf(endpoint, 'redfish'), fingerprint);
    };
  }
}

/** E_NO_BMC. */
export function bmcOf({ name, bmc }: Host): NonNullable<Host['bmc']> {
  if (!bmc) throw noBmc(name);
  return bmc;
}

function secretName(host: string): string {
  return `bmc:${host}`;
}
