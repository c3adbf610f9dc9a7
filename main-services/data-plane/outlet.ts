import type { Socket } from 'node:net';
import type { DataPlane, Delivery, SentSource } from './data-plane.ts';
import { Sending } from './sending.ts';
import { descriptorOf } from './socket-writes.ts';
import { Stream } from './stream.ts';

/** Sends bytes of sources to one connection, one delivery after the other. */
export class Outlet {
  readonly #socket: Socket;
  readonly #plane: DataPlane;
  readonly #fd: number | undefined;

  /** `isPlain`: what is written to the socket is what is sent, so not TLS. */
  constructor(socket: Socket, plane: DataPlane, isPlain: boolean) {
    this.#socket = socket;
    this.#plane = plane;
    this.#fd = plane.direct && isPlain ? descriptorOf(socket) : undefined;
  }

  /** Whether these bytes can be sent directly: nothing has to be read, so nothing can fail. */
  isAtHand(source: SentSource, first: number, length: number): boolean {
    const { direct } = this.#plane;
    if (!direct || this.#fd === undefined) return false;
    const places = source.placesNow?.(first, length);
    return places?.every((place) => 'bytes' in place || direct.cache.has(place.fd, place.offset, place.length)) ?? false;
  }

  /**
   * Sends a delivery. undefined: the system has taken all of it already. Rejects where the source cannot be read (before `began` was called:
   * nothing has been sent), or the connection ends.
   */
  deliver(delivery: Delivery): Promise<void> | undefined {
    const sending = new Sending(this.#socket, this.#fd, this.#plane.direct, delivery);
    const step = sending.now();
    if (typeof step === 'number') sending.moved(step);
    return sending.isOver ? undefined : new Stream(this.#socket, this.#plane, delivery, sending).run();
  }
}
