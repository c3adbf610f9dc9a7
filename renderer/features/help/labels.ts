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
