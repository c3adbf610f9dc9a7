import type { Lease } from '../../contract/inventory.ts';
import { ipv4ToNumber } from '../../contract/primitives.ts';
import type { LeaseEffect } from './decision.ts';
import { chooseAddress, mayHave } from './lease-choice.ts';
import type { AddressTerms, LeaseChoice, LeaseRecords, LeaseView, Verdict } from './lease-choice.ts';
import type { Pool } from './pool.ts';

/** How long an offered address is reserved for the machine that it was offered to. */
const OFFER_MS = 60_000;
/** How long a declined or conflicting address is not assigned: time to find the machine that uses it. */
export const QUARANTINE_MS = 600_000;

/** What a row of the database must become. */
export type LeaseChange = { kind: 'put'; lease: Lease } | { kind: 'remove'; ip: string };

export interface LeaseTableOptions {
  readonly pool: Pool;
  /** The MAC whose interface reserves this address. */
  readonly reservedBy: (ip: string) => string | undefined;
  readonly now: () => number;
  /** The rows of the database. */
  readonly leases: readonly Lease[];
}

/**
 * Which machine has which address: authoritative while the service runs, loaded from the database at the start. Keyed on the MAC alone, never on
 * option 61, so that firmware, iPXE and operating system of one machine share an address. Changes are returned as the rows to write.
 */
export class LeaseTable implements LeaseView, LeaseRecords {
  readonly pool: Pool;
  readonly #options: LeaseTableOptions;
  readonly #byIp = new Map<string, Lease>();
  readonly #ipOfMac = new Map<string, string>();
  readonly #offers = new Map<string, { ip: string; until: number }>();
  readonly #offeredTo = new Map<string, string>();
  #cursor = 0;

  constructor(options: LeaseTableOptions) {
    this.pool = options.pool;
    this.#options = options;
    for (const lease of [...options.leases].sort((a, b) => a.startedAt - b.startedAt)) this.#remember(lease);
  }

  get cursor(): number {
    return this.#cursor;
  }

  now(): number {
    return this.#options.now();
  }

  all(): Iterable<Lease> {
    return this.#byIp.values();
  }

  at(ip: string): Lease | undefined {
    return this.#byIp.get(ip);
  }

  of(mac: string): Lease | undefined {
    const ip = this.#ipOfMac.get(mac);
    return ip === undefined ? undefined : this.#byIp.get(ip);
  }

  offerOf(mac: string): string | undefined {
    const offer = this.#offers.get(mac);
    return offer !== undefined && offer.until > this.now() ? offer.ip : undefined;
  }

  offeredTo(ip: string): string | undefined {
    const mac = this.#offeredTo.get(ip);
    return mac !== undefined && this.offerOf(mac) === ip ? mac : undefined;
  }

  reservedBy(ip: string): string | undefined {
    return this.#options.reservedBy(ip);
  }

  /** The machine that had this address last, other than by declining it. */
  lastHolder(ip: string): string | undefined {
    const lease = this.#byIp.get(ip);
    return lease?.state === 'declined' ? undefined : lease?.mac;
  }

  choose(mac: string, wish: { reserved?: string; requested?: string }): LeaseChoice {
    const choice = chooseAddress(this, mac, wish);
    if (choice.kind === 'address' && choice.basis === 'never-used') this.#cursor = ipv4ToNumber(choice.ip) - this.pool.first + 1;
    return choice;
  }

  mayHave(mac: string, ip: string, terms?: AddressTerms): Verdict {
    return mayHave(this, mac, ip, terms);
  }

  /** Carries out what a decision says. */
  apply(mac: string, effect: LeaseEffect): LeaseChange[] {
    switch (effect.kind) {
      case 'offer':
        this.offer(mac, effect.ip);
        return [];
      case 'withdraw':
        this.withdraw(mac);
        return [];
      case 'bind':
        return this.bind(mac, effect.ip, effect);
      case 'release':
        return this.release(mac, effect.ip);
      case 'decline':
        return this.decline(mac, effect.ip);
    }
  }

  offer(mac: string, ip: string): void {
    this.withdraw(mac);
    const other = this.#offeredTo.get(ip);
    if (other !== undefined) this.withdraw(other);
    this.#offers.set(mac, { ip, until: this.now() + OFFER_MS });
    this.#offeredTo.set(ip, mac);
  }

  withdraw(mac: string): void {
    const offer = this.#offers.get(mac);
    if (!offer) return;
    this.#offers.delete(mac);
    this.#offeredTo.delete(offer.ip);
  }

  bind(mac: string, ip: string, terms: { seconds: number; hostname?: string; vendorClass?: string; relay?: string }): LeaseChange[] {
    const { seconds, hostname, vendorClass } = terms;
    this.withdraw(mac);
    const now = this.now();
    const before = this.of(mac);
    const renewed = before?.ip === ip && before.state === 'bound' && before.expiresAt > now ? before : undefined;
    // A machine behind a relay renews without it (RFC 2131 §4.3.2).
    const relay = terms.relay ?? renewed?.relay;
    const startedAt = renewed?.startedAt ?? now;
    const lease: Lease = { ip, mac, state: 'bound', hostname, vendorClass, relay, startedAt, expiresAt: now + seconds * 1000 };
    const changes: LeaseChange[] = [];
    if (before && before.ip !== ip) {
      this.#byIp.delete(before.ip);
      changes.push({ kind: 'remove', ip: before.ip });
    }
    this.#remember(lease);
    return [...changes, { kind: 'put', lease }];
  }

  release(mac: string, ip: string): LeaseChange[] {
    const lease = this.of(mac);
    if (lease?.ip !== ip || lease.state !== 'bound') return [];
    return this.#put({ ...lease, state: 'released', expiresAt: Math.min(lease.expiresAt, this.now()) });
  }

  /** Takes back changes that could not be written: `stored` is what the database has of an address. */
  undo(changes: readonly LeaseChange[], stored: (ip: string) => Lease | undefined): void {
    for (const change of changes) {
      const ip = change.kind === 'put' ? change.lease.ip : change.ip;
      const lease = stored(ip);
      if (lease) this.#remember(lease);
      else this.free(ip);
    }
  }

  /** Forgets the row of an address, also one in quarantine. */
  free(ip: string): LeaseChange[] {
    const lease = this.#byIp.get(ip);
    if (!lease) return [];
    this.#byIp.delete(ip);
    if (this.#ipOfMac.get(lease.mac) === ip) this.#ipOfMac.delete(lease.mac);
    return [{ kind: 'remove', ip }];
  }

  /** Quarantines an address that another machine uses, as the client or the conflict probe found. `user`: the MAC that the probe saw. */
  decline(mac: string, ip: string, user = mac): LeaseChange[] {
    this.withdraw(mac);
    return this.#put({ ip, mac: user, state: 'declined', startedAt: this.now(), expiresAt: this.now() + QUARANTINE_MS });
  }

  #put(lease: Lease): LeaseChange[] {
    this.#remember(lease);
    return [{ kind: 'put', lease }];
  }

  #remember(lease: Lease): void {
    const before = this.#byIp.get(lease.ip);
    if (before && this.#ipOfMac.get(before.mac) === lease.ip) this.#ipOfMac.delete(before.mac);
    this.#byIp.set(lease.ip, lease);
    if (lease.state !== 'declined') this.#ipOfMac.set(lease.mac, lease.ip);
  }
}
