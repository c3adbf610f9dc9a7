import type { Lease } from '../../contract/inventory.ts';
import type { Identity } from '../boot/boot.ts';
import type { LeaseEffect } from './decision.ts';

/** How long a stored lease that has nearly ended, or has ended, is renewed at a time while nothing can be written. */
const SHORT_LEASE_SECONDS = 600;

export interface UnstoredLease {
  readonly mac: string;
  readonly identity: Identity;
  /** What the database has of the address. */
  readonly stored: Lease | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
}

/**
 * For how many seconds a machine may have its address although the lease cannot be written; undefined if it may not. A reserved address is
 * never another machine's. A stored lease is this machine's until it ends; a new one could be assigned twice after a restart.
 */
export function unstoredSeconds(
  { ip, seconds }: Extract<LeaseEffect, { kind: 'bind' }>,
  { mac, identity, stored, now }: UnstoredLease,
): number | undefined {
  if (identity.kind === 'host' && identity.iface.ip === ip) return seconds;
  if (stored?.mac !== mac || stored.state !== 'bound') return undefined;
  const remaining = Math.floor((stored.expiresAt - now) / 1000);
  return Math.min(seconds, Math.max(remaining, SHORT_LEASE_SECONDS));
}
