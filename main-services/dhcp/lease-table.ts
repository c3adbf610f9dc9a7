import type { Lease } from '../../contract/inventory.ts';
import { ipv4ToNumber } from '../../contract/primitives.ts';
import { inPool, poolText, walk } from './pool.ts';
import type { Pool } from './pool.ts';

/** How long an offered address is kept for the machine that it was offered to. */
const OFFER_MS = 60_000;
/** A declined or conflicting address rests this long: whoever squats on it has time to be found. */
export const QUARANTINE_MS = 600_000;

export type LeaseChoice =
  /** `probe`: nobody has had it from us yet, so look first whether somebody uses it. */
  { kind: 'address'; ip: string; probe: boolean; reason: string } | { kind: 'full'; reason: string };

export type Verdict =
  { ok: true; reason: string } | { ok: false; reason: string; /** We have no record of this machine. */ unknown: boolean };

/** What a row of the database must become. */
export type LeaseChange = { kind: 'put'; lease: Lease } | { kind: 'remove'; ip: string };

/** Questions only: what pure decisions may ask. */
export interface LeaseView {
  /** The lease of this machine, whatever its age; never a declined one. */
  of(mac: string): Lease | undefined;
  /** The address that this machine was offered and has not yet asked for. */
  offerOf(mac: string): string | undefined;
  /** Which address this machine should have: reservation, its lease, its wish, a fresh one, the one idle for longest. */
  choose(mac: string, wish: { reserved?: string; requested?: string }): LeaseChoice;
  /** Whether this machine may have this address now. `uses`: it asks from that address, so a DECLINE in its name was forged. */
  mayHave(mac: string, ip: string, reserved?: string, uses?: boolean): Verdict;
}

export interface LeaseTable extends LeaseView {
  offer(mac: string, ip: string): void;
  withdraw(mac: string): void;
  bind(mac: string, ip: string, terms: { seconds: number; hostname?: string; vendorClass?: string; relay?: string }): LeaseChange[];
  release(mac: string, ip: string): LeaseChange[];
  /** Forgets the lease of an address, also one that rests after a conflict. */
  free(ip: string): LeaseChange[];
  /** The machine found that another one uses the address, or our own probe did. `user`: the MAC that the probe saw; it is kept then. */
  decline(mac: string, ip: string, user?: string): LeaseChange[];
  /** The machine that had this address last, other than by declining it. */
  lastHolder(ip: string): string | undefined;
}

interface Options {
  readonly pool: Pool;
  /** The MAC whose interface reserves this address. */
  readonly reservedBy: (ip: string) => string | undefined;
  readonly now: () => number;
  readonly leases: readonly Lease[];
}

/**
 * Who has which address: the truth while we run, loaded from the database at start. Keyed on the MAC alone, never on option 61,
 * so firmware, iPXE and operating system of one machine share an address.
 */
export function createLeaseTable({ pool, reservedBy, now, leases }: Options): LeaseTable {
  const byIp = new Map<string, Lease>();
  const byMac = new Map<string, string>();
  const offers = new Map<string, { ip: string; until: number }>();
  const offeredTo = new Map<string, string>();
  let cursor = 0;

  for (const lease of [...leases].sort((a, b) => a.startedAt - b.startedAt)) remember(lease);

  function remember(lease: Lease): void {
    const before = byIp.get(lease.ip);
    if (before && byMac.get(before.mac) === lease.ip) byMac.delete(before.mac);
    byIp.set(lease.ip, lease);
    if (lease.state !== 'declined') byMac.set(lease.mac, lease.ip);
  }

  const of = (mac: string): Lease | undefined => {
    const ip = byMac.get(mac);
    return ip === undefined ? undefined : byIp.get(ip);
  };

  function withdraw(mac: string): void {
    const offer = offers.get(mac);
    if (!offer) return;
    offers.delete(mac);
    offeredTo.delete(offer.ip);
  }

  function offerOf(mac: string): string | undefined {
    const offer = offers.get(mac);
    if (offer && offer.until <= now()) withdraw(mac);
    return offers.get(mac)?.ip;
  }

  function offeredElsewhere(mac: string, ip: string): string | undefined {
    const other = offeredTo.get(ip);
    return other !== undefined && other !== mac && offerOf(other) === ip ? other : undefined;
  }

  /** Why this machine cannot have this address now, for reasons that lie with others. */
  function obstacle(mac: string, ip: string, uses = false): string | undefined {
    if (ipv4ToNumber(ip) === pool.without) return `${ip} is our own address`;
    const lease = byIp.get(ip);
    const current = lease !== undefined && lease.expiresAt > now();
    if (current && lease.state === 'declined' && !(uses && lease.mac === mac)) return `${ip} rests after a conflict`;
    if (current && lease.state === 'bound' && lease.mac !== mac) return `${ip} is leased to ${lease.mac}`;
    const other = offeredElsewhere(mac, ip);
    if (other !== undefined) return `${ip} was just offered to ${other}`;
    const reserved = reservedBy(ip);
    if (reserved !== undefined && reserved !== mac) return `${ip} is reserved for ${reserved}`;
    return undefined;
  }

  /** Reserved addresses are not the pool's, not even for the MAC that they are reserved for: another machine may be wearing it. */
  const open = (mac: string, ip: string): boolean => inPool(pool, ip) && obstacle(mac, ip) === undefined && reservedBy(ip) === undefined;

  /** An address that nobody has had. */
  function fresh(mac: string): string | undefined {
    for (const { ip, place } of walk(pool, cursor)) {
      if (byIp.has(ip) || !open(mac, ip)) continue;
      cursor = place + 1;
      return ip;
    }
    return undefined;
  }

  /** The address whose lease ended first. */
  function idle(mac: string): string | undefined {
    const ended = [...byIp.values()].filter((lease) => open(mac, lease.ip));
    return ended.reduce<Lease | undefined>((best, lease) => (best && best.expiresAt <= lease.expiresAt ? best : lease), undefined)?.ip;
  }

  function fromPool(mac: string, requested: string | undefined, note: string): LeaseChoice {
    const pending = offerOf(mac);
    if (pending !== undefined && open(mac, pending)) {
      return { kind: 'address', ip: pending, probe: false, reason: `${note}it was offered ${pending} before` };
    }
    const own = of(mac)?.ip;
    if (own !== undefined && open(mac, own)) return { kind: 'address', ip: own, probe: false, reason: `${note}it had ${own} before` };
    // A machine whose lease ended may still use it: iPXE never renews, and anyone can send a RELEASE in its name.
    if (requested !== undefined && !byIp.has(requested) && open(mac, requested)) {
      return { kind: 'address', ip: requested, probe: true, reason: `${note}it asks for ${requested}, which is free` };
    }
    const next = fresh(mac);
    if (next !== undefined) return { kind: 'address', ip: next, probe: true, reason: `${note}${next} is free` };
    const old = idle(mac);
    if (old !== undefined) return { kind: 'address', ip: old, probe: true, reason: `${note}${old} was idle for longest` };
    return { kind: 'full', reason: `${note}every address of the pool ${poolText(pool)} is in use, reserved or resting` };
  }

  return {
    of,
    offerOf,
    withdraw,
    lastHolder: (ip) => {
      const lease = byIp.get(ip);
      return lease?.state === 'declined' ? undefined : lease?.mac;
    },

    choose(mac, { reserved, requested }) {
      if (reserved === undefined) return fromPool(mac, requested, '');
      const hindrance = obstacle(mac, reserved);
      if (hindrance !== undefined) return fromPool(mac, requested, `${hindrance}, its reservation has to wait; `);
      const known = of(mac)?.ip === reserved || offerOf(mac) === reserved;
      return { kind: 'address', ip: reserved, probe: !known, reason: `${reserved} is reserved for it` };
    },

    mayHave(mac, ip, reserved, uses) {
      const hindrance = obstacle(mac, ip, uses);
      const lease = of(mac);
      const unknown = reserved === undefined && lease === undefined && offerOf(mac) === undefined;
      const no = (reason: string): Verdict => ({ ok: false, reason, unknown });
      if (hindrance !== undefined) return no(hindrance);
      if (ip === reserved) return { ok: true, reason: `${ip} is reserved for it` };
      if (reserved !== undefined && obstacle(mac, reserved) === undefined) return no(`its reserved address is ${reserved}, not ${ip}`);
      if (reservedBy(ip) !== undefined) return no(`${ip} is reserved for the host of this MAC, and this is another machine`);
      if (!inPool(pool, ip)) return no(`${ip} is neither reserved for it nor in the pool ${poolText(pool)}`);
      if (offerOf(mac) === ip) return { ok: true, reason: `${ip} was offered to it` };
      if (lease?.ip === ip) return { ok: true, reason: `${ip} is its lease` };
      if (lease?.state === 'bound' && lease.expiresAt > now()) return no(`its lease is ${lease.ip}, not ${ip}`);
      const before = byIp.get(ip);
      if (before && before.mac !== mac && before.state !== 'declined')
        return no(`${ip} was the address of ${before.mac}, and was not offered to it`);
      return { ok: true, reason: `${ip} is free, though we had no record of it` };
    },

    offer(mac, ip) {
      withdraw(mac);
      const other = offeredTo.get(ip);
      if (other !== undefined) withdraw(other);
      offers.set(mac, { ip, until: now() + OFFER_MS });
      offeredTo.set(ip, mac);
    },

    bind(mac, ip, { seconds, hostname, vendorClass, relay: through }) {
      withdraw(mac);
      const before = of(mac);
      const renewed = before?.ip === ip && before.state === 'bound' && before.expiresAt > now();
      const startedAt = renewed ? before.startedAt : now();
      // A machine behind a relay renews without it (RFC 2131 §4.3.2).
      const relay = through ?? (renewed ? before.relay : undefined);
      const lease: Lease = { ip, mac, state: 'bound', hostname, vendorClass, relay, startedAt, expiresAt: now() + seconds * 1000 };
      const changes: LeaseChange[] = [];
      if (before && before.ip !== ip) {
        byIp.delete(before.ip);
        changes.push({ kind: 'remove', ip: before.ip });
      }
      remember(lease);
      return [...changes, { kind: 'put', lease }];
    },

    release(mac, ip) {
      const lease = of(mac);
      if (lease?.ip !== ip || lease.state !== 'bound') return [];
      const released: Lease = { ...lease, state: 'released', expiresAt: Math.min(lease.expiresAt, now()) };
      remember(released);
      return [{ kind: 'put', lease: released }];
    },

    free(ip) {
      const lease = byIp.get(ip);
      if (!lease) return [];
      byIp.delete(ip);
      if (byMac.get(lease.mac) === ip) byMac.delete(lease.mac);
      return [{ kind: 'remove', ip }];
    },

    decline(mac, ip, user = mac) {
      withdraw(mac);
      const declined: Lease = { ip, mac: user, state: 'declined', startedAt: now(), expiresAt: now() + QUARANTINE_MS };
      remember(declined);
      return [{ kind: 'put', lease: declined }];
    },
  };
}
