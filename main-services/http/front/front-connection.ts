import type { Socket } from 'node:net';
import type { Clock, Log } from '../../../contract/runtime.ts';
import type { DataPlane } from '../../data-plane/data-plane.ts';
import { Outlet } from '../../data-plane/outlet.ts';
import { shownUserAgent } from '../answer.ts';
import { addressOf, keyOf, type Connections } from '../connections.ts';
import { route } from '../router.ts';
import { MAX_PIPELINED } from '../request-turns.ts';
import { isSourceRoute, type SourceDeps, type SourceRoute } from '../sources.ts';
import { answerSource, type Exchange, type SourceCall } from './answer-source.ts';
import { RequestHeads, type RequestHead } from './request-head.ts';

export interface FrontDeps {
  readonly sources: SourceDeps & { readonly isoOnly?: boolean };
  readonly connections: Connections;
  readonly plane: DataPlane;
  readonly clock: Clock;
  readonly log: Log;
  readonly scheme: 'http' | 'https';
  readonly timing: FrontTiming;
}

/** Milliseconds. */
export interface FrontTiming {
  /** A client that has not sent its first request by then is gone. */
  readonly headersTimeout: number;
  /** A client that has sent no further request by then is gone. */
  readonly keepAliveTimeout: number;
  /** A client that has taken no byte for this long is gone. */
  readonly stallTimeout: number;
  readonly connectionsCheckingInterval: number;
}

export interface FrontEvents {
  /** The connection is closed, or node:http's. */
  readonly ended: () => void;
  /** Gives the connection to node:http, with these bytes first. */
  readonly toNodeHttp: (bytes: Buffer) => void;
}

const NOTHING = Buffer.alloc(0);
const HEAD_END = '\r\n\r\n';
/** Requests that a client may send ahead before its connection is not read any further. */
const MAX_AHEAD_BYTES = 64 * 1024;
/** Requests of one connection that are answered in one turn of the event loop. */
const MAX_IN_TURN = 32;
/** A client that has closed its side, and gets no byte of its answer by then, has left. */
const LEFT_AFTER_MS = 500;

/** One connection as long as it requests bytes. Requests are answered in their order, the next one when the system has taken the answer. */
export class FrontConnection {
  readonly #socket: Socket;
  readonly #deps: FrontDeps;
  readonly #events: FrontEvents;
  readonly #exchange: Exchange;
  readonly #ip: string;
  readonly #key: string;
  readonly #onData = (bytes: Buffer): void => this.#received(bytes);
  readonly #onEnd = (): void => this.#halfClosed();
  readonly #onClose = (): void => this.#leave();
  /** Received and not yet answered. */
  #unanswered: Buffer = NOTHING;
  #isBusy = false;
  #isHalfClosed = false;
  #hasLeft = false;
  #hasRequested = false;
  /** When it was opened, requested something or took bytes, or its latest answer ended; ms of the monotonic clock. */
  #activeAt: number;
  readonly #heads = new RequestHeads();
  /** The target of the latest request, and where it leads. */
  #latest: { readonly url: string; readonly to: SourceRoute } | undefined;
  #userAgent = { sent: '', shown: '' };
  #isProven = false;
  readonly #proven = (): void => {
    if (this.#isProven) return;
    this.#isProven = true;
    this.#deps.connections.proven(this.#key);
  };

  constructor(socket: Socket, deps: FrontDeps, events: FrontEvents) {
    this.#socket = socket;
    this.#deps = deps;
    this.#events = events;
    this.#exchange = {
      socket,
      sources: deps.sources,
      outlet: new Outlet(socket, deps.plane, deps.scheme === 'http'),
      log: deps.log,
      keptFor: Math.floor(deps.timing.keepAliveTimeout / 1000),
      hasBegun: false,
      moved: () => {
        this.#activeAt = deps.clock.monotonic();
      },
    };
    this.#ip = addressOf(socket);
    this.#key = keyOf(socket);
    this.#activeAt = deps.clock.monotonic();
    socket.on('error', ignore);
    socket.on('data', this.#onData);
    socket.on('end', this.#onEnd);
    socket.once('close', this.#onClose);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  endIfSilent(): void {
    const { headersTimeout, keepAliveTimeout, stallTimeout } = this.#deps.timing;
    const patience = this.#isBusy ? stallTimeout : this.#hasRequested ? keepAliveTimeout : headersTimeout;
    if (this.#deps.clock.monotonic() - this.#activeAt >= patience) this.#socket.destroy();
  }

  #received(bytes: Buffer): void {
    this.#unanswered = this.#unanswered.length === 0 ? bytes : Buffer.concat([this.#unanswered, bytes]);
    if (this.#isBusy && hasMoreThan(MAX_PIPELINED, this.#unanswered)) this.#deps.connections.tooManyRequests(this.#socket);
    else if (!this.#isBusy) this.#serve();
    else if (this.#unanswered.length > MAX_AHEAD_BYTES) this.#socket.pause();
  }

  /** Most clients that close their side have left, so nothing is read for them for long. One that gets bytes gets them all. */
  #halfClosed(): void {
    this.#isHalfClosed = true;
    if (!this.#isBusy) this.#end();
    else if (!this.#exchange.hasBegun) setTimeout(() => this.#endUnlessBegun(), LEFT_AFTER_MS).unref();
  }

  #endUnlessBegun(): void {
    if (this.#isBusy && !this.#exchange.hasBegun) this.#socket.destroy();
  }

  /** Answers what was received, until an answer has to wait. */
  #serve(): void {
    for (let answered = 0; this.#unanswered.length > 0 && !this.#hasLeft; answered++) {
      if (answered === MAX_IN_TURN) {
        this.#isBusy = true;
        setImmediate(() => this.#goOn());
        return;
      }
      const call = this.#nextCall();
      if (!call) {
        this.#handOver();
        return;
      }
      this.#unanswered = this.#unanswered.subarray(call.head.length);
      const answering = answerSource(this.#exchange, call);
      if (answering) {
        if (hasMoreThan(MAX_PIPELINED, this.#unanswered)) {
          this.#deps.connections.tooManyRequests(this.#socket);
          return;
        }
        this.#isBusy = true;
        this.#deps.connections.works(this.#key);
        void answering.then(() => this.#continue(call));
        return;
      }
      this.#answered(call);
    }
    if (this.#isHalfClosed) this.#end();
  }

  #continue(call: SourceCall): void {
    if (!this.#hasLeft) this.#answered(call);
    this.#goOn();
  }

  #goOn(): void {
    this.#isBusy = false;
    if (this.#hasLeft) return;
    if (this.#socket.isPaused()) this.#socket.resume();
    this.#serve();
  }

  /** The connection waits for its client. */
  #answered({ head }: SourceCall): void {
    this.#activeAt = this.#deps.clock.monotonic();
    this.#deps.connections.waits(this.#key);
    if (head.closes) this.#end();
  }

  /** undefined: what comes next is node:http's. */
  #nextCall(): SourceCall | undefined {
    const head = this.#heads.read(this.#unanswered.toString('latin1'));
    const to = head && this.#routeOf(head);
    if (!to) return undefined;
    this.#hasRequested = true;
    this.#activeAt = this.#deps.clock.monotonic();
    this.#exchange.hasBegun = false;
    const { method, range, userAgent: sent } = head;
    if (sent !== this.#userAgent.sent) this.#userAgent = { sent, shown: shownUserAgent(sent) };
    const { shown: userAgent } = this.#userAgent;
    return { head, to, client: { ip: this.#ip, scheme: this.#deps.scheme, method, range, userAgent, proven: this.#proven } };
  }

  #routeOf({ method, url }: RequestHead): SourceRoute | undefined {
    if (this.#latest?.url === url) return this.#latest.to;
    const routed = route(method, url);
    if (routed.kind === 'refused' || !isSourceRoute(routed.route)) return undefined;
    this.#latest = { url, to: routed.route };
    return routed.route;
  }

  #handOver(): void {
    this.#leave();
    this.#socket.off('data', this.#onData);
    this.#socket.off('end', this.#onEnd);
    this.#socket.off('close', this.#onClose);
    this.#events.toNodeHttp(this.#unanswered);
    this.#socket.off('error', ignore);
  }

  #end(): void {
    this.#leave();
    this.#socket.end();
  }

  #leave(): void {
    if (this.#hasLeft) return;
    this.#hasLeft = true;
    this.#events.ended();
  }
}

function ignore(): void {
  // 'close' follows.
}

/** Whether more than `count` request heads wait in these bytes. */
function hasMoreThan(count: number, bytes: Buffer): boolean {
  let found = 0;
  for (let at = bytes.indexOf(HEAD_END); at !== -1 && found <= count; at = bytes.indexOf(HEAD_END, at + HEAD_END.length)) found++;
  return found > count;
}
