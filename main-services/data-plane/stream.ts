import type { Socket } from 'node:net';
import { Chunks } from './chunks.ts';
import type { DataPlane, Delivery } from './data-plane.ts';
import type { Sending } from './sending.ts';
import { copyNow, write } from './socket-writes.ts';
import { BYTES_PER_TURN } from './turns.ts';

/**
 * One delivery that takes more than one call. In each step the next bytes go directly from their file where they are in the page cache and the
 * socket has room (`Sending.now`); else a few are written the ordinary way, which waits for room (`#writeSmall`), or they are read first
 * (`#writeChunk`).
 */
export class Stream {
  readonly #socket: Socket;
  readonly #plane: DataPlane;
  readonly #delivery: Delivery;
  readonly #sending: Sending;
  readonly #gone = new AbortController();
  readonly #chunks: Chunks;
  /** Sent since the event loop had its last turn. */
  #inTurn = 0;

  constructor(socket: Socket, plane: DataPlane, delivery: Delivery, sending: Sending) {
    this.#socket = socket;
    this.#plane = plane;
    this.#delivery = delivery;
    this.#sending = sending;
    this.#chunks = new Chunks(delivery.source, sending, this.#gone.signal, () => socket.destroy());
  }

  /** Rejects where the source cannot be read, or the connection ends. */
  async run(): Promise<void> {
    const sending = this.#sending;
    const onClose = (): void => this.#gone.abort();
    this.#socket.once('close', onClose);
    if (this.#socket.destroyed) this.#gone.abort();
    let isDelivered = false;
    try {
      while (sending.at < sending.end) await this.#step();
      if (sending.hasHead) await write(this.#socket, sending.takeHead());
      isDelivered = true;
    } finally {
      this.#chunks.end(isDelivered);
      this.#socket.off('close', onClose);
    }
  }

  async #step(): Promise<void> {
    this.#throwIfGone();
    const sent = this.#chunks.hasAhead ? 'not at hand' : this.#sending.now();
    if (typeof sent === 'number') {
      this.#sending.moved(sent);
      this.#inTurn += sent;
      if (this.#inTurn < BYTES_PER_TURN) return;
      await this.#plane.turns.next();
    } else if (sent === 'full') await this.#writeSmall();
    else await this.#writeChunk();
    this.#inTurn = 0;
  }

  /** Also keeps its descriptor, which may be another connection's by now, from being used. */
  #throwIfGone(): void {
    this.#gone.signal.throwIfAborted();
    if (this.#socket.destroyed) throw new Error('the connection has ended');
  }

  /** A few bytes, whose writing waits until the socket has room. */
  async #writeSmall(): Promise<void> {
    if (this.#sending.hasHead) return write(this.#socket, this.#sending.takeHead());
    const { direct } = this.#plane;
    const { at } = this.#sending;
    this.#chunks.skipTo(at);
    const bytes = this.#chunks.smallNow((target) => {
      const places = this.#delivery.source.placesNow?.(at, target.length);
      return places !== undefined && direct !== undefined && copyNow(direct.cache, places, target);
    });
    if (bytes) await this.#write(bytes);
    else await this.#writeChunk();
  }

  /** The next bytes by a read. Nothing is sent before the first bytes are read: a source that fails now still gets an honest status. */
  async #writeChunk(): Promise<void> {
    const { at, end } = this.#sending;
    this.#chunks.skipTo(at);
    const bytes = await this.#chunks.next();
    this.#throwIfGone();
    const next = at + bytes.length;
    if (next < end && !this.#sending.isAtHand(next)) this.#chunks.readAhead();
    await this.#write(bytes);
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { holding } = this.#chunks;
    const parts = this.#sending.hasHead ? [this.#sending.takeHead(), bytes] : [bytes];
    holding.waiting();
    await write(this.#socket, ...parts);
    holding.moved();
    this.#sending.moved(bytes.length);
  }
}
