import { BootbenchError } from '../../../contract/errors.ts';
import type { PowerState } from '../../../contract/bmc.ts';

/** What the Redfish client says to people. A BMC's own words follow in most errors (http/problem.ts: ownWords). */

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;

export const REQUEST_CANCELLED = 'The BMC request was cancelled.';

export const requestCancelled = (cause?: unknown): BootbenchError => new BootbenchError('E_CANCELLED', REQUEST_CANCELLED, { cause });

export const taskStillRunning = (ms: number, percent: number | undefined): BootbenchError =>
  new BootbenchError(
    'E_BMC_TIMEOUT',
    `A task of the BMC is still running after ${seconds(ms)}${percent === undefined ? '' : `, at ${percent} %`}.`,
  );

export const callTooLong = (document: string): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `The BMC took too long; the last request was for ${document}.`, { details: { document } });

/** `words`: what the BMC says to it. */
export const powerStillRefused = (verb: string, ms: number, state: PowerState, words: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `The BMC still refuses power ${verb} after ${seconds(ms)}; the machine is ${state}. ${words}`.trim());

/** `since`: when it was requested, by the clock. */
export const powerUnchanged = (wanted: PowerState, since: number, ms: number, last: PowerState): BootbenchError => {
  const at = new Date(since).toLocaleTimeString('en-GB');
  const now = last === wanted ? 'still changing' : `still ${last}`;
  return new BootbenchError('E_BMC_TIMEOUT', `Power ${wanted} was requested at ${at}; the machine is ${now} after ${seconds(ms)}.`);
};

export const noWayToPower = (verb: string, document: string, types: readonly string[]): BootbenchError =>
  new BootbenchError(
    'E_BMC_UNSUPPORTED',
    `The BMC offers no way to power ${verb} (reset types of ${document}: ${types.join(', ') || 'none'}).`,
    { details: { document } },
  );

export const noRedfishAt = (host: string, status: number): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `The server at ${host} does not offer Redfish (HTTP ${status}).`);

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

/** Of the boot override. */
export const overrideStillShown = (): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', 'The BMC accepted the request to clear its boot override but still reports it.');

export const modeNotShown = (wanted: string): string =>
  `The BMC does not report the boot mode: the machine’s own setting decides between UEFI and BIOS; ${wanted} was requested.`;

export const modeNotSet = (shown: string, wanted: string): string =>
  `The BMC stays in ${shown} mode: ${wanted} was requested and could not be set.`;

export const overrideShownDespite = (status: number): string => `The BMC answered HTTP ${status}, but reports the override.`;

export const overrideNotOnce = (shown: string | undefined): string =>
  `The BMC reports the override as ${shown ?? 'of unknown duration'}, not as once.`;

/** Of virtual media. */
export const noSlotFor = (url: string): BootbenchError =>
  new BootbenchError('E_BMC_REFUSED', `The BMC has no slot that could hold ${url}.`);

export const slotUnusable = (id: string, reason: string, document: string): BootbenchError =>
  new BootbenchError('E_BMC_UNSUPPORTED', `Slot ${id} of the BMC ${reason}.`, {
    next: 'Reimage it with --method pxe.',
    details: { document },
  });

/** `image`: what the slot shows; undefined for an empty one. */
export const acceptedNotShown = (url: string, ms: number, slot: string, image: string | undefined): BootbenchError =>
  new BootbenchError(
    'E_BMC_TIMEOUT',
    `The BMC accepted ${url}, but ${seconds(ms)} later ${slot} ${image === undefined ? 'is empty' : `shows ${image}`}.`,
  );

export const notEjected = (slot: string, image: string, ms: number): BootbenchError =>
  new BootbenchError('E_BMC_TIMEOUT', `${slot} still shows ${image} ${seconds(ms)} after it was ejected.`);

export const noRemoteCd = (names: readonly string[], places: readonly string[], document: string): BootbenchError =>
  new BootbenchError(
    'E_BMC_UNSUPPORTED',
    `The BMC offers no remote CD (its slots: ${names.join(', ') || 'none'}). Checked: ${places.join(', ')}.`,
    { details: { document } },
  );

export const slotsInUse = (slots: readonly string[]): BootbenchError =>
  new BootbenchError('E_BMC_BUSY', `A remote console of the BMC uses every CD slot: ${slots.join(', ')}.`, {
    next: 'Disconnect the medium in that console, then try again.',
  });

export const slotWithoutData = (path: string): string => `The BMC shows no media slot data at ${path}.`;
export const slotsMissing = (path: string): string => `The BMC links to the media slots at ${path} but shows none there.`;
