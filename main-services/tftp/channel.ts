/** A client's address, with which a transfer is identified (RFC 1350 §4). */
export interface Peer {
  readonly ip: string;
  readonly port: number;
}

/** Where the next DATA packet is written. Valid until the next call of the channel. */
export interface PacketRoom {
  readonly bytes: Buffer;
  readonly start: number;
}

export interface ChannelListener {
  /** `stranger`: the sender, where it is not the client. */
  packet(bytes: Uint8Array, stranger: Peer | undefined): void;
  /** The system takes packets again, after `flush` has said that it took not all. */
  writable(): void;
}

/** The packets of one transfer, on a port of its own: how they reach the network differs between systems. */
export interface Channel {
  listen(listener: ChannelListener): void;
  /** Room for a DATA packet of so many bytes. */
  room(length: number): PacketRoom;
  /** The packet in the room is complete. It is sent before `flush` returns, at the latest. */
  commit(): void;
  /** Sends what was committed. Returns how many of these packets, the last ones, the system had no room for. They are lost. */
  flush(): number;
  /** Sends a small packet. */
  send(bytes: Uint8Array, to?: Peer): void;
  /** Resolves once the port is no longer used. `last` is sent before. */
  close(last: Uint8Array | undefined): Promise<void>;
}
