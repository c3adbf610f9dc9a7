import { connect, type Socket } from 'node:net';
import { errnoOf, type BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { abortable, cancelled, withDeadline } from '../../../util/async.ts';
import { printable } from '../../../util/text.ts';
import {
  addressOf,
  closedAtOnce,
  closedByPeer,
  connectFailed,
  connectionClosed,
  connectionLost,
  connectTimedOut,
  inUse,
} from './sentences.ts';

const CONNECT_MS = 5000;
/** A silent peer that lost power is found after this and ten probes, one per second. */
const KEEP_ALIVE_MS = 10_000;
/** How long a new connection is watched for “Port already in use” before it counts as open. */
const SETTLE_MS = 200;
const CLOSE_MS = 1000;
/** A refusal is short. */
const MAX_REFUSAL_BYTES = 256;
/** ser2net: "Port already in use"; others: "Line is busy", "device in use". */
const REFUSAL = /[\x20-\x7e]*\b(in use|busy)\b[\x20-\x7e]*/i;

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionEvents {
  bytes(bytes: Uint8Array): void;
  /** Once, and nothing after it. */
  closed(error?: BootbenchError): void;
}

/** Connects and waits a moment for a refusal. E_CONSOLE_UNREACHABLE, E_CONSOLE_BUSY, E_CONSOLE_GONE, E_CANCELLED. */
export async function openConnection(to: Address, clock: Clock, signal: AbortSignal): Promise<Connection> {
  const address = addressOf(to.host, to.port);
  if (signal.aborted) throw cancelled(signal);
  const socket = connect({ host: to.host, port: to.port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
  try {
    await withDeadline(
      clock,
      CONNECT_MS,
      () => connectTimedOut(address, CONNECT_MS / 1000),
      async () => connected(socket, address),
      signal,
    );
  } catch (error) {
    socket.destroy();
    throw error;
  }
  const connection = new Connection(socket, address, clock);
  try {
    await abortable(connection.settle(SETTLE_MS), signal);
  } catch (error) {
    await connection.close();
    throw error;
  }
  return connection;
}

function connected(socket: Socket, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    // Stays: an error after the deadline has no other listener.
    socket.on('error', (error) => {
      reject(connectFailed(address, errnoOf(error)));
    });
  });
}

/** An open TCP connection. Bytes wait, and the peer with them, until `start`. */
export class Connection {
  readonly address: string;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #ended = Promise.withResolvers<BootbenchError | undefined>();
  #events: ConnectionEvents | undefined;
  /** The first bytes, until they are too many for a refusal. */
  #first: Buffer = Buffer.alloc(0);
  #waiting: Uint8Array[] = [];
  #received = 0;
  #error: Error | undefined;
  #closing = false;
  #end: { readonly error: BootbenchError | undefined } | undefined;

  constructor(socket: Socket, address: string, clock: Clock) {
    this.address = address;
    this.#socket = socket;
    this.#clock = clock;
    socket.on('data', (bytes) => {
      this.#receive(bytes);
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('close', () => {
      this.#closed();
    });
  }

  /** Rejects when the peer ends the connection within `ms`. */
  async settle(ms: number): Promise<void> {
    const over = Promise.withResolvers<undefined>();
    const stopTimer = this.#clock.after(ms, () => {
      over.resolve(undefined);
    });
    const error = await Promise.race([over.promise, this.#ended.promise]);
    stopTimer();
    if (error) throw error;
  }

  /** Gives what has come, and what comes. */
  start(events: ConnectionEvents): void {
    this.#events = events;
    for (const bytes of this.#waiting) events.bytes(bytes);
    this.#waiting = [];
    if (this.#end) events.closed(this.#end.error);
    else this.#socket.resume();
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.#end || this.#closing) throw this.#reason();
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => {
        if (!error) resolve();
        // The reason is known when the socket has closed.
        else void this.#ended.promise.then(() => reject(this.#reason()));
      });
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    if (this.#events) this.#socket.resume();
  }

  /** What was written is sent first, for a second at most. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#socket.end();
    // Unread bytes would keep the socket open.
    this.#socket.resume();
    const stopTimer = this.#clock.after(CLOSE_MS, () => {
      this.#socket.destroy();
    });
    await this.#ended.promise;
    stopTimer();
  }

  #receive(bytes: Uint8Array): void {
    this.#received += bytes.length;
    if (this.#received <= MAX_REFUSAL_BYTES) this.#first = Buffer.concat([this.#first, bytes]);
    if (this.#closing) return;
    if (this.#events) {
      this.#events.bytes(bytes);
      return;
    }
    this.#waiting.push(bytes);
    if (this.#received > MAX_REFUSAL_BYTES) this.#socket.pause();
  }

  #closed(): void {
    const error = this.#closing ? undefined : this.#why();
    this.#end = { error };
    this.#ended.resolve(error);
    this.#events?.closed(error);
  }

  /** Why the peer ended it. */
  #why(): BootbenchError {
    if (this.#received === 0 && !this.#error) return closedAtOnce(this.address);
    const refusal = this.#received <= MAX_REFUSAL_BYTES ? REFUSAL.exec(this.#first.toString('latin1'))?.[0].trim() : undefined;
    if (refusal !== undefined) return inUse(this.address, printable(refusal));
    return this.#error ? connectionLost(this.address, errnoOf(this.#error) ?? this.#error.message) : closedByPeer(this.address);
  }

  #reason(): BootbenchError {
    return this.#end?.error ?? connectionClosed(this.address);
  }
}
