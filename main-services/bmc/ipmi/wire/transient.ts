import type { Clock } from '../../../../contract/runtime.ts';
import { sleep } from '../../../../util/async.ts';
import { REQUEST_CANCELLED } from './sentences.ts';

/** How often a command is repeated, at most. With the pauses below: 6 s at the real timing. */
const MAX_REPEATS = 3;

/**
 * Completion codes that pass by themselves (IPMI 2.0 table 5-2), and whether the command may have been done all the same. OpenBMC answers
 * 0xff while it starts (openbmc#1810).
 */
const TRANSIENT: ReadonlyMap<number, 'not-done' | 'maybe-done'> = new Map([
  [0xc0, 'not-done'], // node busy
  [0xc3, 'maybe-done'], // timeout while processing
  [0xc4, 'not-done'], // out of space
  [0xce, 'maybe-done'], // response could not be provided
  [0xcf, 'maybe-done'], // duplicated request: the first one is being done
  [0xd2, 'not-done'], // BMC initialization in progress
  [0xff, 'maybe-done'], // unspecified error
]);

export function isTransient(completion: number): boolean {
  return TRANSIENT.has(completion);
}

/** `twice`: whether it does no harm when the command is done twice. */
export function isWorthRepeating(completion: number, twice: boolean): boolean {
  const done = TRANSIENT.get(completion);
  return done === 'not-done' || (done === 'maybe-done' && twice);
}

export interface Patience {
  readonly clock: Clock;
  /** Milliseconds before the first repetition; before the next ones, two and three times as long. */
  readonly busy: number;
  readonly signal: AbortSignal | undefined;
}

/** What `attempt` gives when it is not `passing`, or at the end of the budget. */
export async function repeated<T>(
  attempt: () => Promise<T>,
  passing: (outcome: T) => boolean,
  { clock, busy, signal }: Patience,
): Promise<T> {
  for (let repeat = 1; ; repeat++) {
    const outcome = await attempt();
    if (repeat > MAX_REPEATS || !passing(outcome)) return outcome;
    await sleep(clock, busy * repeat, signal, REQUEST_CANCELLED);
  }
}
