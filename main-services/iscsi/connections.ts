import * as sentences from './sentences.ts';

/** Connections in all, and of one address: enough for a few machines with all their sessions (those behind one router share theirs). */
const MAX_CONNECTIONS = 2048;
const MAX_PER_ADDRESS = 64;
/** Connections without a session: they log in, or discover. */
const MAX_PASSING = 128;
const MAX_PASSING_PER_ADDRESS = 16;

/** A connection that is open. */
export interface Known {
  readonly ip: string;
  /** Whether it logged in to a target. */
  readonly hasSession: boolean;
}

/** Whether one more connection finds a place. `instead`: the one that gives up its own for it. */
export type Place<Open extends Known> =
  | { readonly kind: 'found'; readonly instead?: Open | undefined }
  /** `reason`: a sentence. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Where there are too many in all, the address that has most of those without a session loses its oldest one, so that strangers that
 * say nothing do not keep a machine out. Sessions are never ended for a newcomer. Pure. `open`: in the order in which they came.
 */
export function placeFor<Open extends Known>(open: readonly Open[], ip: string): Place<Open> {
  const own = open.filter((one) => one.ip === ip).length;
  if (own >= MAX_PER_ADDRESS) return { kind: 'refused', reason: sentences.tooManyConnections(MAX_PER_ADDRESS) };
  const passing = open.filter(({ hasSession }) => !hasSession);
  const counts = new Map<string, number>();
  for (const one of passing) counts.set(one.ip, (counts.get(one.ip) ?? 0) + 1);
  const ownPassing = counts.get(ip) ?? 0;
  const most = Math.max(0, ...counts.values());
  const isFull = passing.length >= MAX_PASSING || open.length >= MAX_CONNECTIONS;
  if (ownPassing >= MAX_PASSING_PER_ADDRESS || (isFull && ownPassing >= most))
    return { kind: 'refused', reason: sentences.TOO_MANY_LOGINS };
  return { kind: 'found', instead: isFull ? passing.find((one) => counts.get(one.ip) === most) : undefined };
}
