import type { NewEvent } from '../../contract/appliance.ts';
import type { LimitEpisode, LimitKind } from '../../contract/protection.ts';
import type { Clock } from '../../contract/runtime.ts';
import type { Activity } from '../activity/activity.ts';
import * as sentences from './sentences.ts';

/** An episode is over when the limit has not acted for this time. */
export const QUIET_MS = 60_000;
/** How often listeners are called, and ends are looked for. */
const TELL_INTERVAL_MS = 1000;
/** Episodes of one kind at once; what more clients do is one further episode. A flood from forged addresses costs no more than this. */
export const MAX_ACTIVE_PER_KIND = 32;
/** Ended ones that are still listed. */
export const MAX_ENDED = 100;

type Shown = { -readonly [Key in keyof LimitEpisode]: LimitEpisode[Key] };

/** `began` and `actedAt`: in ms of the monotonic clock. */
interface Episode {
  readonly shown: Shown;
  readonly began: number;
  actedAt: number;
}

/** What a room is given to say that it refused something. */
export interface Limits {
  /** A limit acted: once for each packet, connection or call that was refused or given up. O(1). Never throws. */
  limited(kind: LimitKind, subject: string): void;
}

/**
 * Who is limited, why and since when: one event when it begins and one when it ends, not one for each packet. Rooms decide what they refuse;
 * here it is only counted.
 */
export class LimitBoard implements Limits {
  readonly #activity: Pick<Activity, 'record'>;
  readonly #clock: Clock;
  readonly #active = new Map<string, Episode>();
  readonly #activeOfKind = new Map<LimitKind, number>();
  readonly #ended: LimitEpisode[] = [];
  readonly #totals = new Map<LimitKind, number>();
  readonly #listeners = new Set<() => void>();
  #lastId = 0;
  #isChanged = false;
  #cancelTick: (() => void) | undefined;

  constructor(activity: Pick<Activity, 'record'>, clock: Clock) {
    this.#activity = activity;
    this.#clock = clock;
  }

  limited(kind: LimitKind, subject: string): void {
    const episode = this.#active.get(`${kind} ${subject}`) ?? this.#begin(kind, subject);
    episode.shown.refused += 1;
    episode.shown.lastAt = this.#clock.now();
    episode.actedAt = this.#clock.monotonic();
    this.#totals.set(kind, (this.#totals.get(kind) ?? 0) + 1);
    this.#isChanged = true;
    this.#tickLater();
  }

  /** Active ones first, each newest first. */
  list(): LimitEpisode[] {
    return [...[...this.#active.values()].map(({ shown }) => ({ ...shown })).reverse(), ...this.#ended];
  }

  /** How often each limit has acted since the start. */
  totals(): ReadonlyMap<LimitKind, number> {
    return this.#totals;
  }

  /** Called after changes, at most once a second. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  #begin(kind: LimitKind, subject: string): Episode {
    const count = this.#activeOfKind.get(kind) ?? 0;
    const key = count < MAX_ACTIVE_PER_KIND ? `${kind} ${subject}` : kind;
    const known = this.#active.get(key);
    if (known) return known;
    const now = this.#clock.now();
    const began = this.#clock.monotonic();
    const shown: Shown = {
      ...{ id: ++this.#lastId, kind, since: now, lastAt: now, refused: 0, active: true },
      ...(key !== kind && { subject }),
    };
    const episode: Episode = { shown, began, actedAt: began };
    this.#active.set(key, episode);
    if (key !== kind) this.#activeOfKind.set(kind, count + 1);
    this.#activity.record({ type: 'protection.limited', message: sentences.limited(kind, shown.subject), data: dataOf(shown) });
    return episode;
  }

  #tickLater(): void {
    this.#cancelTick ??= this.#clock.after(TELL_INTERVAL_MS, () => {
      this.#cancelTick = undefined;
      this.#endQuiet();
      if (this.#isChanged) for (const listener of this.#listeners) listener();
      this.#isChanged = false;
      if (this.#active.size > 0) this.#tickLater();
    });
  }

  #endQuiet(): void {
    const now = this.#clock.monotonic();
    for (const [key, { shown, began, actedAt }] of this.#active) {
      if (now - actedAt < QUIET_MS) continue;
      const { kind, subject, refused } = shown;
      this.#active.delete(key);
      if (subject !== undefined) this.#activeOfKind.set(kind, (this.#activeOfKind.get(kind) ?? 1) - 1);
      this.#ended.unshift({ ...shown, active: false });
      this.#ended.length = Math.min(this.#ended.length, MAX_ENDED);
      const seconds = Math.round((actedAt - began) / 1000);
      this.#activity.record({
        type: 'protection.ended',
        message: sentences.ended(kind, subject, refused, seconds),
        data: { ...dataOf(shown), refused },
      });
      this.#isChanged = true;
    }
  }
}

function dataOf({ kind, subject }: Shown): NonNullable<NewEvent['data']> {
  return { limit: kind, ...(subject !== undefined && { subject }) };
}
