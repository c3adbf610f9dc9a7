import { ERRORS, type ErrorCode, type ErrorEntry } from '../../../contract/error-codes.ts';

export interface HelpEntry extends ErrorEntry {
  readonly code: ErrorCode;
}

export const ENTRIES: readonly HelpEntry[] = Object.entries(ERRORS).map(([code, entry]) => ({ code: code as ErrorCode, ...entry }));

/** Entries that have every typed word somewhere in their code, title or next step. */
export function found(text: string): readonly HelpEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return ENTRIES.filter(({ code, title, next }) => {
    const all = `${code} ${title} ${next}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}
