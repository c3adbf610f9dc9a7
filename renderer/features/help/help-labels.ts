import { ERRORS, type ErrorCode, type ErrorEntry } from '../../../contract/errors.ts';

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

export const KEYS: readonly { keys: string; does: string }[] = [
  { keys: 'Ctrl-K', does: 'Open the command palette' },
  { keys: '/', does: 'Search on the open page' },
  { keys: 'Esc', does: 'Go back one step' },
  { keys: 'Tab', does: 'Go to the next control' },
  { keys: '↑ ↓', does: 'Go to the row above or below' },
  { keys: 'Space', does: 'Select a row' },
  { keys: 'Enter', does: 'Open a row, press a button' },
  { keys: 'R', does: 'Reimage the selected hosts; shows the plan first' },
  { keys: 'P', does: 'Power of the selected hosts' },
];
