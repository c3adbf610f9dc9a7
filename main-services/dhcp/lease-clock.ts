import type { Lease } from '../../contract/inventory.ts';

/** How far in the future a lease may start before it counts as made by a wrong clock. */
const CLOCK_TOLERANCE_MS = 5_000;
/** No lease is longer than this unless its interface requires it: the setting may have been longer before. */
const MAX_LEASE_MS = 7 * 24 * 3_600_000;

/**
 * Leases that were made or renewed while this computer's clock was ahead, with corrected times: a lease from the future starts now
 * and keeps its length, one that was renewed by a wrong clock ends after `secondsOf` its MAC. The others are omitted. Pure.
 */
export function leasesOfWrongClock(leases: readonly Lease[], now: number, secondsOf: (mac: string) => number): Lease[] {
  return leases.flatMap((lease) => {
    const corrected = correct(lease, now, secondsOf(lease.mac) * 1000);
    return corrected ? [corrected] : [];
  });
}

function correct(lease: Lease, now: number, usual: number): Lease | undefined {
  const { startedAt, expiresAt } = lease;
  if (startedAt > now + CLOCK_TOLERANCE_MS) return { ...lease, startedAt: now, expiresAt: now + Math.max(0, expiresAt - startedAt) };
  if (expiresAt > now + Math.max(MAX_LEASE_MS, usual) + CLOCK_TOLERANCE_MS) return { ...lease, expiresAt: now + usual };
  return undefined;
}

/** A lease whose times follow a clock that was set by so many milliseconds. */
export function movedLease(lease: Lease, ms: number): Lease {
  return { ...lease, startedAt: Math.max(0, lease.startedAt + ms), expiresAt: Math.max(0, lease.expiresAt + ms) };
}
