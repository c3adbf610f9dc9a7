import type { PacketRoom } from '../channel.ts';
import { DATA_HEADER_BYTES } from '../codec.ts';
import { MAX_WINDOWSIZE, MAX_WINDOW_BYTES } from '../negotiate.ts';
import type { Calls } from './calls.ts';
import { MessageHeaders, outsideHeap } from './message-headers.ts';

/** The largest window, its headers, and the largest packet, which is a window by itself. */
const BUFFER_BYTES = MAX_WINDOW_BYTES + MAX_WINDOWSIZE * DATA_HEADER_BYTES + 65_536;

/**
 * The packets of one window, one behind the other, and what one send(2) or sendmmsg(2) needs to send them all. One buffer serves
 * all transfers of a thread, because each sends what it has written before another one's turn, at most a window.
 */
export class WindowBuffer {
  readonly #calls: Calls;
  readonly #packets = outsideHeap(BUFFER_BYTES);
  readonly #headers: MessageHeaders;
  readonly #base: number;
  readonly #room = { bytes: this.#packets, start: 0 };
  #roomLength = 0;
  #used = 0;
  #count = 0;

  constructor(calls: Calls) {
    this.#calls = calls;
    this.#base = calls.addressOf(this.#packets);
    this.#headers = new MessageHeaders(calls, MAX_WINDOWSIZE);
  }

  room(length: number): PacketRoom {
    this.#room.start = this.#used;
    this.#roomLength = length;
    return this.#room;
  }

  commit(): void {
    this.#headers.set(this.#count, this.#base + this.#used, this.#roomLength);
    this.#used += this.#roomLength;
    this.#count++;
  }

  get count(): number {
    return this.#count;
  }

  /** Sends all packets. Returns how many were sent; none: `errno` of the calls says why. */
  send(fd: number): number {
    if (this.#count > 1) return Math.max(0, this.#calls.sendMessages(fd, this.#headers.address, this.#count));
    return this.#count === 1 ? this.sendAsOne(fd) : 0;
  }

  /** As `send`, by one send(2), for a socket that takes segments of this length. */
  sendAsOne(fd: number): number {
    return this.#calls.send(fd, this.#base, this.#used) < 0 ? 0 : this.#count;
  }

  clear(): void {
    this.#used = 0;
    this.#count = 0;
  }
}
