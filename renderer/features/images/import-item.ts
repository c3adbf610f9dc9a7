import type { ErrorCode } from '../../../contract/error-codes.ts';
import { BootbenchError, errorBody, type ErrorBody } from '../../../contract/errors.ts';
import { fileNameOf } from './image-names.ts';
import { fileId } from './unfinished-uploads.ts';

/** Where the bytes are: a path of this computer, or a file that only this page can read. */
export interface ImportSource {
  readonly id: string;
  readonly fileName: string;
  /** Bytes; absent for a path that the operating system passed. */
  readonly size?: number;
  readonly path?: string;
  readonly file?: File;
  /** Why it cannot be added, where the desktop has found it out. */
  readonly problem?: string;
}

/** A file that is added to the library. */
export interface ImportItem {
  readonly id: string;
  readonly source: ImportSource;
  readonly name: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  /** Bytes of an upload that the appliance has received. */
  readonly sent: number;
  /** Why an upload makes no progress at the moment. */
  readonly problem?: string | undefined;
  readonly error?: ErrorBody | undefined;
}

export type ImportEnd = { readonly kind: 'done' } | { readonly kind: 'cancelled' } | { readonly kind: 'failed'; readonly error: ErrorBody };

/** Failures that pass without help: Bootbench or its services restart. */
export const TRANSIENT_ERRORS: ReadonlySet<ErrorCode> = new Set(['E_API_UNREACHABLE', 'E_THREAD_DIED', 'E_SLOW_READER']);

/** A failure that this page found, in the form of those that the appliance sends. */
export function failure(code: ErrorCode, { message, next }: { message: string; next: string }): ErrorBody {
  return errorBody(new BootbenchError(code, message, { next }));
}

/** The desktop window knows the path of a file; a browser has only its bytes. */
export function sourceOfFile(file: File): ImportSource {
  const path = window.bootbench?.pathOf(file) ?? '';
  return { id: fileId(file), fileName: file.name, size: file.size, ...(path === '' ? { file } : { path }) };
}

export function sourceOfPath(path: string): ImportSource {
  return { id: `path ${path}`, fileName: fileNameOf(path), path };
}
