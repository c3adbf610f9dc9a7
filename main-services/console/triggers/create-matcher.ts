import type { ConsoleTrigger } from '../../../contract/console.ts';
import { terminalText } from '../../../util/terminal-text.ts';
import { answerBytes } from './answer.ts';
import { compilePattern, type CompiledPattern } from './compile.ts';
import { Lines, type Window } from './lines.ts';
import type { CreateMatcher, MatcherEvents, TriggerMatcher } from './matcher.ts';
import { Occurrences } from './occurrences.ts';
import { tookTooLong } from './sentences.ts';
import { Slices } from './slices.ts';

/** An unfinished line is matched when nothing follows for this long: it is a prompt then. */
const PROMPT_MS = 100;
/** And this long after its first character where characters never cease, as with a spinner. */
const MAX_UNFINISHED_MS = 500;
const MAX_LINE_CHARACTERS = 500;
const PIECE_BYTES = 16 * 1024;
/** Output that waits while patterns are slow; a pattern that stays slow is stopped long before. */
const MAX_WAITING_BYTES = 1024 * 1024;

interface Watched {
  readonly trigger: ConsoleTrigger;
  readonly pattern: CompiledPattern;
  readonly occurrences: Occurrences;
  /** What is typed at the first match. */
  answer: Uint8Array | undefined;
}

/** Matches without blocking: matches are reported during `push` where that takes a few milliseconds, else soon after. E_TRIGGER. */
export const createMatcher: CreateMatcher = (triggers, events) => new Matcher(triggers, events);

class Matcher implements TriggerMatcher {
  readonly #events: MatcherEvents;
  readonly #text = terminalText();
  readonly #lines = new Lines();
  readonly #slices = new Slices();
  #watched: Watched[];
  /** Finds texts without which only patterns of `#always` can match. */
  #texts: RegExp | undefined;
  #always: Watched[] = [];
  #waiting = 0;
  /** Output was dropped since the last that waits. */
  #hasGap = false;
  #timer: NodeJS.Timeout | undefined;
  #unfinishedSince: number | undefined;
  #lastAt = 0;

  constructor(triggers: readonly ConsoleTrigger[], events: MatcherEvents) {
    this.#events = events;
    this.#watched = triggers.map((trigger) => {
      const pattern = compilePattern(trigger);
      return { trigger, pattern, occurrences: new Occurrences(pattern), answer: answerBytes(trigger) };
    });
    this.#sort();
  }

  push(bytes: Uint8Array, at: number): void {
    if (this.#watched.length === 0) return;
    this.#lastAt = at;
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) this.#add(bytes.subarray(start, start + PIECE_BYTES), at);
    this.#await();
  }

  close(): void {
    this.#slices.close();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#watched = [];
  }

  #add(bytes: Uint8Array, at: number): void {
    if (this.#waiting + bytes.length > MAX_WAITING_BYTES) {
      this.#hasGap = true;
      return;
    }
    this.#waiting += bytes.length;
    this.#slices.add(this.#steps(bytes, at, this.#hasGap));
    this.#hasGap = false;
  }

  *#steps(bytes: Uint8Array, at: number, isAfterGap: boolean): Generator<undefined> {
    if (isAfterGap) this.#lines.skip('\n');
    const text = this.#text.push(bytes);
    if (!this.#mayMatch(this.#lines.line + text)) this.#lines.skip(text);
    else for (const window of this.#lines.push(text)) yield* this.#match(window, at);
    this.#waiting -= bytes.length;
    yield;
  }

  /** One step for each pattern. */
  *#match(window: Window, at: number): Generator<undefined> {
    for (const { occurrences } of this.#watched) occurrences.move(window);
    for (const watched of this.#texts?.test(window.text) === true ? this.#watched : this.#always) {
      this.#search(watched, window, at);
      yield;
    }
  }

  #search(watched: Watched, window: Window, at: number): void {
    const start = performance.now();
    const count = watched.occurrences.count(window);
    const end = performance.now();
    for (let match = 0; match < count; match++) this.#matched(watched, window.text, at);
    const excess = watched.pattern.budget.spend(end - start, end);
    if (excess && this.#watched.includes(watched)) this.#stop(watched, tookTooLong(excess.ms, excess.seconds));
  }

  #matched(watched: Watched, text: string, at: number): void {
    const { trigger, answer } = watched;
    watched.answer = undefined;
    this.#events.matched({ trigger, line: text.trim().slice(-MAX_LINE_CHARACTERS), at, answer });
  }

  #stop(watched: Watched, reason: string): void {
    this.#watched = this.#watched.filter((each) => each !== watched);
    this.#sort();
    this.#events.stopped(watched.trigger, reason);
  }

  #sort(): void {
    const texts = this.#watched.flatMap(({ pattern }) => pattern.texts ?? []);
    this.#texts = texts.length === 0 ? undefined : anyOf(texts);
    this.#always = this.#watched.filter(({ pattern }) => pattern.texts === undefined);
  }

  #mayMatch(text: string): boolean {
    return this.#always.length > 0 || this.#texts?.test(text) === true;
  }

  /** Matches the unfinished line when it has paused. */
  #await(): void {
    if (!this.#slices.isBusy && !this.#mayMatch(this.#lines.line)) {
      this.#unfinishedSince = undefined;
      clearTimeout(this.#timer);
      return;
    }
    const now = performance.now();
    this.#unfinishedSince ??= now;
    clearTimeout(this.#timer);
    const pause = Math.min(PROMPT_MS, Math.max(0, this.#unfinishedSince + MAX_UNFINISHED_MS - now));
    this.#timer = setTimeout(() => this.#paused(), pause);
  }

  #paused(): void {
    this.#unfinishedSince = undefined;
    this.#slices.add(this.#unfinished(this.#lastAt));
  }

  *#unfinished(at: number): Generator<undefined> {
    const window = this.#lines.unfinished();
    if (window) yield* this.#match(window, at);
  }
}

/** Ignores case more widely than RE2 does, never less. */
function anyOf(texts: readonly string[]): RegExp {
  return new RegExp(texts.map((text) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'), 'iu');
}
