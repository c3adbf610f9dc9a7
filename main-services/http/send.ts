import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { errorBody, ERRORS, BootbenchError } from '../../contract/errors.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';
import { entityOf } from './entity.ts';
import { decideRange, precondition, type RangeDecision } from './range.ts';
import { unsatisfiable } from './range-refusal.ts';
import { bytesMissing } from './sentences.ts';

/** Bytes per read; at most two chunks are in memory for one request: one being sent, one being read. */
const CHUNK_BYTES = 256 * 1024;

/** Called with what a client gets. */
export interface Observer {
  /** Bytes were read and are about to be sent: the first of an answer. */
  began?(): void;
  /** The system took these bytes for delivery. */
  sent?(offset: number, length: number): void;
  /** Everything that was requested has been handed to the system. */
  finished?(): void;
  /** Nothing is sent, because the requested range is outside the file. */
  unsatisfiable?(error: BootbenchError): void;
}

export interface SourceReply {
  readonly source: ByteSource;
  readonly contentType: string;
  readonly observer?: Observer;
}

/** Header names are written in Title-Case, one by one: httpfs2, which iDRAC uses, compares them so. */
type Headers = string[];

const PLAIN_TEXT = 'text/plain; charset=utf-8';

/** Sends a source as full answer, range, 304, 412 or 416, reading at most one chunk ahead of the client. */
export async function sendSource(request: IncomingMessage, response: ServerResponse, reply: SourceReply): Promise<void> {
  const entity = entityOf(reply.source);
  const { headers } = request;
  const validators = ['ETag', entity.etag, 'Last-Modified', entity.lastModified, 'Accept-Ranges', 'bytes', 'Cache-Control', 'no-transform'];
  const condition = precondition(headers['if-match'], headers['if-none-match'], entity.etag);
  if (condition !== 'go') {
    if (condition === 'not-modified') finish(response, 304, validators);
    else finish(response, 412, [...validators, 'Content-Length', '0']);
    return;
  }

  // RFC 9110 §14.2: a Range means nothing for HEAD.
  const range: RangeDecision =
    request.method === 'HEAD' ? { kind: 'full' } : decideRange(headers.range, oneOf(headers['if-range']), entity, headers['user-agent']);
  if (range.kind === 'unsatisfiable') {
    sendUnsatisfiable(request, response, reply.observer, entity.size);
    return;
  }
  const first = range.kind === 'part' ? range.first : 0;
  const length = range.kind === 'part' ? range.last - range.first + 1 : entity.size;
  const described = ['Content-Type', reply.contentType, 'Content-Length', String(length), ...validators];
  if (range.kind === 'part') described.push('Content-Range', `bytes ${first}-${range.last}/${entity.size}`);
  if (request.method === 'HEAD') finish(response, 200, described);
  else await sendBody(response, reply, { first, length, status: range.kind === 'part' ? 206 : 200, headers: described });
}

/** Which bytes of a source are sent, under which status and headers. */
interface Body {
  readonly first: number;
  readonly length: number;
  readonly status: number;
  readonly headers: Headers;
}

async function sendBody(response: ServerResponse, { source, observer }: SourceReply, body: Body): Promise<void> {
  const { first, length, status, headers } = body;
  const gone = new AbortController();
  const onClose = (): void => {
    // 'close' also follows 'finish', when everything has been delivered.
    if (!response.writableFinished) gone.abort();
  };
  response.once('close', onClose);
  // The client may have left while the source was opened; 'close' is not emitted again.
  if (response.destroyed) gone.abort();
  const end = first + length;
  const readAt = (at: number): Promise<Uint8Array> | undefined =>
    at < end ? readExactly(source, at, Math.min(CHUNK_BYTES, end - at), gone.signal) : undefined;
  try {
    let next = readAt(first);
    // Nothing is sent before the first bytes are read: a source that fails now still gets an honest status.
    await next;
    observer?.began?.();
    response.writeHead(status, headers);
    for (let at = first; next !== undefined;) {
      const bytes: Uint8Array = await next;
      next = readAt(at + bytes.length);
      next?.catch(() => undefined);
      if (next) await write(response, bytes, gone.signal);
      else await finishWith(response, bytes, gone.signal);
      observer?.sent?.(at, bytes.length);
      at += bytes.length;
    }
    if (length === 0) response.end();
    observer?.finished?.();
  } finally {
    response.off('close', onClose);
  }
}

/** Never fewer bytes than announced: a response that merely looks complete is worse than none. */
async function readExactly(source: ByteSource, offset: number, length: number, signal: AbortSignal): Promise<Uint8Array> {
  const bytes = await source.read(offset, length, signal);
  if (bytes.length !== length) throw new BootbenchError('E_INTERNAL', bytesMissing(bytes.length, length, offset));
  return bytes;
}

async function write(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!response.write(bytes)) await once(response, 'drain', { signal });
}

/** The last bytes, and the wait until the system has taken them. */
async function finishWith(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const finished = once(response, 'finish', { signal });
  response.end(bytes);
  await finished;
}

export interface TextReply {
  readonly text: string;
  /** Default: plain text. */
  readonly contentType?: string;
  /** Default: 200. */
  readonly status?: number;
  /** More headers, name and value in turn. */
  readonly headers?: readonly string[];
}

/** Sends a text that must not be cached; its headers only for HEAD. */
export function sendText(request: IncomingMessage, response: ServerResponse, reply: TextReply): void {
  const { text, contentType = PLAIN_TEXT, status = 200, headers = [] } = reply;
  const bytes = Buffer.from(text, 'utf8');
  const described = ['Content-Type', contentType, 'Content-Length', String(bytes.length), 'Cache-Control', 'no-store', ...headers];
  finish(response, status, described, request.method === 'HEAD' ? undefined : bytes);
}

export function sendEmpty(response: ServerResponse): void {
  finish(response, 204, []);
}

/** `CODE: message` and what to do on the next line, which boot screens show unchanged; JSON where the client accepts it. */
export function sendError(request: IncomingMessage, response: ServerResponse, error: unknown, headers: Headers = []): void {
  const body = errorBody(error);
  const status = ERRORS[body.code].http;
  if (/\bapplication\/json\b/.test(request.headers.accept ?? ''))
    sendText(request, response, { text: `${JSON.stringify(body)}\n`, contentType: 'application/json', status, headers });
  else sendText(request, response, { text: `${body.code}: ${body.message}\n${body.next}\n`, status, headers });
}

function sendUnsatisfiable(request: IncomingMessage, response: ServerResponse, observer: Observer | undefined, size: number): void {
  const error = unsatisfiable(String(request.headers.range).slice(0, 100), size, request.headers['user-agent'] ?? '');
  observer?.unsatisfiable?.(error);
  sendError(request, response, error, ['Content-Range', `bytes */${size}`, 'Accept-Ranges', 'bytes']);
}

function finish(response: ServerResponse, status: number, headers: Headers, bytes?: Uint8Array): void {
  response.writeHead(status, headers);
  response.end(bytes);
}

function oneOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
