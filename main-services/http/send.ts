import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BootbenchError } from '../../contract/errors.ts';
import { Chunks } from '../data-plane/chunks.ts';
import type { ByteSource } from '../iso/source/byte-source.ts';
import { errorReply, sourceReply, textParts, type Headers, type SourceRequest, type TextReply } from './reply.ts';

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
  /** The bytes cannot be read. */
  failed?(error: BootbenchError): void;
}

export interface ServedSource {
  readonly source: ByteSource;
  readonly contentType: string;
  readonly observer?: Observer;
}

/** Sends a source through node:http: for requests that http/front does not take. Reads at most one chunk ahead of the client. */
export async function sendSource(request: IncomingMessage, response: ServerResponse, served: ServedSource): Promise<void> {
  const reply = sourceReply(sourceRequestOf(request), served.source, served.contentType);
  if (reply.kind === 'unsatisfiable') {
    served.observer?.unsatisfiable?.(reply.error);
    sendError(request, response, reply.error, reply.headers);
    return;
  }
  const headers = [...reply.headers, ...reply.sourceHeaders];
  if (reply.kind === 'empty') finish(response, reply.status, headers);
  else await sendBody(response, served, { ...reply, headers });
}

function sourceRequestOf({ method = '', headers }: IncomingMessage): SourceRequest {
  return {
    method,
    range: headers.range,
    ifRange: oneOf(headers['if-range']),
    ifMatch: headers['if-match'],
    ifNoneMatch: headers['if-none-match'],
    userAgent: headers['user-agent'] ?? '',
  };
}

/** Which bytes of a source are sent, under which status and headers. */
interface Body {
  readonly first: number;
  readonly length: number;
  readonly status: number;
  readonly headers: Headers;
}

async function sendBody(response: ServerResponse, { source, observer }: ServedSource, body: Body): Promise<void> {
  const { first, length, status, headers } = body;
  const end = first + length;
  const gone = new AbortController();
  const onClose = (): void => {
    // 'close' also follows 'finish', when everything has been delivered.
    if (!response.writableFinished) gone.abort();
  };
  response.once('close', onClose);
  // The client may have left while the source was opened; 'close' is not emitted again.
  if (response.destroyed) gone.abort();
  const chunks = new Chunks(source, { at: first, end }, gone.signal, () => response.destroy());
  let isDelivered = false;
  try {
    let bytes = length === 0 ? undefined : await chunks.next();
    // Nothing is sent before the first bytes are read: a source that fails now still gets an honest status.
    observer?.began?.();
    response.writeHead(status, [...headers]);
    for (let at = first; bytes !== undefined;) {
      const isLast = at + bytes.length === end;
      chunks.readAhead();
      chunks.holding.waiting();
      await write(response, bytes, gone.signal);
      chunks.holding.moved();
      observer?.sent?.(at, bytes.length);
      at += bytes.length;
      bytes = isLast ? undefined : await chunks.next();
    }
    response.end();
    isDelivered = true;
    observer?.finished?.();
  } finally {
    chunks.end(isDelivered);
    response.off('close', onClose);
  }
}

/** Resolves when the system has taken the bytes. */
function write(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    response.write(bytes, (error) => {
      signal.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve();
    });
  });
}

export function sendText(request: IncomingMessage, response: ServerResponse, reply: TextReply): void {
  const { status, headers, bytes } = textParts(reply);
  finish(response, status, headers, request.method === 'HEAD' ? undefined : bytes);
}

export function sendEmpty(response: ServerResponse): void {
  finish(response, 204, []);
}

export function sendError(request: IncomingMessage, response: ServerResponse, error: unknown, headers: Headers = []): void {
  sendText(request, response, errorReply(request.headers.accept, error, headers));
}

function finish(response: ServerResponse, status: number, headers: Headers, bytes?: Uint8Array): void {
  response.writeHead(status, [...headers]);
  response.end(bytes);
}

function oneOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
