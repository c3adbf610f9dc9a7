import type { Lease } from '../../contract/inventory.ts';

/** Milliseconds that a lease may lie in the future before it counts as made by a wrong clock. */
const SLACK = 5_000;
/** No lease of ours is longer than this, in milliseconds, unless its interface says so: a setting may have been longer before. */
const LONGEST = 7 * 24 * 3_600_000;

/**
 * Leases that were made or renewed while this computer's clock was ahead, with times as they should be: a lease from the future begins now
 * and keeps its length, one that was renewed by a wrong clock ends after `secondsOf` its MAC. The others are left out. Pure.
 */
export function leasesOfWrongClock(leases: readonly Lease[], now: number, secondsOf: (mac: string) => number): Lease[] {
  return leases.flatMap((lease) => {
    const mended = mend(lease, now, secondsOf(lease.mac) * 1000);
    return mended ? [mended] : [];
  });
}

function mend(lease: Lease, now: number, usual: number): Lease | undefined {
  const { startedAt, expiresAt } = lease;
  if (startedAt > now + SLACK) return { ...lease, startedAt: now, expiresAt: now + Math.max(0, expiresAt - startedAt) };
  if (expiresAt > now + Math.max(LONGEST, usual) + SLACK) return { ...lease, expiresAt: now + usual };
  return undefined;
}
