import { asBootbenchError } from '../../contract/errors.ts';
import type { Clock, Log } from '../../contract/runtime.ts';
import type { PieceSource } from './byte-source.ts';
import type { Channel, Peer } from './channel.ts';
import { DATA_HEADER_BYTES, decode, encodeError, encodeOack, ERROR_CODE, writeDataHeader } from './codec.ts';
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

/** How a transfer ended: by the state machine, or because of the file or the appliance. */
export type SessionEnd =
  | TransferOutcome
  | { kind: 'unreadable'; message: string }
  | { kind: 'stopped'; message: string }
  /** The client restarted from the same port. It gets no ERROR, which it would take for the answer to its new request. */
  | { kind: 'replaced' }
  /** It waited for the client while a newcomer needed its place. It gets no ERROR either, so that it asks again. */
  | { kind: 'gave-way' };

/** Why a transfer ends from our side. */
export type Stop = SessionEnd & { kind: 'unreadable' | 'stopped' | 'replaced' | 'gave-way' };

/** A transfer as the service sees it, wherever it runs. */
export interface RunningSession {
  /** When the client last made progress, in milliseconds. */
  readonly progressAt: number;
  /** The client has not acknowledged anything yet. */
  readonly isUnanswered: boolean;
  /** The client repeated its request. */
  requestedAgain(): void;
  /** Ends the transfer from our side. Resolves once its port and its file are closed. */
  stop(end: Stop): Promise<void>;
}

/** What the service learns from a transfer. */
export interface SessionListener {
  /** The client acknowledged the first packet: it exists, and reads. */
  readonly onStarted: () => void;
  /** Bytes that the client has acknowledged. */
  readonly onProgress: (bytes: number) => void;
  readonly onEnd: (end: SessionEnd) => void;
}

export interface SessionOptions extends SessionListener {
  /** On a port of its own, the server's transfer identifier. The session closes it. */
  readonly channel: Channel;
  readonly peer: Peer;
  /** The session closes it. */
  readonly source: PieceSource;
  readonly agreed: Negotiated;
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly log: Log;
}

/** Drives one transfer: feeds the state machine with packets and time, and sends what it decides. */
export class Session implements RunningSession {
  readonly #options: SessionOptions;
  readonly #bytes: ReadAhead;
  #state: TransferState;
  /** Counts the windows that were sent; an older one that still waits for the disk is dropped. */
  #window = 0;
  /** What the system had no room for. */
  #unsent: { readonly window: number; readonly first: number; readonly last: number } | undefined;
  #started = false;
  #deadline = 0;
  #timer: { due: number; cancel: () => void } | undefined;
  #closed: Promise<void> | undefined;

  constructor(options: SessionOptions) {
    const { channel, source, agreed, clock } = options;
    this.#options = options;
    this.#bytes = new ReadAhead(source, 'first block only');
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
    channel.listen({
      packet: (bytes, stranger) => this.#guard(() => this.#receive(bytes, stranger)),
      writable: () => this.#guard(() => this.#sendRest()),
    });
    this.#guard(() => this.#apply(first));
  }

  get progressAt(): number {
    return this.#state.progressAt;
  }

  get isUnanswered(): boolean {
    return isUnanswered(this.#state);
  }

  requestedAgain(): void {
    this.#guard(() => this.#event({ kind: 'requested-again' }));
  }

  stop(end: Stop): Promise<void> {
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

  #receive(bytes: Uint8Array, stranger: Peer | undefined): void {
    const packet = decode(bytes);
    if (stranger) {
      // RFC 1350 §4: another sender gets an ERROR, and the transfer continues. An ERROR is never answered by an ERROR.
      if (packet.kind !== 'error') this.#options.channel.send(encodeError(ERROR_CODE.unknownTid, OTHER_CLIENT), stranger);
      return;
    }
    if (packet.kind === 'ack' || packet.kind === 'error') this.#event(packet);
  }

  #event(event: TransferEvent): void {
    if (this.#closed) return;
    const step = stepTransfer(this.#state, event, this.#options.clock.monotonic());
    if (event.kind === 'ack' && step.state !== this.#state) this.#reportStart();
    const acked = step.state.acked;
    if (acked !== this.#state.acked) this.#progress(acked);
    this.#apply(step);
  }

  #apply({ state, action }: Step): void {
    this.#state = state;
    switch (action.kind) {
      case 'oack':
        this.#options.channel.send(encodeOack(this.#options.agreed.accepted));
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

  #progress(acked: number): void {
    const bytes = Math.min(acked * this.#options.agreed.blksize, this.#options.source.size);
    this.#bytes.forget(bytes);
    this.#options.onProgress(bytes);
  }

  #sendBlocks(window: number, first: number, last: number): void {
    const { channel } = this.#options;
    for (let block = first; block <= last; block++) {
      const { offset, length } = blockRange(this.#state.plan, block);
      const { bytes, start } = channel.room(DATA_HEADER_BYTES + length);
      if (!this.#bytes.copy(offset, length, bytes, start + DATA_HEADER_BYTES)) {
        if (this.#flush(window, block - 1, last)) this.#sendWhenRead(window, block, last);
        return;
      }
      writeDataHeader(bytes, start, block);
      channel.commit();
    }
    this.#flush(window, last, last);
  }

  /** `block`: the last one that was committed, of a window to `last`. False where the rest waits until the system has room. */
  #flush(window: number, block: number, last: number): boolean {
    const unsent = this.#options.channel.flush();
    if (unsent === 0) return true;
    this.#unsent = { window, first: block - unsent + 1, last };
    return false;
  }

  #sendRest(): void {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent?.window === this.#window) this.#sendBlocks(unsent.window, unsent.first, unsent.last);
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
    this.#closed = Promise.all([this.#options.channel.close(error), this.#closeSource()]).then(() => undefined);
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
