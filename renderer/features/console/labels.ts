import type { ConsoleMeaning, ConsoleState, ConsoleStatus, SerialPortInfo, Transcript } from '../../../contract/console.ts';
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

const JOB_FAILED = 'job failed';

/** The worst of what is known of the console and of the machine; `hasFailedJob`: the host's newest job failed. */
export function consoleStatus(status: ConsoleStatus | undefined, hasFailedJob = false): { state: State; label: string } {
  if (hasFailedJob) return { state: 'failed', label: JOB_FAILED };
  if (!status) return { state: 'off', label: 'unknown' };
  const { state, matched } = status;
  if (state === 'open' && matched?.meaning === 'failed') return { state: 'failed', label: MEANING_LABELS.failed };
  if (state === 'open' && matched && matched.meaning !== 'none') return { state: 'ready', label: MEANING_LABELS[matched.meaning] };
  // It is tried again; what was wrong is known.
  return STATE_LABELS[state === 'opening' && status.error ? 'waiting' : state];
}

export const PAGE = {
  all: 'All consoles',
  cancel: 'Cancel',
  live: { choice: 'Live', back: 'Back to live' },
  reconnect: 'Reconnect',
  reconnecting: 'Connecting…',
  takeOverSession: {
    label: 'Take over session',
    title: 'Take over the BMC’s console session?',
    text: 'The BMC ends the other session. Its user can no longer see or type on this console.',
  },
  acceptKey: {
    label: 'Accept new key',
    title: 'Accept the new SSH host key?',
    text: 'Accept it only if the BMC was reset or updated. The password is sent to the device that has this key.',
  },
  sendBreak: {
    label: 'Send break',
    hint: 'Interrupts the line. On Linux the next key is a SysRq command',
    none: 'This console cannot send a break.',
    closed: 'The console is not connected.',
  },
  keys: 'Special keys',
  terminalKeys: 'Terminal keys',
  browserKeys: 'Keys that the browser keeps',
  firmwareKeys: 'Escape and a digit, for BIOS setup',
  speed: 'Speed',
  detect: 'Detect speed',
  transcript: 'Transcript',
  exportText: 'Export text',
  exportCast: 'Export asciicast',
  keysOfTerminal: 'Ctrl-Shift-L leaves the terminal, Ctrl-Shift-C copies, Ctrl-Shift-V pastes, Shift-PageUp scrolls.',
  keysOfTranscript: 'Arrows and PageUp scroll, Ctrl-Shift-C copies.',
  isTranscript: 'Recorded output. What the machine prints now is not shown.',
  earlier: 'Earlier output',
  later: 'Later output',
  noConsole: 'No console is set for this host. Choose one to see and record what the machine prints.',
  ports: 'Serial ports of this computer',
  portUnused: 'not used',
  noPorts: 'No serial ports found.',
  noPortsNext: 'Plug in a USB serial adapter; it appears here.',
} as const;

export const CHANGE = {
  open: 'Change console…',
  use: 'Use',
  sol: 'Serial over LAN',
  solNote: 'through the BMC, IPMI',
  ssh: 'SSH to the BMC',
  sshNote: 'its serial console or text console',
  noBmc: 'This host has no BMC.',
  setBmc: 'Set its address',
  url: 'Console URL',
  urlHelp: 'serial:PORT?baud=9600, sol:, ssh:, tcp://HOST:PORT, telnet://HOST:PORT or rfc2217://HOST:PORT',
  set: 'Set console',
  usedBy: (host: string): string => `console of ${host}`,
} as const;

export function changeTitle(host: string): string {
  return `Console of ${host}`;
}

export function hostNotFound(name: string): string {
  return `Host ${name} not found`;
}

export function useLabel(name: string): string {
  return `Use ${name}`;
}

/** Who made the adapter, else its device where the name is a link. */
export function portOf({ path, device, maker, product }: Pick<SerialPortInfo, 'path' | 'device' | 'maker' | 'product'>): string {
  const made = [maker, product].filter(Boolean).join(' ');
  return made === '' && device !== path ? device : made;
}

export function nothingRecorded(at: number): string {
  return `No output was recorded at ${timeOfDay(at)}.`;
}

/** `Bytes 0 to 589 kB of 1.2 MB.` */
export function partShown(from: number, to: number, bytes: number): string {
  return `${formatBytes(from)} to ${formatBytes(to)} of ${formatBytes(bytes)}.`;
}

export function terminalOf(host: string): string {
  return `Console of ${host}`;
}

export const KEYBOARD = {
  free: 'No one is typing. Type to take the keyboard.',
  mine: 'You are typing.',
  release: 'Release keyboard',
  takeOver: 'Take over keyboard',
} as const;

export function takeOverTitle(host: string): string {
  return `Take over the keyboard of ${host}?`;
}

export function takeOverText(typist: string): string {
  return `${typist} is typing on this console and cannot type after that. What was typed so far stays.`;
}

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

export const EVENTS = { title: 'Events', jump: 'Show in the console', none: 'No events yet.' } as const;

export const WALL = {
  none: 'No host has a console yet. Set one to see and record what the machine prints:',
  noHosts: 'No hosts yet. Add one first, then set its console.',
  hosts: 'Hosts',
} as const;

export const TRIGGERS = {
  title: 'Triggers',
  name: 'Name',
  pattern: 'Pattern',
  patternHelp: 'RE2 syntax, matched line by line',
  answer: 'Answer',
  answerHelp: 'Typed once per boot, such as <Down><Enter> or root\\r',
  meaning: 'Meaning',
  add: 'Add trigger',
  remove: 'Remove',
  ofProfile: 'built in',
} as const;

export const MEANING_CHOICES: Record<ConsoleMeaning, { label: string; note: string }> = {
  none: { label: 'only an event', note: 'Listed in the timeline' },
  'boot-menu': { label: 'boot menu', note: 'The boot loader shows its menu' },
  booting: { label: 'booting', note: 'The system starts' },
  installing: { label: 'installing', note: 'The installer runs' },
  installed: { label: 'installed', note: 'The installation is complete' },
  login: { label: 'login prompt', note: 'The system is up' },
  failed: { label: 'failed', note: 'The console comes first on the wall' },
};

export function removeTrigger(name: string): string {
  return `Remove trigger ${name}`;
}

/** `29 Nov 06:38, fedora-43 (1.2 MB)`. */
export function transcriptLabel({ startedAt, image, bytes }: Transcript): string {
  const day = new Date(startedAt).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  const what = image === undefined ? '' : `, ${image}`;
  return `${day} ${timeOfDay(startedAt).slice(0, 5)}${what} (${formatBytes(bytes)})`;
}

/** What happened to the connection, between the lines that the machine printed. */
export function noticeLine(at: number, notice: string): string {
  return `— ${timeOfDay(at)} ${notice} —`;
}

function timeOfDay(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

export function baudLabel(baud: number): string {
  return `${baud} baud`;
}
