import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Requests of one connection that wait for the responses before theirs. APT sends 10 ahead; firmware and BMCs send none. */
export const MAX_PIPELINED = 16;

/**
 * Requests that a client sends without waiting for the responses (RFC 9112 §9.3.2) are answered one after another. Node starts all of them at once,
 * so that 64 KiB of short requests would open 1,500 files.
 */
export class RequestTurns {
  readonly #waiting = new WeakMap<Socket, (() => void)[]>();

  /**
   * Calls `start` when the responses before this one are over; never when the connection has ended by then. False: too many wait, and the
   * connection is to be ended.
   */
  take(socket: Socket, response: ServerResponse, start: () => void): boolean {
    if (socket.destroyed) return true;
    const begin = (): void => {
      response.once('close', () => this.#next(socket));
      start();
    };
    const waiting = this.#waiting.get(socket);
    if (!waiting) {
      this.#waiting.set(socket, []);
      begin();
      return true;
    }
    if (waiting.length >= MAX_PIPELINED) return false;
    waiting.push(begin);
    return true;
  }

  #next(socket: Socket): void {
    const start = socket.destroyed ? undefined : this.#waiting.get(socket)?.shift();
    if (start) start();
    else this.#waiting.delete(socket);
  }
}
