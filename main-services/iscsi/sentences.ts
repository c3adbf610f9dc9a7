import { printable } from '../../util/text.ts';

/* States, refusals and events of the iSCSI service. `client` is a host's name or an address. */

export const serving = (address: string, port: number): string => `Serving at ${address}:${port}.`;

// Refusals

export const noSuchTarget = (name: string): string => `The iSCSI target “${printable(name, 100)}” was not found.`;
export const targetOfAnother = (host: string): string => `This iSCSI target belongs to ${host}.`;
export const tooManySessions = (limit: number): string => `It has ${limit} iSCSI sessions already.`;
export const tooManyConnections = (limit: number): string => `It has ${limit} iSCSI connections already.`;
export const TOO_MANY_LOGINS = 'Too many iSCSI logins are under way.';
export const loginFailed = (reason: string): string => `The iSCSI login failed: ${reason}.`;
export const CHAP_FAILED = 'The CHAP name or secret of its iSCSI login is wrong or missing.';

// Events

export const loggedIn = (client: string, what: string, device: 'cd' | 'disk'): string =>
  `${client} uses ${what} over iSCSI, as a ${device === 'cd' ? 'CD' : 'disk'}.`;
export const closed = (client: string, what: string, bytes: number, reason: string | undefined): string =>
  `${client} stopped using ${what} over iSCSI after reading ${sizeOf(bytes)}${reason === undefined ? '' : `: ${reason}`}.`;
export const readFailed = (client: string, what: string, reason: string): string =>
  `${client} could not read ${what} over iSCSI: ${reason}`;

export const ITS_ISO = 'its ISO';

// Why a session ended

export const CONNECTED_AGAIN = 'it logged in again';
export const MADE_ROOM = 'its place was needed for a newer session';
export const STOPPED = 'the service was stopped';

/** `nothing`, `12 kB`, `4.2 MB`, `640 MB`. */
function sizeOf(bytes: number): string {
  if (bytes === 0) return 'nothing';
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return bytes < 10e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}
