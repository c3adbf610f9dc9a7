import type { Lease } from '../../contract/inventory.ts';
import { ipv4ToNumber } from '../../contract/primitives.ts';
import { inPool, poolText } from './pool.ts';
import type { Pool } from './pool.ts';
import * as sentences from './sentences.ts';

export type LeaseChoice =
  /** `probe`: this machine has not had the address before, so check first that no other machine uses it. */
  { kind: 'address'; ip: string; probe: boolean; basis: AddressBasis; reason: string } | { kind: 'full'; reason: string };

/** Where the chosen address comes from, in the order in which they are tried. */
export type AddressBasis = 'reservation' | 'offer' | 'lease' | 'request' | 'never-used' | 'unused-longest' | 'not-requested';

export type Verdict = { readonly ok: boolean; readonly reason: string };

/** The state that choices depend on; reads only. */
export interface LeaseRecords {
  readonly pool: Pool;
  now(): number;
  /** The row of an address, whatever its state and age. */
  at(ip: string): Lease | undefined;
  /** The lease of a machine, whatever its age; never a declined one. */
  of(mac: string): Lease | undefined;
  /** The address that a machine was offered and has not requested yet. */
  offerOf(mac: string): string | undefined;
  /** The machine that was offered this address and has not requested it yet. */
  offeredTo(ip: string): string | undefined;
  /** The MAC whose interface reserves this address. */
  reservedBy(ip: string): string | undefined;
  /** Whether the MAC is a host's. */
  isHost(mac: string): boolean;
  /** The next address of the pool without a row; not offered, not reserved. */
  firstNeverUsed(): string | undefined;
  /** The address of the pool whose lease or quarantine ended first; not offered, not reserved. */
  unusedLongest(): string | undefined;
  /** The oldest offer to a machine that is not a host. */
  oldestOfferOfStrangers(): { readonly ip: string; readonly mac: string } | undefined;
}

export interface AddressTerms {
  /** The address reserved for this machine. */
  readonly reserved?: string | undefined;
  /** The request came from this very address, so a DECLINE in the machine's name was forged. */
  readonly inUse?: boolean | undefined;
}

/** What decisions read of the leases. */
export interface LeaseView extends Pick<LeaseRecords, 'of' | 'offerOf'> {
  /** Which address this machine should have: reservation, offer, lease, the requested one, a never used one, the one unused for longest; for a host also one that was offered to another machine. */
  choose(mac: string, wish: { reserved?: string; requested?: string }): LeaseChoice;
  /** Whether this machine may have this address now. */
  mayHave(mac: string, ip: string, terms?: AddressTerms): Verdict;
}

/** The address for a machine that asks for one: its reservation, else one of the pool. */
export function chooseAddress(records: LeaseRecords, mac: string, wish: { reserved?: string; requested?: string }): LeaseChoice {
  const { reserved, requested } = wish;
  if (reserved === undefined) return chooseFromPool(records, mac, requested);
  const obstacle = obstacleTo(records, mac, reserved);
  if (obstacle === undefined) {
    const known = records.of(mac)?.ip === reserved || records.offerOf(mac) === reserved;
    return { kind: 'address', ip: reserved, probe: !known, basis: 'reservation', reason: sentences.itsReservation(reserved) };
  }
  const choice = chooseFromPool(records, mac, requested);
  return { ...choice, reason: sentences.reservationUnavailable(obstacle, choice.reason) };
}

function chooseFromPool(records: LeaseRecords, mac: string, requested: string | undefined): LeaseChoice {
  const available = (ip: string | undefined): ip is string => ip !== undefined && isAvailable(records, mac, ip);
  const address = (ip: string, basis: AddressBasis, reason: string): LeaseChoice => {
    const probe = basis !== 'offer' && basis !== 'lease';
    return { kind: 'address', ip, probe, basis, reason };
  };
  const offered = records.offerOf(mac);
  if (available(offered)) return address(offered, 'offer', sentences.alreadyOffered(offered));
  const own = records.of(mac)?.ip;
  if (available(own)) return address(own, 'lease', sentences.hadBefore(own));
  // A machine whose lease has ended may still use it: iPXE never renews, and anyone can send a RELEASE in its name.
  if (available(requested) && records.at(requested) === undefined) {
    return address(requested, 'request', sentences.requestedAndFree(requested));
  }
  const neverUsed = records.firstNeverUsed();
  if (neverUsed !== undefined) return address(neverUsed, 'never-used', sentences.isFree(neverUsed));
  const unused = records.unusedLongest();
  if (unused !== undefined) return address(unused, 'unused-longest', sentences.unusedLongest(unused));
  const taken = records.isHost(mac) ? records.oldestOfferOfStrangers() : undefined;
  if (taken && inPool(records.pool, taken.ip) && records.reservedBy(taken.ip) === undefined)
    return address(taken.ip, 'not-requested', sentences.offerNotRequested(taken.ip, taken.mac));
  return { kind: 'full', reason: sentences.poolFull(poolText(records.pool)) };
}

/** Reserved addresses are not the pool's, not even for the MAC that they are reserved for: another machine may use that MAC. */
function isAvailable(records: LeaseRecords, mac: string, ip: string): boolean {
  return inPool(records.pool, ip) && obstacleTo(records, mac, ip) === undefined && records.reservedBy(ip) === undefined;
}

/** Whether a machine may have the address that it requests, and why. */
export function mayHave(records: LeaseRecords, mac: string, ip: string, { reserved, inUse }: AddressTerms = {}): Verdict {
  const obstacle = obstacleTo(records, mac, ip, inUse);
  if (obstacle !== undefined) return { ok: false, reason: obstacle };
  if (ip === reserved) return { ok: true, reason: sentences.itsReservation(ip) };
  const refusal = reservationRefusal(records, mac, ip, reserved) ?? leaseRefusal(records, mac, ip);
  if (refusal !== undefined) return { ok: false, reason: refusal };
  if (records.offerOf(mac) === ip) return { ok: true, reason: sentences.wasOffered(ip) };
  if (records.of(mac)?.ip === ip) return { ok: true, reason: sentences.itsLease(ip) };
  return { ok: true, reason: sentences.freeWithoutRecord(ip) };
}

/** What prevents this machine from having this address now, for reasons that lie with others. */
function obstacleTo(records: LeaseRecords, mac: string, ip: string, inUse = false): string | undefined {
  if (ipv4ToNumber(ip) === records.pool.without) return sentences.ownAddress(ip);
  const lease = records.at(ip);
  if (lease !== undefined && lease.expiresAt > records.now()) {
    if (lease.state === 'declined' && !(inUse && lease.mac === mac)) return sentences.quarantined(ip);
    if (lease.state === 'bound' && lease.mac !== mac) return sentences.leasedTo(ip, lease.mac);
  }
  const offeredTo = records.offeredTo(ip);
  if (offeredTo !== undefined && offeredTo !== mac) return sentences.offeredTo(ip, offeredTo);
  const reservedBy = records.reservedBy(ip);
  return reservedBy !== undefined && reservedBy !== mac ? sentences.reservedFor(ip, reservedBy) : undefined;
}

function reservationRefusal(records: LeaseRecords, mac: string, ip: string, reserved: string | undefined): string | undefined {
  if (reserved !== undefined && obstacleTo(records, mac, reserved) === undefined) return sentences.otherReservation(reserved, ip);
  if (records.reservedBy(ip) !== undefined) return sentences.otherMachineSameMac(ip);
  return inPool(records.pool, ip) ? undefined : sentences.notInPool(ip, poolText(records.pool));
}

function leaseRefusal(records: LeaseRecords, mac: string, ip: string): string | undefined {
  const own = records.of(mac);
  if (records.offerOf(mac) === ip || own?.ip === ip) return undefined;
  if (own?.state === 'bound' && own.expiresAt > records.now()) return sentences.otherLease(own.ip, ip);
  const last = records.at(ip);
  return last !== undefined && last.mac !== mac && last.state !== 'declined' ? sentences.lastLeasedTo(ip, last.mac) : undefined;
}
