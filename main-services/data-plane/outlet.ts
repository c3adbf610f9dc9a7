import type { Socket } from 'node:net';
import type { DataPlane, Delivery } from './data-plane.ts';
import { copyNow, descriptorOf, write } from './socket-writes.ts';
import { Stream } from './stream.ts';

/** Answers of up to this many bytes are copied behind their head and sent by one call. */
const ONE_CALL_BYTES = 64 * 1024;
const MAX_HEAD_BYTES = 4096;

/** Memory for the answers that are sent by one call, which is over before the next one begins. */
const scratch = Buffer.allocUnsafeSlow(MAX_HEAD_BYTES + ONE_CALL_BYTES);

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

  /**
   * Sends a delivery. undefined: the system has taken all of it already. Rejects where the source cannot be read (before `began` was called:
   * nothing has been sent), or the connection ends.
   */
  deliver(delivery: Delivery): Promise<void> | undefined {
    const left = this.#sendAtOnce(delivery);
    if (left === undefined) return new Stream(this.#socket, this.#fd, this.#plane, delivery).run();
    const { first, length, sent } = delivery;
    if (left.length > 0) return write(this.#socket, left).then(() => sent?.(first, length));
    sent?.(first, length);
    return undefined;
  }

  /** What is left of a small delivery after one call; undefined where nothing of it could be sent so. */
  #sendAtOnce({ head, source, first, length, began }: Delivery): Uint8Array | undefined {
    const { direct } = this.#plane;
    const fd = this.#fd;
    if (!direct || fd === undefined || length > ONE_CALL_BYTES || head.length > MAX_HEAD_BYTES) return undefined;
    if (length === 0 || this.#socket.writableLength > 0 || this.#socket.destroyed) return undefined;
    const places = source.placesNow?.(first, length);
    const bodyAt = scratch.write(head, 'latin1');
    const answer = scratch.subarray(0, bodyAt + length);
    if (!places || !copyNow(direct.cache, places, answer.subarray(bodyAt))) return undefined;
    began?.();
    const sent = direct.sends.send(fd, answer, false);
    if (sent === 'gone') this.#socket.destroy();
    // A copy: the next answer uses the same memory.
    return sent === answer.length ? NOTHING : Buffer.from(answer.subarray(typeof sent === 'number' ? sent : 0));
  }
}

const NOTHING = new Uint8Array();
