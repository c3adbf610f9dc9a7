import type { Clock } from '../../../../contract/runtime.ts';
import { retryAfter, type RedfishResponse } from './response.ts';
import { SESSIONS_FULL, UNREADABLE } from './failure.ts';
import { mentions } from './problem.ts';
import { pause, RETRY_AFTER_FACTOR, type Retry } from './timing.ts';

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

/** Full session tables stay full for minutes, and an image that cannot be read stays so: these are not retried. */
function passes({ status, messages }: RedfishResponse): 'not-done' | 'maybe-done' | undefined {
  return mentions(messages, SESSIONS_FULL) || mentions(messages, UNREADABLE) ? undefined : TRANSIENT.get(status);
}

/** Worth repeating where sending it twice does no harm: reads, and changes that are read back. */
export function isTransient(answer: RedfishResponse): boolean {
  return passes(answer) !== undefined;
}

/** Worth repeating in any case: nothing was done. */
export function wasNotDone(answer: RedfishResponse): boolean {
  return passes(answer) === 'not-done';
}

/** Repeats `attempt` while its response is `passing`, as often as `retry` allows. Retry-After counts more than the pause, up to a limit. */
export async function repeat(
  { clock }: { readonly clock: Clock },
  retry: Retry,
  attempt: () => Promise<RedfishResponse>,
  passing: (response: RedfishResponse) => boolean,
  signal?: AbortSignal,
): Promise<RedfishResponse> {
  for (let tried = 0; ; tried += 1) {
    const response = await attempt();
    if (tried >= retry.times || !passing(response)) return response;
    await pause(clock, retryAfter(response, retry.pause * RETRY_AFTER_FACTOR) ?? retry.pause, signal);
  }
}
