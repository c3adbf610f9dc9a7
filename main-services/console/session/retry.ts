import type { ConsoleUrl } from '../../../contract/console-url.ts';
import type { ErrorCode } from '../../../contract/error-codes.ts';

/** The first wait after a console was unreachable or disconnected; each further one is twice as long. */
export const FIRST_RETRY_MS = 1000;
export const MAX_RETRY_MS = 30_000;
/** A USB adapter is opened within a second after it is plugged in, sooner where its file shows it. */
export const MISSING_PORT_RETRY_MS = 1000;
/** A loose plug has contact again before its absence was noticed. */
export const LOOSE_PLUG_RETRY_MS = 50;
/** Someone else must act first, but not in Bootbench: leave the console, change a permission, unlock the passwords. */
export const SLOW_RETRY_MS = 30_000;
/** A connection that lasted this long starts the waits over. */
export const STABLE_MS = 10_000;

const UNTIL_SOMEONE_ACTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'E_CONSOLE_AUTH',
  'E_CONSOLE_HOST_KEY',
  'E_CONSOLE_UNSUPPORTED',
  'E_BAD_INPUT',
  'E_NO_BMC',
  // BMCs lock accounts.
  'E_BMC_AUTH',
  'E_BMC_CERTIFICATE',
]);

const SLOWLY: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['E_CONSOLE_BUSY', 'E_CONSOLE_PERMISSION', 'E_NO_SECRET', 'E_SECRETS_LOCKED']);

/**
 * How long to wait, in ms, before the console is opened again after an error; undefined: until a person acts. `failures` counts the errors
 * in a row, from 1. A retry never takes over another user's session.
 */
export function retryAfter(kind: ConsoleUrl['kind'], code: ErrorCode, failures: number): number | undefined {
  if (UNTIL_SOMEONE_ACTS.has(code)) return undefined;
  if (SLOWLY.has(code)) return SLOW_RETRY_MS;
  if (kind === 'serial') return code === 'E_CONSOLE_GONE' && failures === 1 ? LOOSE_PLUG_RETRY_MS : MISSING_PORT_RETRY_MS;
  return Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 10));
}
