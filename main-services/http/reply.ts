import { ERRORS } from '../../contract/error-codes.ts';
import { errorBody, type BootbenchError } from '../../contract/errors.ts';
import { printable } from '../../util/text.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';
import { entityOf } from './entity.ts';
import { decideRange, precondition, type RangeDecision } from './range.ts';
import { unsatisfiable } from './range-refusal.ts';

/** Header names and values in turn. Names are in Title-Case: httpfs2, which iDRAC uses, compares them so. */
export type Headers = readonly string[];

/** What of a request decides which bytes it gets. */
export interface SourceRequest {
  readonly method: string;
  readonly range: string | undefined;
  readonly ifRange: string | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
  readonly userAgent: string;
}

/** `sourceHeaders`: further headers, the same list in every answer of a source. */
export type SourceReply =
  | ({ readonly kind: 'bytes'; readonly status: 200 | 206; readonly first: number; readonly length: number } & SourceHeaders)
  | ({ readonly kind: 'empty'; readonly status: 200 | 304 | 412 } & SourceHeaders)
  | { readonly kind: 'unsatisfiable'; readonly error: BootbenchError; readonly headers: Headers };

interface SourceHeaders {
  readonly headers: Headers;
  readonly sourceHeaders: Headers;
}

/** Full answer, range, 304, 412 or 416 for a request of a source (RFC 9110 §13, §14). */
export function sourceReply(request: SourceRequest, source: ByteSource, contentType: string): SourceReply {
  const entity = entityOf(source);
  const { etag, size, headers: sourceHeaders } = entity;
  const condition = precondition(request.ifMatch, request.ifNoneMatch, etag);
  if (condition === 'not-modified') return { kind: 'empty', status: 304, headers: [], sourceHeaders };
  if (condition === 'failed') return { kind: 'empty', status: 412, headers: ['Content-Length', '0'], sourceHeaders };

  const range: RangeDecision =
    // RFC 9110 §14.2: a Range means nothing for HEAD.
    request.method === 'HEAD' ? { kind: 'full' } : decideRange(request.range, request.ifRange, entity, request.userAgent);
  if (range.kind === 'unsatisfiable') {
    const error = unsatisfiable(printable(request.range ?? '', 100), size, request.userAgent);
    return { kind: 'unsatisfiable', error, headers: ['Content-Range', `bytes */${size}`, 'Accept-Ranges', 'bytes'] };
  }
  const first = range.kind === 'part' ? range.first : 0;
  const length = range.kind === 'part' ? range.last - range.first + 1 : size;
  const headers = ['Content-Type', contentType, 'Content-Length', String(length)];
  if (range.kind === 'part') headers.push('Content-Range', `bytes ${first}-${range.last}/${size}`);
  if (request.method === 'HEAD') return { kind: 'empty', status: 200, headers, sourceHeaders };
  return { kind: 'bytes', status: range.kind === 'part' ? 206 : 200, headers, sourceHeaders, first, length };
}

/** A text that is the whole answer. */
export interface TextReply {
  readonly text: string;
  /** Default: plain text. */
  readonly contentType?: string;
  /** Default: 200. */
  readonly status?: number;
  /** More headers, name and value in turn. */
  readonly headers?: Headers;
}

/** `CODE: message` and what to do on the next line, which boot screens show unchanged; JSON where the client accepts it. */
export function errorReply(accept: string | undefined, error: unknown, headers: Headers = []): TextReply {
  const body = errorBody(error);
  const status = ERRORS[body.code].http;
  if (/\bapplication\/json\b/.test(accept ?? ''))
    return { text: `${JSON.stringify(body)}\n`, contentType: 'application/json', status, headers };
  return { text: `${body.code}: ${body.message}\n${body.next}\n`, status, headers };
}

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Bytes and headers of a text. */
export function textParts({ text, contentType = PLAIN_TEXT, status = 200, headers = [] }: TextReply): {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
} {
  const bytes = Buffer.from(text, 'utf8');
  const described = ['Content-Type', contentType, 'Content-Length', String(bytes.length), 'Cache-Control', 'no-store', ...headers];
  return { status, headers: described, bytes };
}
