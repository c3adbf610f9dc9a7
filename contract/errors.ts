import type { BmcSystem } from './bmc.ts';
import type { MachineComparison } from './machine-identity.ts';
import { ERRORS, type ErrorCode } from './error-codes.ts';

/** Facts of an error, for programs and tables. */
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
  /** E_TEMPLATE_FIELD: where the field is; line and column count from 1. */
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
  /** E_BMC_CERTIFICATE: SHA-256 fingerprints `AA:BB:…` of the certificate that was trusted and of the one that the BMC presents now. */
  readonly certificate?: { readonly pinned: string; readonly presented: string };
  /** E_CONSOLE_HOST_KEY: SHA-256 fingerprints `SHA256:…` as ssh-keygen shows them. */
  readonly hostKey?: { readonly pinned: string; readonly presented: string };
  /** E_CONSOLE_TYPIST: the viewer who types. */
  readonly typist?: { readonly id: string; readonly label: string };
  /** E_CONSOLE_PERMISSION: the command that gives this user access. */
  readonly command?: string;
}

/** An error as it travels over ports, REST and CLI. */
export interface ErrorBody {
  code: ErrorCode;
  title: string;
  message: string;
  next: string;
  /** Facts for programs, in addition to the code. */
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

/** An error that came over a port; a code of another version becomes E_INTERNAL. */
export function fromBody(body: ErrorBody): BootbenchError {
  const code: ErrorCode = body.code in ERRORS ? body.code : 'E_INTERNAL';
  return new BootbenchError(code, body.message, { next: body.next, details: body.details });
}

/** Any thrown value as an error body. A full disk and a cancellation have their codes; any other foreign error becomes E_INTERNAL. */
export function errorBody(error: unknown): ErrorBody {
  const known = asBootbenchError(error);
  const { code, message, next, details } = known;
  return { code, title: ERRORS[code].title, message, next, ...(details && { details }) };
}

export function asBootbenchError(error: unknown): BootbenchError {
  if (error instanceof BootbenchError) return error;
  const code = errnoOf(error);
  const message = error instanceof Error ? error.message : String(error);
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'SQLITE_FULL') return new BootbenchError('E_DISK_FULL', message, { cause: error });
  if (code === 'EROFS' || code?.startsWith('SQLITE_READONLY')) return new BootbenchError('E_DATA_READ_ONLY', message, { cause: error });
  if (code === 'ABORT_ERR') return new BootbenchError('E_CANCELLED', message, { cause: error });
  return new BootbenchError('E_INTERNAL', message, { cause: error });
}

/** The `code` of an operating-system or SQLite error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
