import type { RedfishResponse } from './response.ts';
import { retryAfter } from './response.ts';
import type { Clock } from '../../../../contract/runtime.ts';
import { SESSIONS_FULL, UNREADABLE } from './failure.ts';
import { mentions } from './problem.ts';
import { sleep } from './timing.ts';

/**
 * HTTP statuses that pass by themselves, and whether what was asked may have been done all the same (RFC 9110 15.5, 15.6; RFC 6585 4).
 * 500: Dell answers so while it still ejects (ironic story 2008504). 503: for minutes after a restart (xcat-core#4264).
 */
const TRANSIENT: ReadonlyMap<number, 'not-done' | 'maybe-done'> = new Map([
  [408, 'not-done'], // the request did not arrive in time
  [429, 'not-done'], // too many requests
  [500, 'maybe-done'],
  [502, 'maybe-done'], // bad gateway: the service behind the web server restarts
  [503, 'not-done'], // service unavailable
  [504, 'maybe-done'], // gateway timeout
]);

/** Full session tables stay full for minutes, and an image that cannot be read stays so: these are told at once. */
function passes({ status, messages }: RedfishResponse): 'not-done' | 'maybe-done' | undefined {
  return mentions(messages, SESSIONS_FULL) || mentions(messages, UNREADABLE) ? undefined : TRANSIENT.get(status);
}

/** Worth asking again where asking twice does no harm: reads, and changes that are read back. */
export function isTransient(answer: RedfishResponse): boolean {
  return passes(answer) !== undefined;
}

/** Worth asking again whatever was asked: nothing was done. */
export function wasNotDone(answer: RedfishResponse): boolean {
  return passes(answer) === 'not-done';
}

export interface Again {
  /** How often more, at most. */
  readonly times: number;
  /** Milliseconds between; what the BMC asks for with Retry-After counts more, up to ten times this. */
  readonly pause: number;
}

/** Asks until the answer is not `passing`, or the budget is used up. */
export async function patiently(
  { clock }: { readonly clock: Clock },
  { times, pause }: Again,
  attempt: () => Promise<RedfishResponse>,
  passing: (answer: RedfishResponse) => boolean,
  signal?: AbortSignal,
): Promise<RedfishResponse> {
  for (let tried = 0; ; tried += 1) {
    const answer = await attempt();
    if (tried >= times || !passing(answer)) return answer;
    await sleep(clock, retryAfter(answer, pause * 10) ?? pause, signal);
  }
}
