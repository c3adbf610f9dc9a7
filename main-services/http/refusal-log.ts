import type { BootbenchError } from '../../contract/errors.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';

/** A BMC asks thousands of times; the same refusal to the same address is one event in so many milliseconds. */
const QUIET = 60_000;
const MAX_REMEMBERED = 500;

export class RefusalLog {
  readonly #activity: Activity;
  readonly #clock: Clock;
  readonly #lastAt = new Map<string, number>();

  constructor(activity: Activity, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
  }

  record(type: 'iso.refused' | 'bootfile.refused' | 'config.refused', ip: string, error: BootbenchError, mac?: string): void {
    // Each request asks for another range; the first one says enough.
    const what = error.code === 'E_RANGE' ? (mac ?? '') : error.message;
    const key = `${type} ${ip} ${error.code} ${what}`;
    const now = this.#clock.now();
    if (now - (this.#lastAt.get(key) ?? Number.NEGATIVE_INFINITY) < QUIET) return;
    if (this.#lastAt.size >= MAX_REMEMBERED) this.#lastAt.clear();
    this.#lastAt.set(key, now);
    this.#activity.record({ type, ip, mac, message: `${ip} was refused: ${error.message}`, data: { code: error.code } });
  }
}
