import type dgram from 'node:dgram';
import type { Channel, ChannelListener, PacketRoom, Peer } from './channel.ts';

/** A transfer over a socket of Node's, on every system. Node queues what the system has no room for. The channel closes the socket. */
export class DgramChannel implements Channel {
  readonly #socket: dgram.Socket;
  readonly #peer: Peer;
  #packet: Buffer | undefined;

  /** `onError`: a packet could not be sent. */
  constructor(socket: dgram.Socket, peer: Peer, onError: (error: unknown) => void) {
    this.#socket = socket;
    this.#peer = peer;
    socket.on('error', onError);
  }

  listen(listener: ChannelListener): void {
    const { ip, port } = this.#peer;
    this.#socket.on('message', (bytes, from) => {
      const isPeer = from.port === port && from.address === ip;
      listener.packet(bytes, isPeer ? undefined : { ip: from.address, port: from.port });
    });
  }

  room(length: number): PacketRoom {
    // Not reused: the packet may wait in Node's queue.
    this.#packet = Buffer.allocUnsafe(length);
    return { bytes: this.#packet, start: 0 };
  }

  commit(): void {
    if (this.#packet) this.send(this.#packet);
  }

  flush(): number {
    return 0;
  }

  send(bytes: Uint8Array, to: Peer = this.#peer): void {
    this.#socket.send(bytes, to.port, to.ip);
  }

  close(last: Uint8Array | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.once('close', resolve);
      if (last) this.#socket.send(last, this.#peer.port, this.#peer.ip, () => this.#socket.close());
      else this.#socket.close();
    });
  }
}
