import type { NewEvent } from '../../contract/appliance.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import type { Limits } from './limit-board.ts';

/** A client repeats its request thousands of times; the same event about the same address is recorded once in this time. */
export const PERIOD_MS = 60_000;
/** Events about one address in this time. A stranger can request as many names as it likes, and the first ones are enough. */
export const MAX_PER_ADDRESS = 20;
/** Events whose repetition is recognized, and addresses that are counted: for more, limitStrangerEvents bounds them all together. */
const MAX_REMEMBERED = 1000;

type AddressEvent = NewEvent & { readonly ip: string };

/** Records what clients cause that have shown nothing, a few events for each address. */
export interface AddressEvents {
  /** Records the event unless there are too many. `subject`: what makes it the same event as another one; absent: it is new each time. */
  record(event: AddressEvent, subject?: string): void;
}

/** One for all services of the boot plane. What is not recorded counts as limited, except repetitions. */
export function addressEvents(activity: Pick<Activity, 'record'>, limits: Limits, clock: Pick<Clock, 'monotonic'>): AddressEvents {
  let since = Number.NEGATIVE_INFINITY;
  const perAddress = new Map<string, number>();
  const repeated = new Map<string, number>();

  const isRepetition = (key: string, now: number): boolean => {
    const last = repeated.get(key);
    if (last !== undefined && now - last < PERIOD_MS) return true;
    if (repeated.size >= MAX_REMEMBERED) repeated.clear();
    repeated.set(key, now);
    return false;
  };
  const isTooMuch = (ip: string, now: number): boolean => {
    if (now - since >= PERIOD_MS) {
      since = now;
      perAddress.clear();
    }
    const ofAddress = perAddress.get(ip) ?? 0;
    if (ofAddress >= MAX_PER_ADDRESS) return true;
    if (perAddress.size >= MAX_REMEMBERED) perAddress.clear();
    perAddress.set(ip, ofAddress + 1);
    return false;
  };

  return {
    record(event, subject) {
      const now = clock.monotonic();
      if (subject !== undefined && isRepetition(`${event.type} ${event.ip} ${subject}`, now)) return;
      if (isTooMuch(event.ip, now)) limits.limited('stranger-events', event.ip);
      else activity.record(event);
    },
  };
}
