import { RE2JS, RE2JSException, RE2JSSyntaxException } from 're2js';
import type { ConsoleTrigger } from '../../../contract/console.ts';
import { Budget } from './budget.ts';
import { answerBytes } from './answer.ts';
import { WINDOW_CHARACTERS } from './lines.ts';
import { requiredTexts } from './literals.ts';
import { invalidPattern, sameName, tooLarge } from './sentences.ts';

/** Instructions of a compiled pattern: matching takes at most this many steps for each character. Any 500 characters of text have fewer. */
const MAX_PROGRAM = 600;
/** Instructions times characters of one search: up to 5 ms. */
const MAX_STEPS = 150_000;
/**
 * re2js's test() builds states as the text needs them, which is ten times as fast as find() on usual output, but five times as slow on output
 * that needs a state for each character; with this many instructions up to 5 ms.
 */
const MAX_SMALL_PROGRAM = 20;
/** Compiled patterns that are stored, those used last. */
const MAX_CACHED = 500;

/** A pattern that is ready to match. All consoles share it, and its budget. */
export interface CompiledPattern {
  readonly re: RE2JS;
  /** See `requiredTexts`. */
  readonly texts: readonly string[] | undefined;
  /** Characters that one match may look at. */
  readonly window: number;
  /** Whether test() is used before find(). */
  readonly isSmall: boolean;
  readonly budget: Budget;
}

const cache = new Map<string, CompiledPattern>();

/** E_TRIGGER with the reason of re2js, or that the pattern is too large. */
export function compilePattern({ name, pattern }: Pick<ConsoleTrigger, 'name' | 'pattern'>): CompiledPattern {
  const compiled = cache.get(pattern) ?? compile(name, pattern);
  cache.delete(pattern);
  cache.set(pattern, compiled);
  for (const oldest of cache.keys()) {
    if (cache.size <= MAX_CACHED) break;
    cache.delete(oldest);
  }
  return compiled;
}

/** Of the triggers of one host: E_TRIGGER for the first one whose pattern or answer is invalid, or whose name another one has. */
export function checkTriggers(triggers: readonly ConsoleTrigger[]): void {
  const names = new Set<string>();
  for (const trigger of triggers) {
    if (names.has(trigger.name)) throw sameName(trigger.name);
    names.add(trigger.name);
    compilePattern(trigger);
    answerBytes(trigger);
  }
}

function compile(name: string, pattern: string): CompiledPattern {
  const re = parse(name, pattern);
  const size = re.programSize();
  if (size > MAX_PROGRAM) throw invalidPattern(name, pattern, tooLarge(size, MAX_PROGRAM));
  const window = Math.min(WINDOW_CHARACTERS, Math.floor(MAX_STEPS / size));
  return { re, texts: requiredTexts(pattern), window, isSmall: size <= MAX_SMALL_PROGRAM, budget: new Budget() };
}

function parse(name: string, pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw invalidPattern(name, pattern, reasonOf(error));
  }
}

function reasonOf(error: RE2JSException): string {
  if (!(error instanceof RE2JSSyntaxException)) return error.message;
  const part = error.getPattern();
  return part === null ? error.getDescription() : `${error.getDescription()} ${part}`;
}
