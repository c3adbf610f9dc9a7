import type { ErrorCode } from '../../../../contract/error-codes.ts';
import { BootbenchError } from '../../../../contract/errors.ts';

/** What requests to a Redfish service say to people. A BMC's own words follow in most errors (problem.ts: ownWords). */

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

/** An error about one document of the service: its path follows the message and is in the details. */
export const aboutDocument = (code: ErrorCode, message: string, document: string, next?: string): BootbenchError =>
  new BootbenchError(code, `${message} (${document})`, { ...(next !== undefined && { next }), details: { document } });

export const REQUEST_CANCELLED = 'The BMC request was cancelled.';

export const requestCancelled = (cause?: unknown): BootbenchError => new BootbenchError('E_CANCELLED', REQUEST_CANCELLED, { cause });

export const taskStillRunning = (ms: number, percent: number | undefined): BootbenchError =>
  new BootbenchError(
    'E_BMC_TIMEOUT',
    `A task of the BMC is still running after ${seconds(ms)}${percent === undefined ? '' : `, at ${percent} %`}.`,
  );

export const callTooLong = (document: string): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `The BMC took too long; the last request was for ${document}.`, { details: { document } });

export const notAnAddress = (link: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `The BMC links to “${link.slice(0, 200)}”, which is not an address.`);

export const membersHidden = (path: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `The BMC does not show all members of ${path}.`, { details: { document: path } });

export const shownWithError = (path: string, status: number, words: string): string =>
  `The BMC shows ${path} with an error (HTTP ${status}). ${words}`.trim();

export const SESSIONS_FULL_MESSAGE = 'The BMC’s session table is full. Close browser tabs of the BMC, or wait up to 30 minutes.';
export const MUST_CHANGE_PASSWORD = 'The factory password must be changed on the BMC first.';

export const loginRejected = (username: string): string =>
  `The BMC rejected the user “${username}”. The password is wrong, or the account is locked after failed attempts.`;

export const imageUnreadable = (image: string): string => `The BMC could not read ${image}.`;

export const mediaForbidden = (username: string, licence: string | undefined): string => {
  const missing = licence === undefined ? 'a licence' : `the licence (${licence})`;
  return `The user “${username}” lacks the virtual media privilege, or the BMC lacks ${missing}.`;
};

export const forbidden = (username: string, what: string): string => `The user “${username}” may not ${what} on this BMC.`;
export const tooBusy = (what: string): string => `The BMC is too busy to ${what}.`;
export const refusedTo = (what: string): string => `The BMC refused to ${what}.`;

/** By errno: why no connection was made. */
export const CONNECTION_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to host',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name not found',
  ETIMEDOUT: 'no response in time',
  UND_ERR_CONNECT_TIMEOUT: 'no response in time',
};

/** By errno: what a BMC did with a request that it accepted. */
export const ABORTED_RESPONSES: Readonly<Record<string, string>> = {
  ECONNRESET: 'closed the connection',
  EPIPE: 'closed the connection',
  UND_ERR_SOCKET: 'closed the connection',
  UND_ERR_HEADERS_TIMEOUT: 'accepted the request and did not respond',
  UND_ERR_BODY_TIMEOUT: 'stopped in the middle of the response',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'stopped in the middle of the response',
};

export const noAnswer = (endpoint: string, reason: string, cause: unknown): BootbenchError =>
  new BootbenchError('E_BMC_UNREACHABLE', `No BMC answers at ${endpoint}: ${reason}. Is the BMC’s port cabled to this switch?`, { cause });

/** A BMC that is there, and did not complete its response. */
export const responseAborted = (
  { endpoint, what, method, path }: { endpoint: string; what: string; method: string; path: string },
  cause: unknown,
): BootbenchError =>
  new BootbenchError('E_BMC_UNREACHABLE', `The BMC at ${endpoint} ${what} (${method} ${path}).`, { cause, details: { document: path } });

export const certificateNotTrusted = (endpoint: string, code: string, cause: unknown): BootbenchError =>
  new BootbenchError('E_BMC_CERTIFICATE', `The certificate of the BMC at ${endpoint} is not trusted (${code}).`, { cause });

export const notHttp = (endpoint: string, code: string, cause: unknown): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The server at ${endpoint} does not speak HTTP (${code}).`, { cause });
