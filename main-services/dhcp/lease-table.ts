import type { Lease } from '../../contract/inventory.ts';
import { ipv4ToNumber, numberToIpv4 } from '../../contract/primitives.ts';
import { AddressSet } from './address-set.ts';
import type { LeaseEffect } from './decision.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { chooseAddress, mayHave } from './lease-choice.ts';
import type { AddressTerms, LeaseChoice, LeaseRecords, LeaseView, Verdict } from './lease-choice.ts';
import { Offers } from './offers.ts';
import { inPool, sizeOf } from './pool.ts';
import { movedLease } from './lease-clock.ts';
import type { Pool } from './pool.ts';

/** How long a declined or conflicting address is not assigned: time to find the machine that uses it. */
export const QUARANTINE_MS = 600_000;

/** What a row of the database must become. */
export type LeaseChange = { kind: 'put'; lease: Lease } | { kind: 'remove'; ip: string };

export interface LeaseTableOptions {
  readonly pool: Pool;
  /** The MAC whose interface reserves this address. */
  readonly reservedBy: (ip: string) => string | undefined;
  /** Whether the MAC is a host's. */
  readonly isHost: (mac: string) => boolean;
  readonly now: () => number;
  /** For offers. */
  readonly monotonic: () => number;
  /** The rows of the database. */
  readonly leases: readonly Lease[];
}

/**
 * Which machine has which address: authoritative while the service runs, loaded from the database at the start. Keyed on the MAC alone, never on
 * option 61, so that firmware, iPXE and operating system of one machine share an address. Changes are returned as the rows to write.
 *
 * A choice costs the same with 65,536 addresses as with ten, also while all are leased: addresses without a row are in a set, those with one in
 * a queue by the end of their lease. Offered addresses are in neither. Reserved ones leave when a choice meets them, until hosts change.
 */
export class LeaseTable implements LeaseView, LeaseRecords {
  readonly pool: Pool;
  readonly #options: LeaseTableOptions;
  readonly #byIp = new Map<string, Lease>();
  readonly #ipOfMac = new Map<string, string>();
  readonly #offers = new Offers();
  /** Places in the pool. */
  readonly #neverUsed: AddressSet;
  readonly #used: ExpiryQueue;
  readonly #setAside = new Set<string>();
  /** The place after the last address that was chosen because it had never been used. */
  #cursor = 0;

  constructor(options: LeaseTableOptions) {
    this.pool = options.pool;
    this.#options = options;
    const size = sizeOf(options.pool);
    this.#neverUsed = new AddressSet(size);
    this.#used = new ExpiryQueue(size);
    for (let place = 0; place < size; place += 1) if (options.pool.first + place !== options.pool.without) this.#neverUsed.add(place);
    for (const lease of [...options.leases].sort((a, b) => a.startedAt - b.startedAt)) this.#remember(lease);
  }

  now(): number {
    return this.#options.now();
  }

  at(ip: string): Lease | undefined {
    return this.#byIp.get(ip);
  }

  of(mac: string): Lease | undefined {
    const ip = this.#ipOfMac.get(mac);
    return ip === undefined ? undefined : this.#byIp.get(ip);
  }

  offerOf(mac: string): string | undefined {
    return this.#offers.of(mac, this.#options.monotonic());
  }

  offeredTo(ip: string): string | undefined {
    return this.#offers.to(ip, this.#options.monotonic());
  }

  isHost(mac: string): boolean {
    return this.#options.isHost(mac);
  }

  firstNeverUsed(): string | undefined {
    for (;;) {
      const place = this.#neverUsed.next(this.#cursor);
      if (place === undefined || !this.#setAsideIfReserved(place)) return this.#addressAt(place);
    }
  }

  unusedLongest(): string | undefined {
    for (;;) {
      const first = this.#used.first();
      if (first === undefined || first.at > this.now()) return undefined;
      if (!this.#setAsideIfReserved(first.place)) return this.#addressAt(first.place);
    }
  }

  oldestOfferOfStrangers(): { ip: string; mac: string } | undefined {
    const mac = this.#offers.oldestOfStrangers();
    const ip = mac === undefined ? undefined : this.offerOf(mac);
    return mac === undefined || ip === undefined ? undefined : { ip, mac };
  }

  /** Hosts have changed, so reservations may have. */
  hostsChanged(): void {
    const addresses = [...this.#setAside];
    this.#setAside.clear();
    for (const ip of addresses) this.#file(ip);
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
    for (const ip of this.#offers.removeEnded(this.#options.monotonic())) this.#file(ip);
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
    this.#offers.add(mac, ip, this.isHost(mac), this.#options.monotonic());
    this.#file(ip);
  }

  withdraw(mac: string): void {
    const ip = this.#offers.remove(mac);
    if (ip !== undefined) this.#file(ip);
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
      this.#file(before.ip);
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

  /** The clock was set by so many milliseconds: every lease has as long to go as before. */
  moveTimes(ms: number): LeaseChange[] {
    return [...this.#byIp.values()].flatMap((lease) => this.#put(movedLease(lease, ms)));
  }

  /** Forgets the row of an address, also one in quarantine. */
  free(ip: string): LeaseChange[] {
    const lease = this.#byIp.get(ip);
    if (!lease) return [];
    this.#byIp.delete(ip);
    if (this.#ipOfMac.get(lease.mac) === ip) this.#ipOfMac.delete(lease.mac);
    this.#file(ip);
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
    this.#file(lease.ip);
  }

  /** Puts an address where choices find it, or where they do not. After every change of its lease or offer. */
  #file(ip: string): void {
    if (!inPool(this.pool, ip)) return;
    const place = ipv4ToNumber(ip) - this.pool.first;
    const isOpen = !this.#offers.lists(ip) && !this.#setAside.has(ip);
    const lease = this.#byIp.get(ip);
    if (isOpen && !lease) this.#neverUsed.add(place);
    else this.#neverUsed.delete(place);
    this.#used.set(place, isOpen ? lease?.expiresAt : undefined);
  }

  #setAsideIfReserved(place: number): boolean {
    const ip = numberToIpv4(this.pool.first + place);
    if (this.reservedBy(ip) === undefined) return false;
    this.#setAside.add(ip);
    this.#file(ip);
    return true;
  }

  #addressAt(place: number | undefined): string | undefined {
    return place === undefined ? undefined : numberToIpv4(this.pool.first + place);
  }
}
