import type { Socket } from 'node:net';

/** Bytes that wait for the socket; with more, senders wait. */
const ROOM_BYTES = 1_048_576;
/** What is written at once is copied into one buffer up to this size: shorter than one write for each piece. */
const JOINED_BYTES = 32_768;

/**
 * What a connection sends. PDUs of one turn of the event loop go out in one write. Memory is bounded by what senders hand over before they
 * wait.
 */
export class Outbox {
  readonly #socket: Socket;
  #pieces: Uint8Array[] = [];
  #taken: (() => void)[] = [];
  #length = 0;
  #isScheduled = false;
  #room: PromiseWithResolvers<undefined> | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('close', () => this.#room?.reject(new Error('the connection is closed')));
  }

  /** Bytes that were not handed to the network yet. */
  get unsent(): number {
    return this.#length + this.#socket.writableLength;
  }

  /** A promise where there is no more room. `taken`: the network took these pieces. */
  push(pieces: readonly Uint8Array[], taken?: () => void): Promise<void> | undefined {
    for (const piece of pieces) {
      this.#pieces.push(piece);
      this.#length += piece.length;
    }
    if (taken) this.#taken.push(taken);
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.flush());
    }
    if (this.unsent <= ROOM_BYTES) return undefined;
    this.#room ??= roomOf();
    return this.#room.promise;
  }

  /** Writes what waits. */
  flush(): void {
    this.#isScheduled = false;
    const [pieces, taken, length] = [this.#pieces, this.#taken, this.#length];
    if (pieces.length === 0) return;
    this.#pieces = [];
    this.#taken = [];
    this.#length = 0;
    const written = (error?: Error | null): void => this.#written(taken, error);
    if (pieces.length > 1 && length <= JOINED_BYTES) {
      this.#socket.write(Buffer.concat(pieces, length), written);
      return;
    }
    this.#socket.cork();
    pieces.forEach((piece, index) => this.#socket.write(piece, index === pieces.length - 1 ? written : undefined));
    this.#socket.uncork();
  }

  #written(taken: readonly (() => void)[], error: Error | null | undefined): void {
    if (error) return;
    for (const each of taken) each();
    if (!this.#room || this.unsent > ROOM_BYTES / 2) return;
    this.#room.resolve(undefined);
    this.#room = undefined;
  }
}

/** Its rejection is handled also where no caller waits for room. */
function roomOf(): PromiseWithResolvers<undefined> {
  const room = Promise.withResolvers<undefined>();
  room.promise.catch(() => undefined);
  return room;
}
