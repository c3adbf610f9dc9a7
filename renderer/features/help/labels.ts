export const KEYS: readonly { keys: string; does: string }[] = [
  { keys: 'Ctrl-K', does: 'Open the command palette' },
  { keys: '/', does: 'Search on the open page' },
  { keys: 'Esc', does: 'Go back one step' },
  { keys: 'Tab', does: 'Go to the next control' },
  { keys: '↑ ↓', does: 'Go to the row above or below' },
  { keys: 'Space', does: 'Select a row' },
  { keys: 'Enter', does: 'Open a row, press a button' },
  { keys: 'R', does: 'Reimage the selected hosts; shows the plan first' },
  { keys: 'P', does: 'Power options for the selected hosts' },
];

export const HELP = {
  title: 'Errors and next steps',
  search: 'Search',
  searchExample: 'a code, or a word of the message',
  none: 'No error matches all these words.',
  keys: 'Keys',
  files: 'Files and status',
} as const;

export function notACode(name: string): string {
  return `${name} is not an error code of this version.`;
}
