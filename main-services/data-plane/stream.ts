import type { Socket } from 'node:net';
import type { Place } from '../iso/source/byte-source.ts';
import { Chunks } from './chunks.ts';
import type { DataPlane, Delivery } from './data-plane.ts';
import type { DirectSend } from './direct-send.ts';
import { copyNow, write } from './socket-writes.ts';
import { BYTES_PER_TURN } from './turns.ts';

/** Bytes that are looked up in the page cache and sent in one step. */
const STEP_BYTES = 256 * 1024;

/**
 * One delivery that takes more than one call. In each step the next bytes go directly from their file where they are in the page cache and the
 * socket has room (`#sendNow`); else a few are written the ordinary way, which waits for room (`#writeSmall`), or they are read first (`#writeChunk`).
 */
export class Stream {
  readonly #socket: Socket;
  /** Where bytes can be sent directly. */
  readonly #fd: number | undefined;
  readonly #plane: DataPlane;
  readonly #delivery: Delivery;
  readonly #end: number;
  readonly #gone = new AbortController();
  readonly #chunks: Chunks;
  #hasBegun = false;
  #head: Uint8Array;
  #at: number;
  /** Sent since the event loop had its last turn. */
  #inTurn = 0;

  constructor(socket: Socket, fd: number | undefined, plane: DataPlane, delivery: Delivery) {
    const { head, source, first, length } = delivery;
    this.#socket = socket;
    this.#fd = fd;
    this.#plane = plane;
    this.#delivery = delivery;
    this.#head = Buffer.from(head, 'latin1');
    this.#at = first;
    this.#end = first + length;
    this.#chunks = new Chunks(source, { at: first, end: this.#end }, this.#gone.signal, () => socket.destroy());
  }

  /** Rejects where the source cannot be read, or the connection ends. */
  async run(): Promise<void> {
    const onClose = (): void => this.#gone.abort();
    this.#socket.once('close', onClose);
    if (this.#socket.destroyed) this.#gone.abort();
    let isDelivered = false;
    try {
      if (this.#at === this.#end) await this.#writeHead();
      while (this.#at < this.#end) await this.#step();
      isDelivered = true;
    } finally {
      this.#chunks.end(isDelivered);
      this.#socket.off('close', onClose);
    }
  }

  async #step(): Promise<void> {
    this.#throwIfGone();
    const sent = this.#chunks.hasAhead ? 'not at hand' : this.#sendNow();
    if (typeof sent === 'number') {
      this.#moved(sent);
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

  /** Sends without waiting, and says how much; `full`: the socket has no room; `not at hand`: the next bytes must be read. */
  #sendNow(): number | 'full' | 'not at hand' {
    const { direct } = this.#plane;
    const fd = this.#fd;
    if (!direct || fd === undefined) return 'not at hand';
    if (this.#socket.writableLength > 0) return 'full';
    const places = this.#placesAtHand();
    if (!places) return 'not at hand';
    if (this.#head.length > 0 && !this.#sendHead(fd, direct.sends)) return 'full';
    let sent = 0;
    for (const place of places) {
      const length = lengthOf(place);
      const more = this.#at + sent + length < this.#end;
      const taken =
        'bytes' in place ? direct.sends.send(fd, place.bytes, more) : direct.sends.sendFile(fd, place.fd, place.offset, place.length);
      if (taken === 'gone') this.#socket.destroy();
      // A file that was cut: reading tells.
      if (taken === 0) return sent > 0 ? sent : 'not at hand';
      if (typeof taken !== 'number') return sent > 0 ? sent : 'full';
      sent += taken;
      if (taken < length) break;
    }
    return sent;
  }

  /** The next bytes, where sending them does not wait for a disk. */
  #placesAtHand(): readonly Place[] | undefined {
    const { source } = this.#delivery;
    const places = source.placesNow?.(this.#at, Math.min(STEP_BYTES, this.#end - this.#at));
    return places?.every((place) => 'bytes' in place || this.#plane.direct?.cache.has(place.fd, place.offset, place.length))
      ? places
      : undefined;
  }

  /** Whether all of the head has been sent. */
  #sendHead(fd: number, sends: DirectSend): boolean {
    this.#begin();
    const taken = sends.send(fd, this.#head, true);
    if (taken === 'gone') this.#socket.destroy();
    if (typeof taken === 'number') this.#head = this.#head.subarray(taken);
    return this.#head.length === 0;
  }

  /** A few bytes, whose writing waits until the socket has room. */
  async #writeSmall(): Promise<void> {
    if (this.#head.length > 0) return this.#writeHead();
    const { direct } = this.#plane;
    this.#chunks.skipTo(this.#at);
    const bytes = this.#chunks.smallNow((target) => {
      const places = this.#delivery.source.placesNow?.(this.#at, target.length);
      return places !== undefined && direct !== undefined && copyNow(direct.cache, places, target);
    });
    if (bytes) await this.#write(bytes);
    else await this.#writeChunk();
  }

  /** The next bytes by a read. Nothing is sent before the first bytes are read: a source that fails now still gets an honest status. */
  async #writeChunk(): Promise<void> {
    this.#chunks.skipTo(this.#at);
    const bytes = await this.#chunks.next();
    this.#throwIfGone();
    if (this.#at + bytes.length < this.#end && !this.#isAtHand(this.#at + bytes.length)) this.#chunks.readAhead();
    await this.#write(bytes);
  }

  /** Whether the byte at `at` can be sent directly. */
  #isAtHand(at: number): boolean {
    const { direct } = this.#plane;
    if (!direct || this.#fd === undefined) return false;
    const [place] = this.#delivery.source.placesNow?.(at, 1) ?? [];
    return place !== undefined && ('bytes' in place || direct.cache.has(place.fd, place.offset, 1));
  }

  async #write(bytes: Uint8Array): Promise<void> {
    const { holding } = this.#chunks;
    const parts = this.#head.length > 0 ? [this.#head, bytes] : [bytes];
    if (this.#head.length > 0) this.#begin();
    holding.waiting();
    await write(this.#socket, ...parts);
    holding.moved();
    this.#head = NOTHING;
    this.#moved(bytes.length);
  }

  /** The head, or what is left of it. */
  async #writeHead(): Promise<void> {
    this.#begin();
    await write(this.#socket, this.#head);
    this.#head = NOTHING;
  }

  #moved(bytes: number): void {
    this.#delivery.sent?.(this.#at, bytes);
    this.#at += bytes;
  }

  /** Before the first byte is sent. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#delivery.began?.();
  }
}

const NOTHING = new Uint8Array();

function lengthOf(place: Place): number {
  return 'bytes' in place ? place.bytes.length : place.length;
}
