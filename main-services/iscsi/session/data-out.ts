import type { Pdu } from '../wire/pdu.ts';

/** Bytes of one command that the initiator sends: with the command, then as the target asks for them (R2T, RFC 7143 §11.8). */
export class DataOut {
  readonly #immediate: Buffer;
  #wanted:
    { readonly bytes: Buffer; readonly at: number; filled: number; dataSn: number; readonly done: (bytes?: Buffer) => void } | undefined;

  /** `immediate`: data of the command's own PDU. */
  constructor(immediate: Buffer) {
    // A copy: the PDU is a part of a larger buffer.
    this.#immediate = Buffer.from(immediate);
  }

  get heldBytes(): number {
    return this.#immediate.length;
  }

  /**
   * `length` bytes from `at` on, in order. `ask` is called for those that have not come. Undefined where they come in another order, or after
   * `stop`.
   */
  take(at: number, length: number, ask: (offset: number, length: number) => void): Promise<Buffer | undefined> {
    const bytes = Buffer.alloc(length);
    const filled = at < this.#immediate.length ? this.#immediate.copy(bytes, 0, at, at + length) : 0;
    if (filled === length) return Promise.resolve(bytes);
    return new Promise((resolve) => {
      this.#wanted = { bytes, at, filled, dataSn: 0, done: resolve };
      ask(at + filled, length - filled);
    });
  }

  /** A Data-Out PDU of the command. One that was not asked for is dropped. */
  receive({ header, data }: Pdu): void {
    const wanted = this.#wanted;
    if (!wanted) return;
    const { bytes, at, filled, dataSn } = wanted;
    const isNext = header.readUInt32BE(36) === dataSn && header.readUInt32BE(40) === at + filled;
    if (!isNext || data.length > bytes.length - filled || data.length === 0) {
      this.#end(undefined);
      return;
    }
    data.copy(bytes, filled);
    wanted.filled += data.length;
    wanted.dataSn++;
    if (wanted.filled === bytes.length) this.#end(bytes);
  }

  stop(): void {
    this.#end(undefined);
  }

  #end(bytes: Buffer | undefined): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    wanted?.done(bytes);
  }
}
