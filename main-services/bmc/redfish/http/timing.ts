import { BootbenchError } from '../../../../contract/errors.ts';
import type { Clock } from '../../../../contract/runtime.ts';

/** Every wait of the Redfish client, in milliseconds. */
export interface RedfishTiming {
  /** One call of the provider, all in all; a graceful shutdown has its own time beside it. */
  readonly call: number;
  /** Until the headers of an answer, and between two pieces of its body. */
  readonly answer: number;
  readonly connect: number;
  /** A read that is answered by a status that passes (transient.ts): so many times again, so far apart. */
  readonly again: { readonly times: number; readonly pause: number };
  /** The same for a change. */
  readonly changeAgain: { readonly times: number; readonly pause: number };
  /** One member of a collection, while others answer: until its answer, and so many times again. */
  readonly member: { readonly answer: number; readonly times: number };
  /** How long power may take to follow, how often it is looked at. */
  readonly power: { readonly settle: number; readonly poll: number };
  /** 409 to On soon after Off: iDRAC10 answers so for up to a minute. */
  readonly refusedOn: { readonly times: number; readonly pause: number };
  readonly media: {
    readonly verify: number;
    readonly eject: number;
    readonly poll: number;
    readonly serviceStart: number;
    readonly serviceRestart: number;
  };
  readonly task: { readonly patience: number; readonly poll: number; readonly slowest: number };
  /** “Not during POST”: so many times again, the pause growing from first to last. */
  readonly duringPost: { readonly times: number; readonly first: number; readonly last: number };
  readonly boot: { readonly verify: number; readonly poll: number };
}

export const REDFISH_TIMING: RedfishTiming = {
  call: 300_000,
  answer: 60_000,
  connect: 30_000,
  again: { times: 10, pause: 3_000 },
  changeAgain: { times: 3, pause: 3_000 },
  member: { answer: 20_000, times: 2 },
  power: { settle: 90_000, poll: 3_000 },
  refusedOn: { times: 6, pause: 10_000 },
  media: { verify: 30_000, eject: 15_000, poll: 1_000, serviceStart: 10_000, serviceRestart: 180_000 },
  task: { patience: 120_000, poll: 1_000, slowest: 5_000 },
  duringPost: { times: 6, first: 5_000, last: 30_000 },
  boot: { verify: 5_000, poll: 1_000 },
};

export function cancelled(cause?: unknown): BootbenchError {
  return new BootbenchError('E_CANCELLED', 'What was asked of the BMC was cancelled.', { cause });
}

/** E_CANCELLED when the signal is aborted before `ms` have passed. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      stop();
      reject(cancelled());
    };
    if (signal?.aborted === true) {
      reject(cancelled());
      return;
    }
    const stop = clock.after(ms, () => {
      signal?.removeEventListener('abort', leave);
      resolve();
    });
    signal?.addEventListener('abort', leave, { once: true });
  });
}

/** Looks until `look` finds something or the time is over; looks at least once. */
export async function until<T>(
  clock: Clock,
  { within, every }: { within: number; every: number },
  look: () => Promise<T | undefined>,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const end = clock.now() + within;
  for (;;) {
    const found = await look();
    if (found !== undefined || clock.now() + every > end) return found;
    await sleep(clock, every, signal);
  }
}
