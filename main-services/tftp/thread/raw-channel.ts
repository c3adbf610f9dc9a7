import { constants } from 'node:os';
import type { Channel, ChannelListener, PacketRoom, Peer } from '../channel.ts';
import { DATA_HEADER_BYTES } from '../codec.ts';
import { asBuffer } from '../../../util/text.ts';
import { SOCKADDR_BYTES, type Calls } from './calls.ts';
import type { EpollLoop } from './loop.ts';
import { outsideHeap } from './message-headers.ts';
import { WindowBuffer } from './window-buffer.ts';

/** An ACK has 4 bytes, an ERROR a short sentence; what is longer is cut. */
const MAX_RECEIVED_BYTES = 2048;
const ACK_BYTES = 4;
/** An OACK or ERROR, which is shorter, must not be cut into segments. */
const MIN_SEGMENT_BYTES = 512;

/** What all channels of a thread share: each is done with the buffers when it returns. */
export class SharedBuffers {
  readonly window: WindowBuffer;
  readonly received = outsideHeap(MAX_RECEIVED_BYTES);
  readonly receivedAddress: number;
  /** Nearly every packet is one, and a view costs as much as a small system call. */
  readonly #ack = this.received.subarray(0, ACK_BYTES);

  constructor(calls: Calls) {
    this.window = new WindowBuffer(calls);
    this.receivedAddress = calls.addressOf(this.received);
  }

  packet(length: number): Uint8Array {
    return length === ACK_BYTES ? this.#ack : this.received.subarray(0, length);
  }
}

export interface RawChannelOptions {
  /** `PeerSockets` of network/. */
  readonly fd: number;
  readonly strangers: number | undefined;
  readonly blksize: number;
}

/** A transfer over descriptors that their owner opened and closes. The channel only takes them out of the loop. */
export class RawChannel implements Channel {
  readonly #calls: Calls;
  readonly #loop: EpollLoop;
  readonly #shared: SharedBuffers;
  readonly #fd: number;
  readonly #strangers: number | undefined;
  readonly #blksize: number;
  #listener: ChannelListener | undefined;
  #canWait = false;
  #takesSegments = false;
  #isWaitingForRoom = false;
  #isClosed = false;

  constructor(calls: Calls, loop: EpollLoop, shared: SharedBuffers, { fd, strangers, blksize }: RawChannelOptions) {
    this.#calls = calls;
    this.#loop = loop;
    this.#shared = shared;
    this.#fd = fd;
    this.#strangers = strangers;
    this.#blksize = blksize;
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener;
    this.#canWait = this.#calls.allowWaiting(this.#fd);
    this.#takesSegments = this.#blksize >= MIN_SEGMENT_BYTES && this.#calls.allowSegments(this.#fd, DATA_HEADER_BYTES + this.#blksize);
    this.#loop.add(this.#fd, { readable: (isWaiting) => this.#read(isWaiting), writable: () => this.#writable() });
    if (this.#strangers === undefined) return;
    this.#loop.addRare(this.#strangers, { readable: () => this.#readStranger(this.#strangers ?? -1), writable: () => undefined });
  }

  room(length: number): PacketRoom {
    return this.#shared.window.room(length);
  }

  commit(): void {
    this.#shared.window.commit();
  }

  flush(): number {
    const { window } = this.#shared;
    const { count } = window;
    const sent = this.#sendWindow(window);
    window.clear();
    // Any other failure (no route, a firewall) loses the packets, and the timer repeats them. It shows only when not even the first one is sent.
    if (sent === count || (sent === 0 && !this.#isFull())) return 0;
    this.#isWaitingForRoom = true;
    this.#loop.watchRoom(this.#fd, true);
    return count - sent;
  }

  send(bytes: Uint8Array, to?: Peer): void {
    if (!to) this.#calls.sendBytes(this.#fd, asBuffer(bytes));
    else if (this.#strangers !== undefined) this.#calls.sendBytes(this.#strangers, asBuffer(bytes), sockaddr(to));
  }

  close(last: Uint8Array | undefined): Promise<void> {
    if (!this.#isClosed && last) this.send(last);
    this.#isClosed = true;
    this.#loop.remove(this.#fd);
    if (this.#strangers !== undefined) this.#loop.remove(this.#strangers);
    return Promise.resolve();
  }

  /** One packet, so that every transfer gets its turn; epoll reports the next one again. */
  #read(isWaiting: boolean): boolean {
    const { received, receivedAddress } = this.#shared;
    const length = this.#calls.receive(this.#fd, receivedAddress, received.length, isWaiting && this.#canWait);
    if (length < 0) return false;
    this.#listener?.packet(this.#shared.packet(length), undefined);
    return true;
  }

  #readStranger(fd: number): boolean {
    const from = Buffer.alloc(SOCKADDR_BYTES);
    const length = this.#calls.receiveFrom(fd, this.#shared.received, from);
    if (length >= 0) this.#listener?.packet(this.#shared.packet(length), peerOf(from));
    return length >= 0;
  }

  #sendWindow(window: WindowBuffer): number {
    if (!this.#takesSegments || window.count < 2) return window.send(this.#fd);
    const sent = window.sendAsOne(this.#fd);
    if (sent > 0 || this.#isFull()) return sent;
    // The driver or the route cannot do it.
    this.#takesSegments = false;
    return window.send(this.#fd);
  }

  /** The call before failed because the system has no room for packets now. */
  #isFull(): boolean {
    return this.#calls.errno() === constants.errno.EAGAIN;
  }

  #writable(): void {
    if (!this.#isWaitingForRoom) return;
    this.#isWaitingForRoom = false;
    this.#loop.watchRoom(this.#fd, false);
    this.#listener?.writable();
  }
}

/** `struct sockaddr_in` of Linux. */
function sockaddr({ ip, port }: Peer): Buffer {
  return Buffer.from([2, 0, port >> 8, port & 0xff, ...ip.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0]);
}

function peerOf(address: Buffer): Peer {
  return { ip: [...address.subarray(4, 8)].join('.'), port: address.readUInt16BE(2) };
}
