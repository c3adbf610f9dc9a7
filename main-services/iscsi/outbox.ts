import type { Socket } from 'node:net';
import type { SentSource } from '../data-plane/data-plane.ts';
import type { Outlet } from '../data-plane/outlet.ts';
import type { Extent } from '../iso/source/overlay.ts';

/** Bytes that wait for the socket; with more, senders wait. */
const ROOM_BYTES = 1_048_576;
/** What is written at once is copied into one buffer up to this size: shorter than one write for each piece. */
const JOINED_BYTES = 32_768;

/** PDUs in memory, or one whose data the outlet sends from the medium. */
type Waiting = {
  readonly length: number;
  readonly taken: (() => void) | undefined;
} & ({ readonly pieces: readonly Uint8Array[] } | { readonly head: string; readonly source: SentSource; readonly range: Extent });

/**
 * What a connection sends, in order. PDUs of one turn of the event loop go out in one write. Memory is bounded by what senders hand over before
 * they wait.
 */
export class Outbox {
  readonly #socket: Socket;
  readonly #outlet: Outlet | undefined;
  readonly #progress: () => void;
  #waiting: Waiting[] = [];
  #length = 0;
  #isScheduled = false;
  /** The outlet waits for the network; everything else waits for the outlet. */
  #isDelivering = false;
  #isEnded = false;
  #room: PromiseWithResolvers<undefined> | undefined;

  /** `progress`: called when the network took something. */
  constructor(socket: Socket, outlet: Outlet | undefined, progress: () => void) {
    this.#socket = socket;
    this.#outlet = outlet;
    this.#progress = progress;
    socket.on('close', () => this.#room?.reject(new Error('the connection is closed')));
  }

  /** Bytes that were not handed to the network yet. */
  get unsent(): number {
    return this.#length + this.#socket.writableLength;
  }

  /** A promise where there is no more room. `taken`: the network took these pieces. */
  push(pieces: readonly Uint8Array[], taken?: () => void): Promise<void> | undefined {
    return this.#push({ pieces, length: pieces.reduce((sum, { length }) => sum + length, 0), taken });
  }

  /** As `push`, for a head and bytes of a source that are at hand. */
  pushRange(head: readonly Uint8Array[], source: SentSource, range: Extent, taken?: () => void): Promise<void> | undefined {
    const text = head.map((piece) => Buffer.from(piece).toString('latin1')).join('');
    return this.#push({ head: text, source, range, length: text.length + range.length, taken });
  }

  /** Sends what waits, then closes this side of the connection. */
  end(): void {
    this.#isEnded = true;
    this.#flush();
  }

  #push(waiting: Waiting): Promise<void> | undefined {
    this.#waiting.push(waiting);
    this.#length += waiting.length;
    if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(() => this.#flush());
    }
    if (this.unsent <= ROOM_BYTES) return undefined;
    this.#room ??= roomOf();
    return this.#room.promise;
  }

  #flush(): void {
    this.#isScheduled = false;
    while (!this.#isDelivering) {
      const at = this.#waiting.findIndex((waiting) => 'range' in waiting);
      const inMemory = at === -1 ? this.#waiting : this.#waiting.slice(0, at);
      const next = at === -1 ? undefined : this.#waiting[at];
      this.#waiting = at === -1 ? [] : this.#waiting.slice(at + 1);
      this.#write(inMemory);
      if (!next) break;
      this.#deliver(next);
    }
    if (this.#isEnded && !this.#isDelivering && !this.#socket.writableEnded) this.#socket.end();
  }

  #write(waiting: readonly Waiting[]): void {
    const pieces = waiting.flatMap((one) => ('pieces' in one ? one.pieces : []));
    if (pieces.length === 0) return;
    const length = waiting.reduce((sum, one) => sum + one.length, 0);
    this.#length -= length;
    const written = (error?: Error | null): void => {
      if (!error) this.#taken(waiting);
    };
    if (pieces.length > 1 && length <= JOINED_BYTES) {
      this.#socket.write(Buffer.concat(pieces, length), written);
      return;
    }
    this.#socket.cork();
    pieces.forEach((piece, index) => this.#socket.write(piece, index === pieces.length - 1 ? written : undefined));
    this.#socket.uncork();
  }

  #deliver(waiting: Waiting): void {
    if (!this.#outlet || !('range' in waiting)) return;
    const { head, source, range } = waiting;
    const delivering = this.#outlet.deliver({ head, source, first: range.offset, length: range.length });
    const delivered = (): void => {
      this.#length -= waiting.length;
      this.#taken([waiting]);
    };
    if (!delivering) {
      delivered();
      return;
    }
    this.#isDelivering = true;
    delivering.then(
      () => {
        this.#isDelivering = false;
        delivered();
        this.#flush();
      },
      // A part of a PDU cannot be taken back.
      () => this.#socket.destroy(),
    );
  }

  #taken(waiting: readonly Waiting[]): void {
    for (const { taken } of waiting) taken?.();
    this.#progress();
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
