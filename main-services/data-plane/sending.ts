import type { Socket } from 'node:net';
import type { Place } from '../iso/source/byte-source.ts';
import type { DataPlane, Delivery } from './data-plane.ts';
import { copyNow } from './socket-writes.ts';

/** Bytes that are looked up in the page cache and sent in one step. */
const STEP_BYTES = 256 * 1024;
/** Answers of up to this many bytes are copied behind their head and sent by one call, which costs less than two calls without a copy. */
const COPIED_BYTES = 8 * 1024;
const MAX_HEAD_BYTES = 4096;

/** Memory for what is sent by one call, which is over before the next one begins. */
const scratch = Buffer.allocUnsafeSlow(MAX_HEAD_BYTES + COPIED_BYTES);

/** What the system took, in bytes of the source; `full`: the socket has no room; `not at hand`: the next bytes must be read. */
export type Step = number | 'full' | 'not at hand';

/** How far one delivery is, and the part of it that needs no wait. */
export class Sending {
  readonly end: number;
  /** The next byte of the source. */
  at: number;
  readonly #socket: Socket;
  /** Where bytes can be sent directly. */
  readonly #fd: number | undefined;
  readonly #direct: DataPlane['direct'];
  readonly #delivery: Delivery;
  #head: string | Uint8Array;
  #hasBegun = false;

  constructor(socket: Socket, fd: number | undefined, direct: DataPlane['direct'], delivery: Delivery) {
    this.#socket = socket;
    this.#fd = fd;
    this.#direct = direct;
    this.#delivery = delivery;
    this.#head = delivery.head;
    this.at = delivery.first;
    this.end = delivery.first + delivery.length;
  }

  get isOver(): boolean {
    return this.at === this.end && this.#head.length === 0;
  }

  /** The head, or what the system has not taken of it; it is about to be written. */
  takeHead(): Uint8Array {
    const head = typeof this.#head === 'string' ? Buffer.from(this.#head, 'latin1') : this.#head;
    if (head.length > 0) this.#begin();
    this.#head = NOTHING;
    return head;
  }

  get hasHead(): boolean {
    return this.#head.length > 0;
  }

  /** Bytes from `at` on were taken by the system. */
  moved(bytes: number): void {
    this.#delivery.sent?.(this.at, bytes);
    this.at += bytes;
  }

  /** Whether the byte at `at` can be sent directly. */
  isAtHand(at: number): boolean {
    if (!this.#direct || this.#fd === undefined) return false;
    const [place] = this.#delivery.source.placesNow?.(at, 1) ?? [];
    return place !== undefined && ('bytes' in place || this.#direct.cache.has(place.fd, place.offset, 1));
  }

  /** Sends without waiting: head and bytes by one call, or bytes directly from their file. */
  now(): Step {
    const direct = this.#direct;
    const fd = this.#fd;
    if (!direct || fd === undefined) return 'not at hand';
    if (this.#socket.destroyed || this.#socket.writableLength > 0) return 'full';
    const places = this.#delivery.source.placesNow?.(this.at, Math.min(STEP_BYTES, this.end - this.at));
    if (!places || this.at === this.end) return 'not at hand';
    if (this.end - this.at <= COPIED_BYTES && fitsScratch(this.#head)) return this.#sendCopied(direct, fd, places, this.#head);
    if (!places.every((place) => 'bytes' in place || direct.cache.has(place.fd, place.offset, place.length))) return 'not at hand';
    if (this.#head.length > 0 && !this.#sendHead(direct, fd)) return 'full';
    return this.#sendPlaces(direct, fd, places);
  }

  #sendCopied(direct: Direct, fd: number, places: readonly Place[], head: string): Step {
    const bodyAt = scratch.write(head, 'latin1');
    const length = bodyAt + this.end - this.at;
    if (!copyNow(direct.cache, places, scratch.subarray(bodyAt, length))) return 'not at hand';
    this.#begin();
    const sent = this.#taken(direct.sends.send(fd, scratch, length, false));
    this.#head = sent < bodyAt ? Buffer.from(scratch.subarray(sent, bodyAt)) : NOTHING;
    return sent > bodyAt ? sent - bodyAt : 'full';
  }

  /** Whether all of the head has been sent. */
  #sendHead(direct: Direct, fd: number): boolean {
    this.#begin();
    const head = fitsScratch(this.#head) ? scratch.subarray(0, scratch.write(this.#head, 'latin1')) : this.takeHead();
    const { length } = head;
    const sent = this.#taken(direct.sends.send(fd, head, length, true));
    this.#head = sent < length ? Buffer.from(head.subarray(sent, length)) : NOTHING;
    return sent === length;
  }

  #sendPlaces(direct: Direct, fd: number, places: readonly Place[]): Step {
    let sent = 0;
    for (const place of places) {
      const length = lengthOf(place);
      const more = this.at + sent + length < this.end;
      const taken =
        'bytes' in place
          ? direct.sends.send(fd, place.bytes, length, more)
          : direct.sends.sendFile(fd, place.fd, place.offset, place.length);
      // A file that was cut: reading tells.
      if (taken === 0) return sent > 0 ? sent : 'not at hand';
      const bytes = this.#taken(taken);
      sent += bytes;
      if (bytes < length) break;
    }
    return sent > 0 ? sent : 'full';
  }

  #taken(sent: number | 'full' | 'gone'): number {
    if (sent === 'gone') this.#socket.destroy();
    return typeof sent === 'number' ? sent : 0;
  }

  /** Before the first byte is sent. */
  #begin(): void {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#delivery.began?.();
  }
}

/** Whether nothing of a head has been sent yet, and there is memory for it. */
function fitsScratch(head: string | Uint8Array): head is string {
  return typeof head === 'string' && head.length <= MAX_HEAD_BYTES;
}

type Direct = NonNullable<DataPlane['direct']>;

const NOTHING = new Uint8Array();

function lengthOf(place: Place): number {
  return 'bytes' in place ? place.bytes.length : place.length;
}
