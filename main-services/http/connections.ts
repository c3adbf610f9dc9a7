import type { Socket } from 'node:net';
import type { Clock } from '../../contract/runtime.ts';
import type { BootService } from '../boot/boot.ts';
import { Admission } from '../protection/admission.ts';
import type { Limits } from '../protection/limit-board.ts';
import { rawRefusal } from './sentences.ts';

export const MAX_CONNECTIONS = 2048;
/** BMCs behind one router share theirs until they request a view by its token. */
export const MAX_CONNECTIONS_PER_ADDRESS = 256;
/** A client sends its request as soon as it is connected; one that waits may be between two requests. */
const GIVE_WAY_AFTER_MS = 1000;
/** For an address that sent far more requests than it waited for. */
export const CLOSED_FOR_MS = 10_000;
/** What a client gets to take a last response and close. */
export const LAST_WORD_MS = 1000;

export interface ConnectionDeps {
  readonly boot: Pick<BootService, 'identifyAddress'>;
  readonly limits: Limits;
  readonly clock: Clock;
}

/** The connections of one server: who may have one, and which is ended for another one. */
export class Connections {
  readonly #deps: ConnectionDeps;
  readonly #admission = new Admission<string>({
    places: MAX_CONNECTIONS,
    perAddress: MAX_CONNECTIONS_PER_ADDRESS,
    giveWayAfterMs: GIVE_WAY_AFTER_MS,
  });
  readonly #sockets = new Map<string, Socket>();
  readonly #proven = new Set<string>();
  /** Until when no connection of an address is taken; in ms of the monotonic clock. */
  readonly #closedUntil = new Map<string, number>();

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  /** A new connection; over TLS, before its handshake. It is ended where there is no place for it. */
  opened(socket: Socket, isTls: boolean): void {
    const key = keyOf(socket);
    const address = addressOf(socket);
    if (this.#isClosedTo(address)) {
      this.#deps.limits.limited('http-connections', address);
      socket.destroy();
      return;
    }
    const entry = this.#admission.enter(key, address, this.#isKnown(address), this.#deps.clock.monotonic());
    if (entry.kind === 'refused') {
      this.#deps.limits.limited('http-connections', address);
      // TLS has no words for this before the handshake.
      if (isTls) socket.destroy();
      else endSoon(socket, rawRefusal.busy);
      return;
    }
    this.#sockets.set(key, socket);
    socket.once('close', () => {
      this.#admission.leave(key);
      this.#sockets.delete(key);
      this.#proven.delete(key);
    });
    if (entry.gaveWay !== undefined) this.#giveWay(entry.gaveWay);
  }

  /** A request has arrived; until its response is over (`waits`), its connection does not give way to strangers. */
  works(key: string): void {
    this.#admission.moved(key, this.#deps.clock.monotonic());
  }

  /** The connection waits for its client again. */
  waits(key: string): void {
    this.#admission.waits(key, this.#deps.clock.monotonic());
  }

  /** Its request named a view by its token. */
  proven(key: string): void {
    this.#admission.proven(key);
    if (this.#sockets.has(key)) this.#proven.add(key);
  }

  /**
   * More requests wait on it than a client of any kind sends. Reading 64 KiB of them takes 30 ms, so all connections of its address are ended,
   * except those that showed the token of a view, and further ones are refused for a while.
   */
  tooManyRequests(socket: Socket): void {
    if (socket.destroyed) return;
    const address = addressOf(socket);
    this.#deps.limits.limited('http-connections', address);
    if (this.#closedUntil.size >= MAX_CONNECTIONS) this.#closedUntil.clear();
    this.#closedUntil.set(address, this.#deps.clock.monotonic() + CLOSED_FOR_MS);
    for (const [key, other] of this.#sockets) if (addressOf(other) === address && !this.#proven.has(key)) other.destroy();
    socket.destroy();
  }

  #isClosedTo(address: string): boolean {
    const until = this.#closedUntil.get(address);
    if (until === undefined) return false;
    if (this.#deps.clock.monotonic() < until) return true;
    this.#closedUntil.delete(address);
    return false;
  }

  #giveWay(key: string): void {
    const socket = this.#sockets.get(key);
    this.#sockets.delete(key);
    if (!socket) return;
    this.#deps.limits.limited('http-connections', addressOf(socket));
    socket.destroy();
  }

  /** A database that cannot be read must not close HTTP. */
  #isKnown(address: string): boolean {
    try {
      return this.#deps.boot.identifyAddress(address).kind === 'host';
    } catch {
      return false;
    }
  }
}

/** A last response, and the end of the connection also where the client leaves its side open. */
export function endSoon(socket: Socket, response: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(response);
  const timer = setTimeout(() => socket.destroy(), LAST_WORD_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** IPv4 clients of a dual-stack socket appear as ::ffff:192.0.2.1. */
export function addressOf({ remoteAddress }: Pick<Socket, 'remoteAddress'>): string {
  return (remoteAddress ?? '').replace(/^::ffff:/i, '');
}

/** What a connection is known by here; the same for a TLS socket and the one under it. */
export function keyOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${remotePort ?? 0}`;
}
