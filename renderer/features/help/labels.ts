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
  { keys: 'C', does: 'Console of the open host' },
  { keys: 'Ctrl-Shift-L', does: 'Leave the terminal of a console; all other keys are typed' },
  { keys: 'Ctrl-Shift-C', does: 'Copy the selection of a console, or its visible lines' },
  { keys: 'Ctrl-Shift-V', does: 'Paste into a console' },
];

export const HELP = {
  title: 'Errors and next steps',
  search: 'Search',
  searchExample: 'a code, or a word of the message',
  none: 'No error matches all these words.',
  keys: 'Keys',
  more: 'Keys, files and status',
  files: 'Files and status',
  doctor: 'Check this computer',
} as const;

export function notACode(name: string): string {
  return `${name} is not an error code of this version.`;
}
