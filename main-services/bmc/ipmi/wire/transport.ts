import dgram from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { BootbenchError, errnoOf } from '../../../../contract/errors.ts';
import type { Clock, Log } from '../../../../contract/runtime.ts';
import { decodeDatagram, type Datagram } from './rmcp.ts';
import { noRoute, portClosed, REQUEST_CANCELLED, requestCancelled, unknownName } from './sentences.ts';
import { abortable } from '../../../../util/async.ts';

export interface TransportOptions {
  readonly host: string;
  readonly port: number;
  /** Where to send from; chosen by the system unless said. */
  readonly bindAddress?: string;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Exchange<T> {
  /** Milliseconds to wait after each sending; as many sendings as there are waits. */
  readonly waits: readonly number[];
  /** What to send, built for each attempt: sequence numbers must not repeat. */
  readonly packet: () => Uint8Array;
  /** The answer out of a datagram; undefined for one that is something else. */
  readonly accept: (datagram: Datagram) => T | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One UDP socket that talks to one BMC only. */
export interface Transport {
  /** Undefined when nothing came. E_BMC_UNREACHABLE, E_CANCELLED. */
  exchange<T>(exchange: Exchange<T>): Promise<T | undefined>;
  /** Sends once, without waiting for an answer. */
  send(packet: Uint8Array): void;
  /** Passes each datagram on until the returned function is called; `fail` gets what ended the socket. */
  listen(take: (datagram: Datagram) => void, fail: (error: BootbenchError) => void): () => void;
  close(): Promise<void>;
}

/** E_BMC_UNREACHABLE, E_CANCELLED. */
export async function openTransport(options: TransportOptions, signal?: AbortSignal): Promise<Transport> {
  const { host, port, bindAddress } = options;
  const found = lookup(host).catch((error: unknown) => {
    throw unknownName(host, error);
  });
  const { address, family } = await abortable(found, signal, REQUEST_CANCELLED);
  const socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4');
  const wire = new Wire(socket, options);
  try {
    await bind(socket, bindAddress);
    await connect(socket, port, address);
  } catch (error) {
    await wire.close();
    throw wire.explain(error);
  }
  return wire;
}

function bind(socket: dgram.Socket, address: string | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port: 0, ...(address === undefined ? {} : { address }) }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

/** Only datagrams of this peer come in afterwards, and its “port unreachable” is reported. */
function connect(socket: dgram.Socket, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, address, (error?: Error) => {
      socket.off('error', reject);
      if (error) reject(error);
      else resolve();
    });
  });
}

interface Listener {
  readonly take: (datagram: Datagram) => void;
  readonly fail: (error: BootbenchError) => void;
}

class Wire implements Transport {
  readonly #socket: dgram.Socket;
  readonly #options: TransportOptions;
  readonly #listeners = new Set<Listener>();
  #closed: Promise<void> | undefined;

  constructor(socket: dgram.Socket, options: TransportOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on('message', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error));
  }

  exchange<T>({ waits, packet, accept, signal }: Exchange<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(requestCancelled());
        return;
      }
      let stopTimer = (): void => undefined;
      const end = (settle: () => void): void => {
        stopTimer();
        this.#listeners.delete(listener);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const fail = (error: BootbenchError): void => end(() => reject(error));
      const abort = (): void => fail(requestCancelled());
      const take = (datagram: Datagram): void => {
        const answer = accept(datagram);
        if (answer !== undefined) end(() => resolve(answer));
      };
      const listener: Listener = { take, fail };
      const attempt = (number: number): void => {
        const wait = waits[number];
        if (wait === undefined) {
          end(() => resolve(undefined));
          return;
        }
        stopTimer = this.#options.clock.after(wait, () => attempt(number + 1));
        this.send(packet());
      };
      this.#listeners.add(listener);
      signal?.addEventListener('abort', abort, { once: true });
      attempt(0);
    });
  }

  listen(take: Listener['take'], fail: Listener['fail']): () => void {
    const listener: Listener = { take, fail };
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => this.#socket.close(resolve));
    this.#fail(requestCancelled());
    return this.#closed;
  }

  explain(error: unknown): BootbenchError {
    const { host, port } = this.#options;
    const code = errnoOf(error);
    // What other systems call refused, Windows calls reset.
    return code === 'ECONNREFUSED' || code === 'ECONNRESET' ? portClosed(host, port, error) : noRoute(host, port, error);
  }

  send(bytes: Uint8Array): void {
    if (this.#closed) this.#fail(requestCancelled());
    else
      this.#socket.send(bytes, (error) => {
        if (error) this.#fail(error);
      });
  }

  /** Nothing that a datagram causes may leave the socket's callback. */
  #receive(bytes: Uint8Array): void {
    try {
      const datagram = decodeDatagram(bytes);
      if (datagram.kind === 'malformed') this.#options.log.debug({ reason: datagram.reason }, 'IPMI packet ignored');
      else for (const { take } of this.#listeners) take(datagram);
    } catch (error) {
      this.#options.log.error({ error }, 'IPMI packet could not be handled');
    }
  }

  #fail(error: Error): void {
    const explained = error instanceof BootbenchError ? error : this.explain(error);
    for (const { fail } of this.#listeners) fail(explained);
  }
}
