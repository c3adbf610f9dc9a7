import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ERRORS } from '../../contract/error-codes.ts';
import { errorBody, BootbenchError } from '../../contract/errors.ts';
import { printable } from '../../util/text.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';
import { entityOf } from './entity.ts';
import { decideRange, precondition, type RangeDecision } from './range.ts';
import { unsatisfiable } from './range-refusal.ts';
import { SendBudget, type Holding } from './send-budget.ts';
import { bytesMissing } from './sentences.ts';

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
  const chunks = new Chunks(source, { at: first, end: first + length }, gone.signal, () => response.destroy());
  try {
    let bytes = length === 0 ? undefined : await chunks.next();
    // Nothing is sent before the first bytes are read: a source that fails now still gets an honest status.
    observer?.began?.();
    response.writeHead(status, headers);
    for (let at = first; bytes !== undefined;) {
      const isLast = at + bytes.length === first + length;
      chunks.readAhead();
      chunks.holding.waiting();
      if (isLast) await finishWith(response, bytes, gone.signal);
      else await write(response, bytes, gone.signal);
      chunks.holding.moved();
      observer?.sent?.(at, bytes.length);
      at += bytes.length;
      bytes = isLast ? undefined : await chunks.next();
    }
    if (length === 0) response.end();
    observer?.finished?.();
  } finally {
    chunks.holding.end();
    response.off('close', onClose);
  }
}

/** One for all servers of the process. */
const budget = new SendBudget();

interface Chunk {
  readonly taken: number;
  readonly bytes: Promise<Uint8Array>;
}

/** The bytes of one answer in pieces, each counted while it is in memory. At most two are: one being sent, one being read. */
class Chunks {
  readonly holding: Holding;
  readonly #source: ByteSource;
  readonly #range: { at: number; readonly end: number };
  readonly #signal: AbortSignal;
  #ahead: Chunk | undefined;
  #sent = 0;

  constructor(source: ByteSource, range: { at: number; end: number }, signal: AbortSignal, giveUp: () => void) {
    this.#source = source;
    this.#range = range;
    this.#signal = signal;
    this.holding = budget.hold(() => this.#dropAhead(), giveUp);
  }

  /** The next piece; the one before has been sent. */
  async next(): Promise<Uint8Array> {
    this.holding.release(this.#sent);
    this.#sent = 0;
    const chunk = this.#ahead ?? this.#read(this.holding.take());
    this.#ahead = undefined;
    this.#sent = chunk?.taken ?? 0;
    const bytes = (await chunk?.bytes) ?? new Uint8Array();
    this.#range.at += bytes.length;
    return bytes;
  }

  /** Reads the next piece while this one is sent, where there is memory for it. */
  readAhead(): void {
    if (this.#range.at < this.#range.end) this.#ahead = this.#read(this.holding.take('ahead'));
  }

  /** The client has stopped: what it would get next is read again when it continues. */
  #dropAhead(): void {
    if (!this.#ahead) return;
    this.holding.release(this.#ahead.taken);
    this.#ahead = undefined;
  }

  #read(taken: number | undefined): Chunk | undefined {
    if (taken === undefined) return undefined;
    const { at, end } = this.#range;
    const bytes = readExactly(this.#source, at, Math.min(taken, end - at), this.#signal);
    bytes.catch(() => undefined);
    return { taken, bytes };
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
  const error = unsatisfiable(printable(String(request.headers.range), 100), size, request.headers['user-agent'] ?? '');
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
