import type { BmcIdentity } from '../../contract/bmc.ts';
import type { Host } from '../../contract/inventory.ts';
import { factsOfHost } from '../../contract/machine-identity.ts';
import { bmcOf, type Credentials, type Login } from './credentials.ts';
import { rememberMediaProtocols, type MediaMemory } from './media-memory.ts';
import { detectProtocol, protocolIn, protocolOf, type OpenProvider, type Protocol } from './protocol.ts';
import type { BmcProvider } from './provider.ts';
import type { Rejections } from './rejections.ts';

/** The provider of one host, for as long as its address, user and password stay the same. */
export interface Link {
  readonly key: string;
  readonly protocol: Protocol;
  readonly provider: BmcProvider;
  identity?: BmcIdentity | undefined;
  /** The host’s facts when its BMC was identified. */
  factsThen?: string;
}

export interface LinksDeps {
  readonly credentials: Credentials;
  readonly rejections: Rejections;
  /** Which protocol a BMC speaks and how it mounts media, stored between starts. */
  readonly memory: MediaMemory;
  readonly open: OpenProvider;
}

/** One link per host, opened when it is first needed. */
export class Links {
  readonly #deps: LinksDeps;
  readonly #links = new Map<string, Link>();
  readonly #opening = new Map<string, Promise<Link>>();

  constructor(deps: LinksDeps) {
    this.#deps = deps;
  }

  /** The link that is open, if there is one. */
  get(name: string): Link | undefined {
    return this.#links.get(name);
  }

  /** Opens the host’s link, or returns the open one. A user that was rejected is not tried again: E_BMC_AUTH. */
  to(host: Host): Promise<Link> {
    const opening = this.#opening.get(host.name) ?? this.#open(host).finally(() => this.#opening.delete(host.name));
    this.#opening.set(host.name, opening);
    return opening;
  }

  /** Who it is; identified again when the host’s record has changed, because another machine of the service may be meant then. */
  async identity(link: Link, host: Host): Promise<BmcIdentity> {
    const facts = JSON.stringify(factsOfHost(host));
    if (!link.identity || link.factsThen !== facts) {
      link.identity = await link.provider.identify();
      link.factsThen = facts;
    }
    return link.identity;
  }

  /** The protocol by the address, or what answered there before. */
  protocolOf(host: Host): Protocol | undefined {
    return protocolIn(bmcOf(host).address) ?? this.#remembered(host);
  }

  drop(name: string): void {
    const link = this.#links.get(name);
    this.#links.delete(name);
    void link?.provider.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const all = [...this.#links.values()];
    this.#links.clear();
    await Promise.allSettled(all.map(({ provider }) => provider.close()));
  }

  async #open(host: Host): Promise<Link> {
    const { credentials, rejections, memory } = this.#deps;
    const { key, login } = await credentials.of(host);
    const known = this.#links.get(host.name);
    if (known?.key === key) {
      const rejection = rejections.of(known.protocol, login);
      if (rejection) throw rejection;
      return known;
    }
    this.drop(host.name);
    const { provider, protocol } = await this.#choose(host, login);
    const link: Link = {
      key,
      protocol,
      provider: {
        ...provider,
        async identify(signal) {
          link.identity = await provider.identify(signal);
          rememberMediaProtocols(memory, bmcOf(host).address, link.identity.mediaProtocols);
          return link.identity;
        },
      },
    };
    this.#links.set(host.name, link);
    return link;
  }

  /** As the address says; else Redfish is tried, then IPMI, and what answered is remembered. */
  async #choose(host: Host, login: Login): Promise<{ provider: BmcProvider; protocol: Protocol }> {
    const { open, memory } = this.#deps;
    const protocol = protocolOf(login.endpoint) ?? this.#remembered(host);
    if (protocol !== undefined) return { provider: open(protocol, login), protocol };
    const found = await detectProtocol(open, login);
    memory.set(memoryKey(host), found.protocol);
    return found;
  }

  #remembered(host: Host): Protocol | undefined {
    const stored = this.#deps.memory.get(memoryKey(host));
    return stored === 'redfish' || stored === 'ipmi' ? stored : undefined;
  }
}

function memoryKey({ name, bmc }: Host): string {
  return `bmc-protocol:${name}:${bmc?.address ?? ''}`;
}
