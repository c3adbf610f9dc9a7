import type { ConsoleTrigger } from '../../../contract/console.ts';

/** A trigger that matched. */
export interface TriggerMatch {
  readonly trigger: ConsoleTrigger;
  /** The line or prompt, without escape sequences; up to 500 characters. */
  readonly line: string;
  readonly at: number;
  /** What is typed because of it: undefined where the trigger has no answer, or typed it before. */
  readonly answer: Uint8Array | undefined;
}

/** Matches triggers on the output of one transcript. Never throws, and takes time linear in the bytes. */
export interface TriggerMatcher {
  push(bytes: Uint8Array, at: number): void;
  /** Drops what it holds of unfinished lines; its timers end. */
  close(): void;
}

export interface MatcherEvents {
  matched(match: TriggerMatch): void;
  /** A trigger was switched off because it took too long; `reason` is a sentence. */
  stopped(trigger: ConsoleTrigger, reason: string): void;
}

/** One matcher per transcript. E_TRIGGER for a pattern that is not RE2. */
export type CreateMatcher = (triggers: readonly ConsoleTrigger[], events: MatcherEvents) => TriggerMatcher;
