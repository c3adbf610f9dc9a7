import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { asBootbenchError, BootbenchError } from '../../../contract/errors.ts';
import type { Log } from '../../../contract/runtime.ts';
import type { Outlet } from '../../data-plane/outlet.ts';
import { write } from '../../data-plane/socket-writes.ts';
import { errorReply, sourceReply, textParts, type Headers } from '../reply.ts';
import { withoutTokens } from '../router.ts';
import { ISOS_ONLY } from '../sentences.ts';
import { openSource, openSourceNow, type OpenedSource, type SourceClient, type SourceDeps, type SourceRoute } from '../sources.ts';
import type { RequestHead } from './request-head.ts';

/** One request for bytes. */
export interface SourceCall {
  readonly head: RequestHead;
  readonly to: SourceRoute;
  readonly client: SourceClient;
}

/** Where an answer goes, and what it is made with. */
export interface Exchange {
  readonly sources: SourceDeps & { readonly isoOnly?: boolean };
  readonly socket: Socket;
  readonly outlet: Outlet;
  readonly log: Log;
  /** Seconds that an idle connection is kept. */
  readonly keptFor: number;
  /** Whether bytes of the current answer have been sent. */
  hasBegun: boolean;
  /** Called when the client has taken bytes. */
  readonly moved: () => void;
}

/** Answers a request. undefined: the system has taken all of the answer already. Never rejects: a failure in the middle ends the connection. */
export function answerSource(exchange: Exchange, call: SourceCall): Promise<void> | undefined {
  const { sources } = exchange;
  if (sources.isoOnly === true && call.to.kind !== 'iso') return refuse(exchange, call, new BootbenchError('E_NOT_FOUND', ISOS_ONLY));
  const opened = openSourceNow(sources, call.client, call.to);
  return opened ? send(exchange, call, opened) : openAndSend(exchange, call);
}

async function openAndSend(exchange: Exchange, call: SourceCall): Promise<void> {
  try {
    const opened = await openSource(exchange.sources, call.client, call.to);
    await send(exchange, call, opened);
    await opened.close();
  } catch (error) {
    failed(exchange, call, error);
    await refuse(exchange, call, error);
  }
}

function send(exchange: Exchange, call: SourceCall, opened: OpenedSource): Promise<void> | undefined {
  const { outlet, socket, moved } = exchange;
  const { source, observer, contentType } = opened;
  const reply = sourceReply(call.head, source, contentType);
  if (reply.kind === 'unsatisfiable') {
    observer?.unsatisfiable?.(reply.error);
    return refuse(exchange, call, reply.error, reply.headers);
  }
  const head = headOf(exchange, call, reply.status, reply.headers, reply.sourceHeaders);
  if (reply.kind === 'empty') return write(socket, Buffer.from(head, 'latin1')).catch(ignore);
  const began = (): void => {
    exchange.hasBegun = true;
    observer?.began?.();
  };
  const sent = (offset: number, length: number): void => {
    moved();
    observer?.sent?.(offset, length);
  };
  const sending = outlet.deliver({ head, source, first: reply.first, length: reply.length, began, sent });
  if (!sending) {
    observer?.finished?.();
    return undefined;
  }
  return sending.then(
    () => observer?.finished?.(),
    (error: unknown) => {
      // The client has left.
      if (socket.destroyed) return undefined;
      const known = asBootbenchError(error);
      observer?.failed?.(known);
      failed(exchange, call, error);
      if (!exchange.hasBegun) return refuse(exchange, call, known);
      // Bytes are on the way: only a broken connection shows the client that they are not all.
      socket.destroy();
      return undefined;
    },
  );
}

function failed({ log }: Exchange, { head: { url }, client: { ip } }: SourceCall, error: unknown): void {
  log.debug({ error, url: withoutTokens(url), ip }, 'an HTTP request failed');
}

function refuse(exchange: Exchange, call: SourceCall, error: unknown, more: Headers = []): Promise<void> {
  const { status, headers, bytes } = textParts(errorReply(call.head.accept, error, more));
  const head = Buffer.from(headOf(exchange, call, status, headers), 'latin1');
  return write(exchange.socket, head, ...(call.head.method === 'HEAD' ? [] : [bytes])).catch(ignore);
}

/** The status line and the headers, as node:http writes them. `sourceHeaders`: a list that many answers have. */
function headOf(
  { keptFor }: Exchange,
  { head: { closes } }: SourceCall,
  status: number,
  headers: Headers,
  sourceHeaders: Headers = NO_HEADERS,
): string {
  const connection = closes ? CLOSES : keepAlive(keptFor);
  return statusLine(status) + linesOf(headers) + repeatedLines(sourceHeaders) + dateLine() + connection;
}

const NO_HEADERS: Headers = [];
const CLOSES = 'Connection: close\r\n\r\n';

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
}

function keepAlive(seconds: number): string {
  return `Connection: keep-alive\r\nKeep-Alive: timeout=${seconds}\r\n\r\n`;
}

function linesOf(headers: Headers): string {
  let text = '';
  for (let at = 0; at + 1 < headers.length; at += 2) text += `${headers[at] ?? ''}: ${headers[at + 1] ?? ''}\r\n`;
  return text;
}

const repeated = new WeakMap<Headers, string>();

/** The lines of a list that is not changed any more. */
function repeatedLines(headers: Headers): string {
  let lines = repeated.get(headers);
  if (lines === undefined) repeated.set(headers, (lines = linesOf(headers)));
  return lines;
}

let date = { second: 0, line: '' };

/** Of the current second (RFC 9110 §6.6.1). */
function dateLine(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== date.second) date = { second, line: `Date: ${new Date(second * 1000).toUTCString()}\r\n` };
  return date.line;
}

function ignore(): void {
  // The client has left.
}
