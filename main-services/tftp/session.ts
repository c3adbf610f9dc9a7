import type dgram from 'node:dgram';
import { asBootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { ByteSource } from './byte-source.ts';
import { decode, encodeDataHeader, encodeError, encodeOack, ERROR_CODE } from './codec.ts';
import type { Negotiated } from './negotiate.ts';
import { ReadAhead } from './read-ahead.ts';
import { NO_ACKNOWLEDGEMENTS, OTHER_CLIENT } from './sentences.ts';
import {
  blockRange,
  isUnanswered,
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

/** How a transfer ended: by the state machine, or because of the file or the appliance. */
export type SessionEnd =
  | TransferOutcome
  | { kind: 'unreadable'; message: string }
  | { kind: 'stopped'; message: string }
  /** The client restarted from the same port. It gets no ERROR, which it would take for the answer to its new request. */
  | { kind: 'replaced' }
  /** It waited for the client while a newcomer needed its place. It gets no ERROR either, so that it asks again. */
  | { kind: 'gave-way' };

export interface SessionOptions {
  /** Bound to a port of its own, the server's transfer identifier. The session closes it. */
  readonly socket: dgram.Socket;
  readonly peer: Peer;
  /** The session closes it. */
  readonly source: ByteSource;
  readonly agreed: Negotiated;
  readonly clock: Clock;
  readonly log: Log;
  /** The client acknowledged the first packet: it exists, and reads. */
  readonly onStarted: () => void;
  /** Bytes that the client has acknowledged. */
  readonly onProgress: (bytes: number) => void;
  readonly onEnd: (end: SessionEnd) => void;
}

/** Drives one transfer: feeds the state machine with packets and time, and sends what it decides. */
export class Session {
  readonly #options: SessionOptions;
  readonly #bytes: ReadAhead;
  #state: TransferState;
  /** Counts the windows that were sent; an older one that still waits for the disk is dropped. */
  #window = 0;
  #started = false;
  #deadline = 0;
  #timer: { due: number; cancel: () => void } | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    const { socket, source, agreed, clock } = options;
    this.#options = options;
    this.#bytes = new ReadAhead(source, agreed.blksize * agreed.windowsize, 'first block only');
    const { blksize, windowsize, timeout } = agreed;
    const plan = {
      size: source.size,
      blksize,
      windowsize,
      oack: agreed.accepted.length > 0,
      ...(timeout === undefined ? {} : { timeout }),
    };
    const first = startTransfer(plan, clock.monotonic());
    this.#state = first.state;
    socket.on('message', (bytes, from) => {
      this.#guard(() => this.#receive(bytes, { ip: from.address, port: from.port }));
    });
    // A packet that could not be sent is a lost packet: the timer repeats it.
    socket.on('error', (error) => options.log.debug({ error, peer: options.peer }, 'TFTP packet could not be sent'));
    this.#guard(() => this.#apply(first));
  }

  /** When the client last made progress, in milliseconds. */
  get progressAt(): number {
    return this.#state.progressAt;
  }

  /** The client has not acknowledged anything yet. */
  get isUnanswered(): boolean {
    return isUnanswered(this.#state);
  }

  /** The client repeated its request. */
  requestedAgain(): void {
    this.#guard(() => this.#event({ kind: 'requested-again' }));
  }

  /** Ends the transfer from our side. */
  stop(end: SessionEnd & { kind: 'stopped' | 'replaced' | 'gave-way' }): Promise<void> {
    return this.#end(end);
  }

  /** No exception may leave the socket's callback. */
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
      // RFC 1350 §4: another sender gets an ERROR, and the transfer continues. An ERROR is never answered by an ERROR.
      if (packet.kind !== 'error') this.#send([encodeError(ERROR_CODE.unknownTid, OTHER_CLIENT)], from);
      return;
    }
    if (packet.kind === 'ack' || packet.kind === 'error') this.#event(packet);
  }

  #event(event: TransferEvent): void {
    const step = stepTransfer(this.#state, event, this.#options.clock.monotonic());
    if (event.kind === 'ack' && step.state !== this.#state) this.#reportStart();
    const acked = step.state.acked;
    if (acked !== this.#state.acked) this.#options.onProgress(Math.min(acked * this.#options.agreed.blksize, this.#options.source.size));
    this.#apply(step);
  }

  #apply({ state, action }: Step): void {
    this.#state = state;
    switch (action.kind) {
      case 'oack':
        this.#send([encodeOack(this.#options.agreed.accepted)], this.#options.peer);
        this.#arm();
        return;
      case 'data':
        this.#sendBlocks(++this.#window, action.first, action.last);
        this.#arm();
        return;
      case 'over':
        void this.#end(action.outcome);
        return;
      case 'nothing':
        return;
    }
  }

  #reportStart(): void {
    if (this.#started) return;
    this.#started = true;
    this.#bytes.begin();
    this.#options.onStarted();
  }

  #sendBlocks(window: number, first: number, last: number): void {
    for (let block = first; block <= last; block++) {
      const { offset, length } = blockRange(this.#state.plan, block);
      const pieces = this.#bytes.peek(offset, length);
      if (!pieces) {
        this.#sendWhenRead(window, block, last);
        return;
      }
      this.#send([encodeDataHeader(block), ...pieces], this.#options.peer);
    }
  }

  #sendWhenRead(window: number, block: number, last: number): void {
    const { offset, length } = blockRange(this.#state.plan, block);
    this.#bytes.load(offset, length).then(
      () => {
        if (window === this.#window) this.#guard(() => this.#sendBlocks(window, block, last));
      },
      (error: unknown) => {
        if (window === this.#window) void this.#end({ kind: 'unreadable', message: asBootbenchError(error).message });
      },
    );
  }

  #send(parts: Uint8Array[], to: Peer): void {
    if (!this.#closed) this.#options.socket.send(parts, to.port, to.ip);
  }

  /** One timer, whose deadline is checked when it fires: setting one per packet would cost more than the packet. */
  #arm(): void {
    this.#deadline = this.#options.clock.monotonic() + this.#state.wait;
    if (this.#timer && this.#timer.due > this.#deadline) this.#disarm();
    if (!this.#timer) this.#fireAfter(this.#state.wait);
  }

  #fireAfter(ms: number): void {
    const { clock } = this.#options;
    this.#timer = { due: clock.monotonic() + ms, cancel: clock.after(ms, () => this.#guard(() => this.#fire())) };
  }

  #fire(): void {
    this.#timer = undefined;
    if (this.#closed) return;
    const left = this.#deadline - this.#options.clock.monotonic();
    if (left > 0) this.#fireAfter(left);
    else this.#event({ kind: 'timeout' });
  }

  #disarm(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #end(end: SessionEnd): Promise<void> {
    if (this.#closed) return this.#closed;
    const error = finalError(end);
    this.#window++;
    this.#disarm();
    this.#bytes.stop();
    this.#closed = Promise.all([closeSocket(this.#options.socket, error, this.#options.peer), this.#closeSource()]).then(() => undefined);
    this.#options.onEnd(end);
    return this.#closed;
  }

  async #closeSource(): Promise<void> {
    await this.#options.source.close().catch((error: unknown) => {
      this.#options.log.warn({ error }, 'A boot file could not be closed');
    });
  }
}

/** The ERROR that the client gets at the end, so that its screen shows the reason. */
function finalError(end: SessionEnd): Uint8Array | undefined {
  switch (end.kind) {
    case 'completed':
    case 'probed':
    case 'client-error':
    case 'replaced':
    case 'gave-way':
    case 'unconfirmed':
      return undefined;
    case 'silent':
      return encodeError(ERROR_CODE.other, NO_ACKNOWLEDGEMENTS);
    case 'unreadable':
    case 'stopped':
      return encodeError(ERROR_CODE.other, end.message);
  }
}

function closeSocket(socket: dgram.Socket, error: Uint8Array | undefined, peer: Peer): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', resolve);
    if (error) socket.send(error, peer.port, peer.ip, () => socket.close());
    else socket.close();
  });
}
