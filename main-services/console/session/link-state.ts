import type { ConsoleState } from '../../../contract/console.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import type { ConsoleTransport } from '../transport.ts';

/** `waiting` and `failed` have the error that ended or prevented the connection. */
export type LinkState =
  | { readonly state: Extract<ConsoleState, 'closed' | 'opening'> }
  | { readonly state: Extract<ConsoleState, 'open'>; readonly transport: ConsoleTransport }
  | { readonly state: Extract<ConsoleState, 'waiting'>; readonly error: BootbenchError; readonly retryAt: number }
  | { readonly state: Extract<ConsoleState, 'failed'>; readonly error: BootbenchError };

/** `opened` and `closed` are events and notices; `failed`, why it is still not open, is a notice. `wasOpen`: false where it never was. */
export type Announcement =
  | { readonly kind: 'opened'; readonly description: string }
  | { readonly kind: 'closed'; readonly error: BootbenchError | undefined; readonly wasOpen: boolean }
  | { readonly kind: 'failed'; readonly error: BootbenchError | undefined };
