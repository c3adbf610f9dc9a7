import type { ConsoleStatus } from '../../contract/console.ts';
import { BootbenchError } from '../../contract/errors.ts';
import { clockTime } from '../output.ts';

/** What `bootbench console` prints for a person. */

export const HELP = [
  'After Enter:',
  '  ~.  leave',
  '  ~B  send a break',
  '  ~t  take over the keyboard',
  '  ~r  reconnect',
  '  ~R  reconnect and end another user’s session',
  '  ~~  send a tilde',
  '  ~?  this help',
].join('\n');

export const LEFT = 'Left the console.';
export const ENDED = 'The console was closed.';
export const YOU_TYPE = 'You are typing.';
export const NO_ONE_TYPES = 'No one is typing.';

export function entered(host: string): string {
  return `Console of ${host}. Press Enter, then ~. to leave or ~? for help.`;
}

export function typing(label: string): string {
  return `${label} is typing.`;
}

export function someoneTypes(label: string): string {
  return `${typing(label)} Press ~t to take over.`;
}

/** Why it is not open, and what to do. */
export function notOpen({ host, message, error, retryAt }: ConsoleStatus): string {
  return [
    message,
    ...(error ? [nextStep(error, host)] : []),
    ...(retryAt === undefined ? [] : [`Next try at ${clockTime(retryAt)}.`]),
  ].join(' ');
}

export function nextStep({ code, next, command, hostKey }: NonNullable<ConsoleStatus['error']>, host: string): string {
  if (code === 'E_CONSOLE_BUSY') return `${next} Press ~R to take it over.`;
  if (command !== undefined) return `${next} Run: ${command}`;
  if (hostKey) return `${next} To accept it: bootbench console ${host} --accept-host-key ${hostKey.presented}`;
  return next;
}

export function hostKeyAccepted(host: string): string {
  return `Accepted the SSH host key of ${host}.`;
}

export function nothingRecorded(host: string): BootbenchError {
  return new BootbenchError('E_NOT_FOUND', `The console of ${host} has no transcripts yet.`, {
    next: `Start the machine. If ${host} has no console: bootbench host set ${host} console=URL`,
  });
}

export const NO_CONSOLES = 'No consoles yet. Set one: bootbench host set HOST console=serial:/dev/ttyUSB0';
export const NO_PORTS = 'No serial ports found. Plug in a USB serial adapter.';
export const NO_TRANSCRIPTS = 'No transcripts yet.';
export const NO_TRIGGERS = 'No triggers.';
