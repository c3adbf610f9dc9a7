import type dgram from 'node:dgram';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { ByteSource } from './byte-source.ts';
import { decode, encodeDataHeader, encodeError, encodeOack, ERROR_CODE } from './codec.ts';
import type { Negotiated } from './negotiate.ts';
import { ReadAhead } from './read-ahead.ts';
import {
  blockRange,
  startTransfer,
  stepTransfer,
  type Step,
  type TransferEvent,
  type TransferOutcome,
  type TransferState,
} from './transfer.ts';

export interface Peer {
  readonly ip: string;
  readonly port: number;
}

/** How a transfer ended: as the machine says, or because the file or the appliance did. */
export type SessionEnd =
  | TransferOutcome
  | { kind: 'unreadable'; message: string }
  | { kind: 'stopped'; message: string }
  /** The client began anew from the same port. It hears nothing: it would take our ERROR for the answer to its new request. */
  | { kind: 'replaced' };

export interface SessionOptions {
  /** Bound to a port of its own: our transfer identifier. The session closes it. */
  readonly socket: dgram.Socket;
  readonly peer: Peer;
  /** The session closes it. */
  readonly source: ByteSource;
  readonly agreed: Negotiated;
  readonly clock: Clock;
  readonly log: Log;
  /** The client agreed to the options, or had none. */
  readonly onStarted: () => void;
  /** Bytes that the client has acknowledged. */
  readonly onProgress: (bytes: number) => void;
  readonly onEnd: (end: SessionEnd) => void;
}

/** Drives one transfer: feeds the machine with packets and time, and sends what it says. */
export class Session {
  readonly #options: SessionOptions;
  readonly #bytes: ReadAhead;
  #state: TransferState;
  /** Which sending is the current one; an older one that waits for the disk gives up. */
  #turn = 0;
  #begun = false;
  #deadline = 0;
  #timer: { due: number; cancel: () => void } | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    const { socket, source, agreed, clock } = options;
    this.#options = options;
    this.#bytes = new ReadAhead(source, agreed.blksize * agreed.windowsize);
    const { blksize, windowsize, timeout } = agreed;
    const plan = {
      size: source.size,
      blksize,
      windowsize,
      oack: agreed.accepted.length > 0,
      ...(timeout === undefined ? {} : { timeout }),
    };
    const first = startTransfer(plan, clock.now());
    this.#state = first.state;
    socket.on('message', (bytes, from) => {
      this.#guard(() => this.#receive(bytes, { ip: from.address, port: from.port }));
    });
    // A packet that could not be sent is a lost packet: the timer repeats it.
    socket.on('error', (error) => options.log.debug({ error, peer: options.peer }, 'TFTP packet could not be sent'));
    this.#guard(() => this.#apply(first));
  }

  /** When the client was last heard to make progress, in milliseconds. */
  get progressAt(): number {
    return this.#state.progressAt;
  }

  /** Ends the transfer from our side. */
  stop(end: SessionEnd & { kind: 'stopped' | 'replaced' }): Promise<void> {
    return this.#end(end);
  }

  /** Nothing that a packet causes may leave the socket's callback. */
  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.log.error({ error, peer: this.#options.peer }, 'TFTP transfer failed');
      void this.#end({ kind: 'unreadable', message: asBootbenchError(error).message });
    }
  }

  #receive(bytes: Uint8Array, from: Peer): void {
    const packet = decode(bytes);
    if (from.ip !== this.#options.peer.ip || from.port !== this.#options.peer.port) {
      // RFC 1350 §4: a stranger is told so and the transfer goes on. An ERROR is never answered by an ERROR.
      if (packet.kind !== 'error') this.#send([encodeError(ERROR_CODE.unknownTid, 'This transfer belongs to another client.')], from);
      return;
    }
    if (packet.kind === 'ack' || packet.kind === 'error') this.#event(packet);
  }

  #event(event: TransferEvent): void {
    const step = stepTransfer(this.#state, event, this.#options.clock.now());
    const acked = step.state.acked;
    if (acked !== this.#state.acked) this.#options.onProgress(Math.min(acked * this.#options.agreed.blksize, this.#options.source.size));
    this.#apply(step);
  }

  #apply({ state, action }: Step): void {
    this.#state = state;
    switch (action.kind) {
      case 'oack':
        this.#send([encodeOack(this.#options.agreed.accepted)], this.#options.peer);
        {
          this.#arm();
          return;
        }
      case 'data':
        this.#begin();
        this.#sendBlocks(++this.#turn, action.first, action.last);
        {
          this.#arm();
          return;
        }
      case 'over':
        void this.#end(action.outcome);
        return;
      case 'nothing':
        return;
    }
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#options.onStarted();
  }

  #sendBlocks(turn: number, first: number, last: number): void {
    for (let block = first; block <= last; block++) {
      const { offset, length } = blockRange(this.#state.plan, block);
      const pieces = this.#bytes.peek(offset, length);
      if (!pieces) {
        this.#sendWhenRead(turn, block, last);
        return;
      }
      this.#send([encodeDataHeader(block), ...pieces], this.#options.peer);
    }
  }

  #sendWhenRead(turn: number, block: number, last: number): void {
    const { offset, length } = blockRange(this.#state.plan, block);
    this.#bytes.load(offset, length).then(
      () => {
        if (turn === this.#turn) this.#guard(() => this.#sendBlocks(turn, block, last));
      },
      (error: unknown) => {
        if (turn === this.#turn) void this.#end({ kind: 'unreadable', message: asBootbenchError(error).message });
      },
    );
  }

  #send(parts: Uint8Array[], to: Peer): void {
    if (!this.#closed) this.#options.socket.send(parts, to.port, to.ip);
  }

  /** One timer is kept and looked at when it rings: setting one per packet would cost more than the packet. */
  #arm(): void {
    this.#deadline = this.#options.clock.now() + this.#state.wait;
    if (this.#timer && this.#timer.due > this.#deadline) this.#disarm();
    if (!this.#timer) this.#ringAfter(this.#state.wait);
  }

  #ringAfter(ms: number): void {
    const { clock } = this.#options;
    this.#timer = { due: clock.now() + ms, cancel: clock.after(ms, () => this.#guard(() => this.#ring())) };
  }

  #ring(): void {
    this.#timer = undefined;
    if (this.#closed) return;
    const left = this.#deadline - this.#options.clock.now();
    if (left > 0) this.#ringAfter(left);
    else this.#event({ kind: 'timeout' });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #end(end: SessionEnd): Promise<void> {
    if (this.#closed) return this.#closed;
    const farewell = farewellOf(end);
    this.#turn++;
    this.#disarm();
    this.#bytes.stop();
    this.#closed = Promise.all([closeSocket(this.#options.socket, farewell, this.#options.peer), this.#closeSource()]).then(
      () => undefined,
    );
    this.#options.onEnd(end);
    return this.#closed;
  }

  async #closeSource(): Promise<void> {
    await this.#options.source.close().catch((error: unknown) => {
      this.#options.log.warn({ error }, 'a boot file could not be closed');
    });
  }
}

/** The ERROR that the client gets at the end, so that its screen says why. */
function farewellOf(end: SessionEnd): Uint8Array | undefined {
  switch (end.kind) {
    case 'completed':
    case 'probed':
    case 'client-error':
    case 'replaced':
    case 'unconfirmed':
      return undefined;
    case 'silent':
      return encodeError(ERROR_CODE.other, 'Your acknowledgements do not arrive.');
    case 'unreadable':
    case 'stopped':
      return encodeError(ERROR_CODE.other, end.message);
  }
}

function closeSocket(socket: dgram.Socket, farewell: Uint8Array | undefined, peer: Peer): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
    if (farewell) socket.send(farewell, peer.port, peer.ip, () => socket.close());
    else socket.close();
  });
}
