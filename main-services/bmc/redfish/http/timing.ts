import type { Clock } from '../../../../contract/runtime.ts';
import { sleep } from '../../../../util/async.ts';
import { REQUEST_CANCELLED } from './sentences.ts';

/** How often something is sent again, at most, and the milliseconds in between. */
export interface Retry {
  readonly times: number;
  readonly pause: number;
}

/**
 * Every count and interval by which the Redfish client repeats a request. Nothing else in it repeats: the transport sends each request once
 * (a second time only to negotiate authentication or the encoding), and what no BMC answers is not repeated.
 */
export interface RedfishRetries {
  /** A read that is answered by a status that passes (transient.ts). A longer Retry-After counts, up to ten times the pause. */
  readonly busyRead: Retry;
  /** The same for a change. */
  readonly busyChange: Retry;
  /** A read whose connection was cut. */
  readonly cutRead: Retry;
  /** One member of a collection, while others answer. */
  readonly sickMember: Retry;
  /** 409 to On soon after Off: iDRAC10 refuses so for up to a minute. */
  readonly powerRefusal: Retry;
  /** “Not during POST”, or data sources that are not ready: the pause doubles from first to last. */
  readonly notReady: { readonly times: number; readonly first: number; readonly last: number };
}

/** Every wait of the Redfish client, in milliseconds. */
export interface RedfishTiming {
  /** One call of the provider, all in all; a graceful shutdown has its own time in addition. */
  readonly call: number;
  /** Until the headers of a response, and between two pieces of its body. */
  readonly response: number;
  /** The same for one member of a collection. */
  readonly memberResponse: number;
  readonly connect: number;
  readonly retries: RedfishRetries;
  /** How long power may take to change, and how often it is read meanwhile. */
  readonly power: { readonly settle: number; readonly poll: number };
  readonly media: {
    readonly verify: number;
    readonly eject: number;
    readonly poll: number;
    readonly serviceStart: number;
    readonly serviceRestart: number;
  };
  readonly task: { readonly timeout: number; readonly poll: number; readonly slowest: number };
  readonly boot: { readonly verify: number; readonly poll: number };
}

export const REDFISH_TIMING: RedfishTiming = {
  call: 300_000,
  response: 60_000,
  memberResponse: 20_000,
  connect: 30_000,
  retries: {
    busyRead: { times: 10, pause: 3_000 },
    busyChange: { times: 3, pause: 3_000 },
    cutRead: { times: 2, pause: 3_000 },
    sickMember: { times: 2, pause: 3_000 },
    powerRefusal: { times: 6, pause: 10_000 },
    notReady: { times: 6, first: 5_000, last: 30_000 },
  },
  power: { settle: 90_000, poll: 3_000 },
  media: { verify: 30_000, eject: 15_000, poll: 1_000, serviceStart: 10_000, serviceRestart: 180_000 },
  task: { timeout: 120_000, poll: 1_000, slowest: 5_000 },
  boot: { verify: 5_000, poll: 1_000 },
};

/** Milliseconds until a BMC that does not accept a connection counts as silent. */
export const CONNECT_TIMEOUT_MS = 5000;

/**
 * How long one call takes to fail, at most, in milliseconds:
 * `absent`: nothing accepts the connection (host down, wrong address, no cable). Not retried.
 * `silent`: the connection is accepted, and no response follows. Not retried.
 * `busy`: every response is “try again later”. The limit of a call, and the pause that it falls into.
 */
export function longestFailure(
  timing: RedfishTiming,
  connect = CONNECT_TIMEOUT_MS,
): Readonly<Record<'absent' | 'silent' | 'busy', number>> {
  const { busyRead, busyChange, powerRefusal, notReady } = timing.retries;
  const pauses = [busyRead.pause * RETRY_AFTER_FACTOR, busyChange.pause * RETRY_AFTER_FACTOR, powerRefusal.pause, notReady.last];
  return { absent: connect, silent: connect + timing.response, busy: timing.call + Math.max(...pauses) };
}

/** A BMC's Retry-After counts up to this multiple of the pause. */
export const RETRY_AFTER_FACTOR = 10;

/** Sleeps between requests. E_CANCELLED when the signal aborts before `ms` have passed. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return sleep(clock, ms, signal, REQUEST_CANCELLED);
}

/** Checks until `check` finds something or the time is over; checks at least once. */
export async function until<T>(
  clock: Clock,
  { within, every }: { within: number; every: number },
  check: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const end = clock.monotonic() + within;
  for (;;) {
    const found = await check();
    if (found !== undefined || clock.monotonic() + every > end) return found;
    await pause(clock, every, signal);
  }
}
