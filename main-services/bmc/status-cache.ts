import type { BmcStatus } from '../../contract/bmc.ts';
import { errorBody } from '../../contract/errors.ts';
import type { Host } from '../../contract/inventory.ts';
import type { Clock } from '../../contract/runtime.ts';
import { bmcOf, type Credentials } from './credentials.ts';
import type { Links } from './links.ts';

/** A status that is younger is returned again. */
const STATUS_MAX_AGE_MS = 5000;

interface Entry {
  readonly at: number;
  /** Address and user that it was read with. */
  readonly bmc: string;
  readonly reading: Promise<BmcStatus>;
  /** The latest that was read. */
  last: BmcStatus | undefined;
}

/** The status of each host’s BMC, read when it is requested. */
export class StatusCache {
  readonly #links: Links;
  readonly #credentials: Credentials;
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor({ links, credentials, clock }: { links: Links; credentials: Credentials; clock: Clock }) {
    this.#links = links;
    this.#credentials = credentials;
    this.#clock = clock;
  }

  /** As it is now, or was a moment ago unless `fresh`. Failures are part of it; only a host without BMC throws E_NO_BMC. */
  async get(host: Host, { fresh = false }: { fresh?: boolean } = {}): Promise<BmcStatus> {
    const bmc = JSON.stringify(bmcOf(host));
    const known = this.#entries.get(host.name);
    const now = this.#clock.monotonic();
    if (!fresh && known?.bmc === bmc && now - known.at < STATUS_MAX_AGE_MS) return known.reading;
    const entry: Entry = { at: now, bmc, reading: this.#read(host), last: known?.bmc === bmc ? known.last : undefined };
    this.#entries.set(host.name, entry);
    entry.last = await entry.reading;
    return entry.last;
  }

  /** The latest that was read; undefined before the first, and after a change of address or user. */
  last({ name, bmc }: Host): BmcStatus | undefined {
    const known = this.#entries.get(name);
    return known?.bmc === JSON.stringify(bmc) ? known.last : undefined;
  }

  drop(name: string): void {
    this.#entries.delete(name);
  }

  async #read(host: Host): Promise<BmcStatus> {
    const { address } = bmcOf(host);
    const base = {
      host: host.name,
      address,
      power: 'unknown' as const,
      hasPassword: this.#credentials.hasPassword(host.name),
      ...((await this.#credentials.hasFactoryPassword(host)) && { hasFactoryPassword: true }),
      checkedAt: this.#clock.now(),
    };
    try {
      const pinnedBefore = this.#credentials.pinnedCertificate(address);
      const parts = await this.#parts(host);
      const pinnedCertificate = this.#credentials.pinnedCertificate(address) ?? pinnedBefore;
      return { ...base, ...parts, pinnedCertificate, checkedAt: this.#clock.now() };
    } catch (error) {
      return { ...base, error: this.#failure(host, error) };
    }
  }

  async #parts(host: Host): Promise<Pick<BmcStatus, 'identity' | 'power' | 'slots' | 'boot' | 'health' | 'warnings'>> {
    const link = await this.#links.to(host);
    const identity = await this.#links.identity(link, host);
    const { provider } = link;
    const power = await provider.powerStatus();
    const slots = identity.media ? await optional(provider.slots()) : undefined;
    const boot = await optional(provider.bootOverride());
    const health = await optional(provider.health());
    const warnings = await provider.warnings();
    return { identity, power, slots, boot, health, ...(warnings.length > 0 && { warnings }) };
  }

  #failure(host: Host, error: unknown): NonNullable<BmcStatus['error']> {
    const { code, message, next, details = {} } = errorBody(error);
    const link = this.#links.get(host.name);
    // Another machine is there now: the next status identifies it.
    if (link && code === 'E_BMC_WRONG_MACHINE') link.identity = undefined;
    const { systems, certificate } = details;
    const shown = { ...(systems && { systems: [...systems] }), ...(certificate && { certificate }) };
    return { code, message, next, ...(Object.keys(shown).length > 0 && { details: shown }) };
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
