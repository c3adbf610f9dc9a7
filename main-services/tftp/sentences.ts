/**
 * Every sentence of TFTP that a person can read. Those for the client are shown by boot ROMs, so they are short; `client` is a host's name or
 * an address.
 */

// To the client

export const READ_ONLY = 'This server is read-only.';
export const OTHER_CLIENT = 'This transfer belongs to another client.';
export const NO_ACKNOWLEDGEMENTS = 'Your acknowledgements do not arrive.';
export const STOPPED = 'Bootbench was stopped.';
export const malformedRequest = (reason: string): string => `Malformed request: ${reason}.`;
export const unsupportedMode = (mode: string): string => `The mode "${mode}" is not supported; use octet mode.`;
export const tooLargeForNetascii = (file: string, maxBytes: number): string =>
  `${file} is over ${maxBytes} bytes: request it in octet (binary) mode.`;
export const busyFor = (transfers: number): string => `Busy: ${transfers} transfers of this address are running. Try again in a moment.`;
export const busy = (transfers: number): string => `Busy: ${transfers} transfers are running. Try again in a moment.`;

export const THREAD_ENDED = 'The part of Bootbench that serves TFTP stopped. Try again.';

// Events

export const serving = (address: string, port: number): string => `Boot files by TFTP at ${address}, port ${port}.`;
export const threadRestarted = (reason: string): string => `TFTP’s thread restarted: ${reason}.`;
export const missed = (client: string, path: string, reason: string): string => `${client} requested ${path} by TFTP: ${reason}`;
export const refused = (client: string, path: string, reason: string): string => `${client} was refused ${path} by TFTP: ${reason}`;
export const failed = (client: string, path: string, reason: string): string => `${client} did not get ${path} by TFTP: ${reason}`;
export const started = (client: string, file: string, bytes: number): string =>
  `${client} started to read ${file} by TFTP (${bytes} bytes).`;
export const reading = (client: string, file: string): string => `${client} reads ${file} by TFTP`;
export const completed = (client: string, file: string, bytes: number, ms: number): string =>
  `${client} has read ${file} by TFTP: ${bytes} bytes in ${ms} ms.`;
export const aborted = (client: string, path: string, bytes: number, reason: string): string =>
  `${client} stopped reading ${path} by TFTP after ${bytes} bytes: ${reason}`;
export const neverAnswered = (client: string, path: string): string =>
  `${client} stopped reading ${path} by TFTP: it never responded. A firewall on this laptop or another TFTP server may be in the way.`;

// Reasons of an aborted transfer

export const CLIENT_SILENT = 'the client stopped responding.';
export const UNCONFIRMED = 'everything was sent, but the last acknowledgement did not arrive. The client probably has the complete file.';
export const RESTARTED = 'the client restarted the transfer from the same port.';
export const clientError = (code: number, message: string): string => `it sent error ${code}${message === '' ? '' : ` "${message}"`}.`;
