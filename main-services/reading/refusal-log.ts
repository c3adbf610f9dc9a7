import type { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import { refused } from './sentences.ts';

/** A BMC repeats its request thousands of times; the same refusal to the same address is one event in this time. */
const REPEAT_AFTER_MS = 60_000;
const MAX_REMEMBERED = 500;
/** Events of one address in this time: a stranger can ask for as many names as it likes, and the first ones are enough. */
const MAX_PER_ADDRESS = 20;

export class RefusalLog {
  readonly #activity: Activity;
  readonly #clock: Clock;
  readonly #lastAt = new Map<string, number>();
  /** Since when, and how many, by address. */
  readonly #told = new Map<string, { readonly since: number; readonly count: number }>();

  constructor(activity: Activity, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
  }

  record(
    type: 'iso.refused' | 'bootfile.refused' | 'config.refused' | 'iscsi.refused',
    ip: string,
    error: BootbenchError,
    mac?: string,
  ): void {
    // Each request is for another range, and each login may name another target; the first one is enough.
    const isAnyWords = error.code === 'E_RANGE' || type === 'iscsi.refused';
    const subject = isAnyWords ? (mac ?? '') : error.message;
    const key = `${type} ${ip} ${error.code} ${subject}`;
    const now = this.#clock.monotonic();
    if (now - (this.#lastAt.get(key) ?? Number.NEGATIVE_INFINITY) < REPEAT_AFTER_MS) return;
    if (this.#hasToldEnough(ip, now)) return;
    if (this.#lastAt.size >= MAX_REMEMBERED) this.#lastAt.clear();
    this.#lastAt.set(key, now);
    this.#activity.record({ type, ip, mac, message: refused(ip, error.message), data: { code: error.code } });
  }

  #hasToldEnough(ip: string, now: number): boolean {
    const told = this.#told.get(ip);
    const { since, count } = told && now - told.since < REPEAT_AFTER_MS ? told : { since: now, count: 0 };
    if (count >= MAX_PER_ADDRESS) return true;
    if (this.#told.size >= MAX_REMEMBERED) this.#told.clear();
    this.#told.set(ip, { since, count: count + 1 });
    return false;
  }
}
