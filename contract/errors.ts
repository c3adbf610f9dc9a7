import type { BmcSystem } from './bmc.ts';
import type { MachineComparison } from './machine-identity.ts';

/**
 * Every failure that a technician can meet: a code, a title, a next step and the HTTP status that carries it.
 * The sentence that says what happened is written where it happened. docs/errors.md lists the same codes; a test keeps both equal.
 */
export interface ErrorEntry {
  readonly title: string;
  /** What to do now, as one or two sentences. */
  readonly next: string;
  readonly http: number;
}

export const ERRORS = {
  E_INTERNAL: {
    http: 500,
    title: 'A fault in Bootbench',
    next: 'Please report it with the log file of the data directory; the other services go on.',
  },
  E_BAD_INPUT: { http: 400, title: 'The request is not of the expected form', next: 'Correct the named field and try again.' },
  E_USAGE: { http: 400, title: 'The command was not understood', next: 'Run `bootbench help` for the commands and their options.' },
  E_NOT_FOUND: { http: 404, title: 'There is nothing of that name', next: 'List what exists, and check the spelling.' },
  E_EXISTS: { http: 409, title: 'The name or MAC address is taken', next: 'Choose another name, or change the one that exists.' },
  E_IN_USE: { http: 409, title: 'It is still in use', next: 'Change the named hosts first, then try again.' },
  E_CONFIG_INCOMPATIBLE: {
    http: 422,
    title: 'This config does not go with this image',
    next: 'Choose a config from the image’s list, or add the config to that list.',
  },
  E_CONFIG_AMBIGUOUS: {
    http: 409,
    title: 'The config has several files and none is the default',
    next: 'Ask for a file by name, or set the config’s default file.',
  },
  E_FILE_MISSING: { http: 404, title: 'The file does not exist', next: 'Check the path; relative paths start at the current folder.' },
  E_FILE_UNREADABLE: { http: 422, title: 'The file cannot be read', next: 'Name a file that this user may read.' },
  E_FILE_NOT_TEXT: { http: 422, title: 'The file is not UTF-8 text', next: 'Name a text file, saved as UTF-8.' },
  E_TEMPLATE_FIELD: {
    http: 422,
    title: 'The config names a field that this host does not have',
    next: 'Correct the field’s name, set it on the host, or write \\{{ for literal braces.',
  },
  E_IDENTITY_AMBIGUOUS: {
    http: 409,
    title: 'More than one host could have asked',
    next: 'Use the URL with the token, or give each host an address of its own.',
  },
  E_IDENTITY_UNKNOWN: {
    http: 403,
    title: 'The asker is not a machine that may have this',
    next: 'Ask from the machine itself (by its lease or reservation), or use the URL with the token.',
  },
  E_NO_CONFIG: {
    http: 404,
    title: 'No config is assigned to this host',
    next: 'Assign one: bootbench assign HOST --image IMAGE --config CONFIG.',
  },
  E_NO_SOURCE: {
    http: 400,
    title: 'There is no ISO for this host',
    next: 'Assign an image, set the interface’s sourceISO, or start with --iso-upstream-url.',
  },
  E_SOURCE_URL: { http: 400, title: 'The ISO’s URL is not usable', next: 'Use an absolute http:// or https:// URL of an ISO.' },
  E_SOURCE_FORBIDDEN: {
    http: 403,
    title: 'The ISO’s URL points where Bootbench must not read',
    next: 'Name an image of the library, or a host of --allow-source-iso that is not loopback, link-local or metadata.',
  },
  E_UPSTREAM: {
    http: 502,
    title: 'The ISO’s server did not answer as it should',
    next: 'Check that the URL opens from this laptop and that the server supports ranges.',
  },
  E_UPSTREAM_CHANGED: {
    http: 502,
    title: 'The ISO changed on its server during the boot',
    next: 'Register the image again, then boot the machine again.',
  },
  E_IMAGE_INVALID: { http: 422, title: 'This is not a usable ISO', next: 'Download the ISO again and compare its checksum.' },
  E_IMAGE_GONE: { http: 503, title: 'The ISO file is gone', next: 'Plug the disk in again or add the image again.' },
  E_IMAGE_CHANGED: {
    http: 503,
    title: 'The ISO file changed on disk',
    next: 'Put the file back, or take it as it is now: bootbench image set NAME --source FILE.',
  },
  E_IMAGE_EDIT: {
    http: 422,
    title: 'A file of the ISO cannot be changed',
    next: 'Serve the image unpatched, or leave out the named file.',
  },
  E_CHECKSUM: {
    http: 422,
    title: 'The ISO is not the one its checksum file names',
    next: 'Download the ISO again; if it is right, remove the checksum file beside it.',
  },
  E_BOOT_METHOD: {
    http: 422,
    title: 'This image cannot be booted in this way',
    next: 'Choose another boot method for the host, or leave the choice to the image.',
  },
  E_PATCH_TOO_LONG: {
    http: 500,
    title: 'The kernel arguments do not fit',
    next: 'Shorten the arguments of this host; the message tells by how many bytes.',
  },
  E_VIEW_GONE: {
    http: 404,
    title: 'This boot URL is no longer valid',
    next: 'Let the machine ask for its script again, or insert the media again.',
  },
  E_VIEW_CHANGED: {
    http: 409,
    title: 'The machine’s view of the ISO can no longer be made the same',
    next: 'Boot the machine again to give it a new view.',
  },
  E_MAC_INVALID: {
    http: 400,
    title: 'This is not a MAC address',
    next: 'Write six bytes, such as 52:54:00:12:34:56 or 52-54-00-12-34-56.',
  },
  E_NOT_ISO_PATH: {
    http: 404,
    title: 'Only names that end in .iso are served here',
    next: 'Use the URL that Bootbench shows for this host.',
  },
  E_RANGE: { http: 416, title: 'The range lies outside the file', next: 'Ask for bytes that exist; Content-Range tells the size.' },
  E_METHOD: { http: 405, title: 'The method is not allowed here', next: 'Use GET or HEAD.' },
  E_BOOT_REFUSED: { http: 403, title: 'This machine may not netboot', next: 'Set allowPXE=true on the interface if it should.' },
  E_BOOT_FILE_MISSING: {
    http: 404,
    title: 'A boot file is missing',
    next: 'Run `npm run boot-files`, or drop the file into the boot-files folder.',
  },
  E_OVERRIDE_SYNTAX: {
    http: 400,
    title: 'The architecture override is not of the form number=file',
    next: 'Write --ipxe-override-arch-mapping 7=snp-x86_64.efi,16=ipxe.efi with files of the catalogue.',
  },
  E_NIC_GONE: { http: 503, title: 'The network port is gone', next: 'Plug the adapter in again; the services come back by themselves.' },
  E_NIC_UNKNOWN: { http: 404, title: 'There is no network port of that name', next: 'Choose one of the listed ports.' },
  E_NIC_NO_CARRIER: {
    http: 503,
    title: 'The cable has no link',
    next: 'Plug the cable into a powered switch or machine; the services start by themselves.',
  },
  E_NIC_NO_ADDRESS: {
    http: 503,
    title: 'The network port has no IPv4 address',
    next: 'Accept the offered private subnet, or give the port an address.',
  },
  E_NIC_ADDRESS_FAILED: {
    http: 500,
    title: 'The address could not be set',
    next: 'Run the shown command in a terminal with administrator rights.',
  },
  E_DEVICE_BIND: {
    http: 500,
    title: 'The socket could not be bound to the network port',
    next: 'Bootbench does not serve on other ports; check that the port exists and that the system allows SO_BINDTODEVICE.',
  },
  E_PORT_IN_USE: { http: 503, title: 'Another program holds the port', next: 'Stop the named program, or choose another port.' },
  E_PORT_PERMISSION: {
    http: 503,
    title: 'The system does not let us open this port',
    next: 'Run: sudo sysctl -w net.ipv4.ip_unprivileged_port_start=67',
  },
  E_DHCP_OTHER_SERVER: {
    http: 409,
    title: 'Another DHCP server answers on this network',
    next: 'Use proxy mode beside it, or unplug it and look again.',
  },
  E_DHCP_DEFAULT_ROUTE: {
    http: 409,
    title: 'This network port leads to the rest of your network',
    next: 'Choose the lab’s port, or confirm full DHCP on this one with --confirm-dhcp.',
  },
  E_DHCP_POOL: {
    http: 422,
    title: 'The address pool does not fit the network',
    next: 'Choose addresses inside the port’s subnet, without its own address.',
  },
  E_DHCP_POOL_FULL: { http: 503, title: 'The address pool is used up', next: 'Make the pool larger or the leases shorter.' },
  E_LOCKED: {
    http: 503,
    title: 'Another Bootbench uses this data directory',
    next: 'Close it, or start this one with another --data-dir.',
  },
  E_DB: {
    http: 500,
    title: 'The database cannot be used',
    next: 'Restore a backup with `bootbench restore`, or start with a new --data-dir.',
  },
  E_DISK_FULL: {
    http: 507,
    title: 'The disk is full',
    next: 'Free some space in the data directory’s disk; nothing that was saved is lost.',
  },
  E_BMC_UNREACHABLE: {
    http: 502,
    title: 'The BMC does not answer',
    next: 'Check its address and that its port is cabled to this switch; a BMC that restarts needs some minutes.',
  },
  E_BMC_AUTH: {
    http: 502,
    title: 'The BMC rejected the user or the password',
    next: 'Enter them again. The same are not sent again by themselves, because BMCs lock accounts.',
  },
  E_BMC_CERTIFICATE: {
    http: 502,
    title: 'The BMC shows another certificate than before',
    next: 'If it was reset or updated, accept the new certificate; otherwise find out who answers at this address. No password was sent.',
  },
  E_BMC_UNSUPPORTED: {
    http: 422,
    title: 'The BMC cannot do this',
    next: 'Choose another boot method for the host, or do this step by hand.',
  },
  E_BMC_BUSY: { http: 503, title: 'The BMC is busy', next: 'Wait a minute and try again; close other sessions of it.' },
  E_BMC_REFUSED: { http: 502, title: 'The BMC refused the request', next: 'Its own words say why; correct that on the BMC and try again.' },
  E_BMC_TIMEOUT: {
    http: 504,
    title: 'The BMC accepted the request, but nothing happened',
    next: 'Look at the machine; then try the step again.',
  },
  E_BMC_WRONG_MACHINE: {
    http: 409,
    title: 'The BMC belongs to another machine than the host',
    next: 'Correct the BMC’s address or the host’s MAC, serial and UUID. Nothing was changed on that machine.',
  },
  E_BMC_SYSTEM_UNCLEAR: {
    http: 409,
    title: 'The BMC serves several machines, and it is not clear which one is the host',
    next: 'Name one in the BMC’s address, such as redfish://ADDRESS/redfish/v1/Systems/ID, or add the host’s MAC. Nothing was changed.',
  },
  E_BMC_NO_MEDIA_READ: {
    http: 504,
    title: 'The machine never read the medium that its BMC shows',
    next: 'Check the boot override and UEFI or BIOS mode, and that the BMC reaches this laptop; or choose PXE.',
  },
  E_NO_BMC: { http: 422, title: 'The host has no BMC', next: 'Add it: bootbench host set HOST --bmc URL, or reimage by hand.' },
  E_NO_SECRET: {
    http: 422,
    title: 'No password is kept for this BMC',
    next: 'Enter it on the host’s page, or with --bmc-password-file.',
  },
  E_SECRETS_LOCKED: {
    http: 503,
    title: 'The kept passwords cannot be read',
    next: 'Start with the right BOOTBENCH_PASSPHRASE or key file, or enter the passwords again.',
  },
  E_JOB_TIMEOUT: {
    http: 504,
    title: 'The machine did not come as far as it should in time',
    next: 'The step says what was seen and what was not; correct that, then try the step again.',
  },
  E_JOB_STATE: { http: 409, title: 'The job is not at a point where this is possible', next: 'Look at the job again: bootbench jobs.' },
  E_JOB_RUNNING: { http: 409, title: 'A job of this host is running', next: 'Wait for it, or cancel it first.' },
  E_AUTH: { http: 401, title: 'The token is missing or wrong', next: 'Open the URL that Bootbench printed, or pass --token-file.' },
  E_FORBIDDEN_ORIGIN: {
    http: 403,
    title: 'The request came from another page or host name',
    next: 'Open Bootbench by the URL that it printed.',
  },
  E_TOO_LARGE: { http: 413, title: 'The request is too large', next: 'Send less than the limit that the message names.' },
  E_UPLOAD_OFFSET: {
    http: 409,
    title: 'The upload does not go on where it stopped',
    next: 'Send the bytes from Upload-Offset on, or cancel the import and begin anew.',
  },
  E_API_UNREACHABLE: {
    http: 503,
    title: 'Bootbench does not answer',
    next: 'Start it with npm start or `bootbench serve`, or pass --api and --token-file.',
  },
  E_SLOW_READER: { http: 503, title: 'The reader was too slow', next: 'Connect again with the last sequence number; nothing is lost.' },
  E_THREAD_DIED: {
    http: 503,
    title: 'The services stopped unexpectedly',
    next: 'They are started again by themselves; see the log for the cause.',
  },
  E_FIX_FAILED: { http: 500, title: 'The fix did not work', next: 'Run the shown command in a terminal with administrator rights.' },
  E_CANCELLED: { http: 499, title: 'Cancelled', next: 'Nothing else to do.' },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERRORS;

/** What lies behind an error’s sentence, for programs and tables. */
export interface ErrorDetails {
  /** E_BMC_AUTH: the BMC judged the user and the password. */
  readonly credentials?: string;
  /** Of a BMC’s Redfish document: the path of the one that it is about. */
  readonly document?: string;
  /** E_BMC_WRONG_MACHINE: the facts of both sides. */
  readonly comparison?: MachineComparison;
  /** E_BMC_SYSTEM_UNCLEAR: the machines that could be meant. */
  readonly systems?: readonly BmcSystem[];
  /** E_BAD_INPUT: what is wrong with which part; `path` is dotted, such as `interfaces.0.ip`, and empty for the input as a whole. */
  readonly fields?: readonly { readonly path: string; readonly message: string }[];
  /** E_EXISTS: the value that must be unique, and the host, image, config or job that has it. */
  readonly conflict?: { readonly kind: 'name' | 'mac' | 'ip'; readonly value: string; readonly owner?: string };
  /** E_BMC_CERTIFICATE: SHA-256 fingerprints `AA:BB:…` of the certificate that was trusted and of the one that the BMC presents now. */
  readonly certificate?: { readonly pinned: string; readonly presented: string };
}

/** An error as it travels over ports, REST and CLI. */
export interface ErrorBody {
  code: ErrorCode;
  title: string;
  message: string;
  next: string;
  /** What a program may want to know beside the code. */
  details?: ErrorDetails;
}

/** A failure with a code. `message` says what happened, with the names and numbers of the case. */
export class BootbenchError extends Error {
  readonly code: ErrorCode;
  readonly next: string;
  readonly details: ErrorDetails | undefined;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown; next?: string; details?: ErrorDetails | undefined } = {}) {
    super(message, { cause: options.cause });
    this.name = 'BootbenchError';
    this.code = code;
    this.next = options.next ?? ERRORS[code].next;
    this.details = options.details;
  }

  get http(): number {
    return ERRORS[this.code].http;
  }
}

/** Any thrown value as an error body; what is not ours becomes E_INTERNAL, with disk-full and cancellation recognised. */
export function errorBody(error: unknown): ErrorBody {
  const known = asBootbenchError(error);
  const { code, message, next, details } = known;
  return { code, title: ERRORS[code].title, message, next, ...(details && { details }) };
}

export function asBootbenchError(error: unknown): BootbenchError {
  if (error instanceof BootbenchError) return error;
  const code = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'SQLITE_FULL') return new BootbenchError('E_DISK_FULL', message, { cause: error });
  if (code === 'ABORT_ERR') return new BootbenchError('E_CANCELLED', message, { cause: error });
  return new BootbenchError('E_INTERNAL', message, { cause: error });
}

/** The `code` of an operating-system or SQLite error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
