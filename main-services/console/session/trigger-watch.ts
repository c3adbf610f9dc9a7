import type { ConsoleTrigger } from '../../../contract/console.ts';
import { asBootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import type { Activity } from '../../activity/activity.ts';
import type { CreateMatcher, MatcherEvents, TriggerMatch, TriggerMatcher } from '../triggers/matcher.ts';
import { answered, matched, triggerStopped } from './sentences.ts';

/**
 * A trigger that matches every line is one event in this time, which doubles while it continues: events of a thousand consoles must not push out
 * those that prove a boot.
 */
const SAME_MATCH_MS = 10_000;
const MAX_SAME_MATCH_MS = 10 * 60_000;

export interface TriggerWatchDeps {
  readonly host: string;
  readonly activity: Pick<Activity, 'record'>;
  readonly clock: Clock;
  readonly createMatcher: CreateMatcher;
  readonly triggers: () => readonly ConsoleTrigger[];
  /** Where the console is in its transcript, for the event. */
  readonly transcript: () => string | undefined;
  readonly type: (bytes: Uint8Array) => Promise<void>;
  readonly matched: (match: TriggerMatch) => void;
}

/** Matches the triggers of a host on its console, records events, and types answers. */
export class TriggerWatch {
  readonly #deps: TriggerWatchDeps;
  #matcher: TriggerMatcher | undefined;
  #triggers = '';
  /** What was recorded last of each trigger, by its name. */
  readonly #recorded = new Map<string, { readonly at: number; readonly waitMs: number }>();

  constructor(deps: TriggerWatchDeps) {
    this.#deps = deps;
  }

  push(bytes: Uint8Array, at: number): void {
    this.#matcher ??= this.#create();
    this.#matcher.push(bytes, at);
  }

  /** Another boot: answers are typed again. */
  reset(): void {
    this.#matcher?.close();
    this.#matcher = undefined;
    this.#recorded.clear();
  }

  /** The triggers may have changed. What they did in this boot is forgotten only then. */
  refresh(): void {
    if (this.#matcher && JSON.stringify(this.#deps.triggers()) !== this.#triggers) this.reset();
  }

  close(): void {
    this.#matcher?.close();
  }

  #create(): TriggerMatcher {
    const { createMatcher } = this.#deps;
    const triggers = this.#deps.triggers();
    this.#triggers = JSON.stringify(triggers);
    const events: MatcherEvents = {
      matched: (match) => this.#matched(match),
      stopped: (trigger, reason) => this.#stopped(trigger, reason),
    };
    try {
      return createMatcher(triggers, events);
    } catch {
      return createMatcher(
        triggers.filter((trigger) => this.#isValid(trigger)),
        events,
      );
    }
  }

  /** A pattern that was stored by another version may be invalid now. */
  #isValid(trigger: ConsoleTrigger): boolean {
    try {
      this.#deps.createMatcher([trigger], { matched: () => undefined, stopped: () => undefined }).close();
      return true;
    } catch (error) {
      this.#stopped(trigger, asBootbenchError(error).message);
      return false;
    }
  }

  #stopped({ name }: ConsoleTrigger, reason: string): void {
    const { host, activity } = this.#deps;
    activity.record({ type: 'console.trigger-stopped', host, message: triggerStopped(host, name, reason), data: { trigger: name } });
  }

  #matched(match: TriggerMatch): void {
    const { host, activity, transcript } = this.#deps;
    const { name, meaning } = match.trigger;
    if (this.#isNews(name, match.at)) {
      const data = { trigger: name, meaning, line: match.line, transcript: transcript() ?? null };
      activity.record({ type: 'console.matched', host, message: matched(host, name, match.line), data });
    }
    this.#deps.matched(match);
    if (match.answer) void this.#answer(name, match.answer);
  }

  #isNews(name: string, at: number): boolean {
    const last = this.#recorded.get(name);
    const passed = last === undefined ? Number.POSITIVE_INFINITY : Math.abs(at - last.at);
    if (last !== undefined && passed < last.waitMs) return false;
    const isOften = last !== undefined && passed < 2 * last.waitMs;
    this.#recorded.set(name, { at, waitMs: isOften ? Math.min(2 * last.waitMs, MAX_SAME_MATCH_MS) : SAME_MATCH_MS });
    return true;
  }

  async #answer(name: string, bytes: Uint8Array): Promise<void> {
    const { host, activity, type } = this.#deps;
    try {
      await type(bytes);
      activity.record({ type: 'console.answered', host, message: answered(host, name), data: { trigger: name } });
    } catch {
      // The console was closed meanwhile, which is an event of its own.
    }
  }
}
