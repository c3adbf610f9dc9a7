import type { ConsoleMeaning, ConsoleState, ConsoleStatus, Transcript } from '../../../contract/console.ts';
import { formatBytes } from '../../format/bytes.ts';
import type { State } from '../../ui/state.tsx';

export const CONSOLES = 'Consoles';
export const VIEWER_LABELS = { window: 'Window', browser: 'Browser' } as const;

export const STATE_LABELS: Record<ConsoleState, { state: State; label: string }> = {
  open: { state: 'ready', label: 'connected' },
  opening: { state: 'working', label: 'connecting' },
  waiting: { state: 'needs', label: 'not connected' },
  failed: { state: 'failed', label: 'failed' },
  closed: { state: 'off', label: 'closed' },
};

export const MEANING_LABELS: Record<ConsoleMeaning, string> = {
  'boot-menu': 'boot menu',
  booting: 'booting',
  installing: 'installing',
  installed: 'installed',
  login: 'login prompt',
  failed: 'failed',
  none: 'matched',
};

/** The worst of what is known of the console and of the machine. */
export function consoleStatus(status: ConsoleStatus | undefined): { state: State; label: string } {
  if (!status) return { state: 'off', label: 'unknown' };
  const { state, matched } = status;
  if (state === 'open' && matched?.meaning === 'failed') return { state: 'failed', label: MEANING_LABELS.failed };
  if (state === 'open' && matched && matched.meaning !== 'none') return { state: 'ready', label: MEANING_LABELS[matched.meaning] };
  return STATE_LABELS[state];
}

export const PAGE = {
  all: 'All consoles',
  live: 'Back to live',
  reconnect: 'Reconnect',
  takeOverSession: { label: 'Take over session', hint: 'Ends the other session on the BMC' },
  acceptKey: { label: 'Accept new key', hint: 'Pins the key that the BMC presents now' },
  sendBreak: { label: 'Send break', hint: 'Interrupts the line; Linux reads it as the SysRq key' },
  keys: 'Special keys',
  terminalKeys: 'Terminal keys',
  firmwareKeys: 'As an escape and a digit, for BIOS setup menus',
  speed: 'Speed',
  detect: 'Detect speed',
  transcript: 'Transcript',
  exportText: 'Export text',
  exportCast: 'Export asciicast',
  leave: 'Ctrl-Shift-C copies, Ctrl-Shift-V pastes, Ctrl-Shift-Q leaves the terminal.',
  noConsole: 'No console is set for this host.',
  noConsoleNext: 'Set one with Edit on the host’s page: a serial port, the BMC’s Serial over LAN or SSH, or a console server.',
  hostPage: 'Host page',
  ports: 'Serial ports of this computer',
  noPorts: 'No serial ports found. Plug in a USB serial adapter.',
} as const;

export function terminalOf(host: string): string {
  return `Console of ${host}`;
}

export const KEYBOARD = {
  free: 'No one is typing. Type to take the keyboard.',
  mine: 'You are typing.',
  release: 'Release keyboard',
  takeOver: 'Take over keyboard',
} as const;

export function typistIs(label: string): string {
  return `${label} is typing.`;
}

export function otherViewers(count: number): string {
  return count === 1 ? '1 other viewer' : `${count} other viewers`;
}

export const SEARCH = {
  label: 'Search console',
  placeholder: 'Text in any transcript',
  none: 'No matches.',
  results: 'Matches',
} as const;

export const EVENTS = { title: 'Events', jump: 'Show in the console', none: 'No events yet.', near: 'Top line of the console' } as const;

export const WALL = {
  none: 'No host has a console yet. Set one on a host’s page, such as serial:/dev/ttyUSB0 or sol:.',
  open: 'Open',
  size: 'Tile size',
} as const;

export const TRIGGERS = {
  title: 'Triggers',
  none: 'No triggers.',
  name: 'Name',
  pattern: 'Pattern',
  patternHelp: 'RE2 syntax, matched line by line',
  answer: 'Answer',
  answerHelp: 'Typed once per boot, such as <Down><Enter> or root\\r',
  add: 'Add trigger',
  remove: 'Remove',
  ofProfile: 'from the image’s profile',
} as const;

export function removeTrigger(name: string): string {
  return `Remove trigger ${name}`;
}

/** `29 Nov, 06:38, fedora-43 (1.2 MB)`. */
export function transcriptLabel({ startedAt, image, bytes }: Transcript): string {
  const when = new Date(startedAt).toLocaleString(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' });
  return `${when}${image === undefined ? '' : `, ${image}`} (${formatBytes(bytes)})`;
}

/** What happened to the connection, between the lines that the machine printed. */
export function noticeLine(at: number, notice: string): string {
  return `— ${new Date(at).toTimeString().slice(0, 8)} ${notice} —`;
}

export function baudLabel(baud: number): string {
  return `${baud} baud`;
}
