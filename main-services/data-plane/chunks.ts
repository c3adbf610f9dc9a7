import { BootbenchError } from '../../contract/errors.ts';
import { BufferPool } from './buffer-pool.ts';
import type { SentSource } from './data-plane.ts';
import { SendBudget, type Holding } from './send-budget.ts';
import { bytesMissing } from './sentences.ts';

/** One for all connections of the process. */
const budget = new SendBudget();
const pool = new BufferPool();

interface Chunk {
  readonly taken: number;
  readonly bytes: Promise<Uint8Array>;
  readonly buffer: Buffer | undefined;
}

/** The bytes of one answer in pieces, each counted while it is in memory. At most two are: one being sent, one being read. */
export class Chunks {
  readonly holding: Holding;
  readonly #source: SentSource;
  readonly #end: number;
  readonly #signal: AbortSignal;
  #at: number;
  #ahead: Chunk | undefined;
  #sending: Chunk | undefined;

  /** `giveUp`: end the connection, because too many clients have stopped. */
  constructor(source: SentSource, range: { readonly at: number; readonly end: number }, signal: AbortSignal, giveUp: () => void) {
    this.#source = source;
    this.#at = range.at;
    this.#end = range.end;
    this.#signal = signal;
    this.holding = budget.hold(() => this.#dropAhead(), giveUp);
  }

  /** The next piece. The one before has been sent, and its memory is used again. */
  async next(): Promise<Uint8Array> {
    this.#sent();
    const chunk = this.#ahead ?? this.#read(this.holding.take());
    this.#ahead = undefined;
    this.#sending = chunk;
    const bytes = (await chunk?.bytes) ?? new Uint8Array();
    this.#at += bytes.length;
    return bytes;
  }

  /** A small piece, where its bytes are at hand. As for `next`, the one before has been sent. */
  smallNow(fill: (target: Buffer) => boolean): Uint8Array | undefined {
    this.#sent();
    this.#dropAhead();
    const taken = this.holding.take('small') ?? 0;
    const buffer = pool.take(taken);
    this.#sending = { taken, bytes: Promise.resolve(buffer), buffer };
    const target = buffer.subarray(0, Math.min(taken, this.#end - this.#at));
    if (!fill(target)) {
      this.#sent();
      return undefined;
    }
    this.#at += target.length;
    return target;
  }

  /** Reads the next piece while this one is sent, where there is memory for it. */
  readAhead(): void {
    if (this.#at < this.#end && !this.#ahead) this.#ahead = this.#read(this.holding.take('ahead'));
  }

  get hasAhead(): boolean {
    return this.#ahead !== undefined;
  }

  /** The bytes before `at` were sent without this. */
  skipTo(at: number): void {
    this.#sent();
    if (at !== this.#at) this.#dropAhead();
    this.#at = at;
  }

  /** `delivered`: the last piece has been sent. Otherwise the system may still read it. */
  end(delivered: boolean): void {
    if (delivered) this.#sent();
    this.#dropAhead();
    this.holding.end();
  }

  #sent(): void {
    if (!this.#sending) return;
    this.holding.release(this.#sending.taken);
    if (this.#sending.buffer) pool.give(this.#sending.buffer);
    this.#sending = undefined;
  }

  /** The client has stopped: what it would get next is read again when it continues. */
  #dropAhead(): void {
    const dropped = this.#ahead;
    if (!dropped) return;
    this.#ahead = undefined;
    this.holding.release(dropped.taken);
    const { buffer } = dropped;
    if (buffer) void dropped.bytes.finally(() => pool.give(buffer)).catch(() => undefined);
  }

  #read(taken: number | undefined): Chunk | undefined {
    if (taken === undefined) return undefined;
    const length = Math.min(taken, this.#end - this.#at);
    const buffer = this.#source.readInto ? pool.take(taken) : undefined;
    const bytes = buffer ? this.#readInto(buffer.subarray(0, length)) : this.#readExactly(length);
    bytes.catch(() => undefined);
    return { taken, bytes, buffer };
  }

  async #readInto(target: Buffer): Promise<Uint8Array> {
    await this.#source.readInto?.(target, this.#at, this.#signal);
    return target;
  }

  /** Never fewer bytes than announced: a response that merely looks complete is worse than none. */
  async #readExactly(length: number): Promise<Uint8Array> {
    const offset = this.#at;
    const bytes = await this.#source.read(offset, length, this.#signal);
    if (bytes.length !== length) throw new BootbenchError('E_INTERNAL', bytesMissing(bytes.length, length, offset));
    return bytes;
  }
}
