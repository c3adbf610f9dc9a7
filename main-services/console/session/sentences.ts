import type { ConsoleViewer } from '../../../contract/console.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Announcement } from './link-state.ts';

/** Every sentence of console sessions that a person can read. */

// Status

export const NOT_NEEDED =
  'Closed, because a BMC has only one console session. It opens when someone views it, when a job starts, and when the machine boots.';

/** While the last transcript is read. */
export const NOT_YET_OPEN = 'Opens in a moment.';

export function connecting(url: string): string {
  return `Connecting to ${url}.`;
}

export function connected(description: string): string {
  return `Connected: ${description}.`;
}

// Notices and events

export function announcement(announced: Announcement): string {
  if (announced.kind === 'opened') return connected(announced.description);
  const { error } = announced;
  if (error === undefined) return 'Disconnected: Bootbench closed the console.';
  return `${announced.kind === 'closed' && announced.wasOpen ? 'Disconnected' : 'Not connected'}: ${error.message}`;
}

export function ofHost(host: string, sentence: string): string {
  return `Console of ${host}: ${sentence}`;
}

export function removed(host: string): string {
  return `The console of ${host} was removed.`;
}

export function urlChanged(url: string): string {
  return `The console is now ${url}.`;
}

export function outputLost(bytes: number): string {
  return `${bytes} bytes of output were not stored.`;
}

/** After a crash: the end of the line before it, and what the machine printed meanwhile, may be missing. */
export const RESUMED = 'Bootbench started again. Earlier output may be incomplete here.';

export const BREAK_SENT = 'A break was sent.';

export function matched(host: string, trigger: string, line: string): string {
  return `Console of ${host}: “${trigger}” matched “${line}”.`;
}

export function answered(host: string, trigger: string): string {
  return `Console of ${host}: the answer of “${trigger}” was typed.`;
}

export function triggerStopped(host: string, trigger: string, reason: string): string {
  return `Console of ${host}: trigger “${trigger}” was stopped. ${reason}`;
}

// Errors

export function noConsole(host: string): BootbenchError {
  return new BootbenchError('E_NO_CONSOLE', `No console is set for ${host}.`);
}

export function notOpen(host: string, reason: string): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', `The console of ${host} is not open: ${reason}`);
}

export function closedWithoutReason(): BootbenchError {
  return new BootbenchError('E_CONSOLE_GONE', 'The console closed the connection.');
}

export function someoneTypes(host: string, { id, label }: ConsoleViewer): BootbenchError {
  return new BootbenchError('E_CONSOLE_TYPIST', `${label} is typing on the console of ${host}.`, { details: { typist: { id, label } } });
}

export function tooMuchTyped(host: string, bytes: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_BUSY', `The console of ${host} accepts no more input now: ${bytes} bytes are waiting to be sent.`, {
    next: 'Wait until the machine accepts them, or reconnect the console.',
  });
}

export function tooManyViews(host: string, limit: number): BootbenchError {
  return new BootbenchError('E_CONSOLE_BUSY', `The console of ${host} has ${limit} open views, and cannot have more.`, {
    next: 'Close other windows, tabs or scripts that view this console.',
  });
}

export function notReady(host: string, isRunning: boolean): BootbenchError {
  const reason = isRunning ? 'its connection before is being closed' : 'Bootbench is starting or stopping';
  return new BootbenchError('E_CONSOLE_GONE', `The console of ${host} is not open: ${reason}.`, {
    next: 'Try again in a few seconds.',
  });
}

export function hasNo(host: string, what: 'speed' | 'modem lines' | 'host key'): BootbenchError {
  return new BootbenchError('E_CONSOLE_UNSUPPORTED', `The console of ${host} has no ${what}.`);
}
