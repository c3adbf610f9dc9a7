import type { Agreed } from '../login/negotiate.ts';
import { execute } from '../scsi/execute.ts';
import { fixedSense, SENSE, STATUS, type Outcome, type Sense } from '../scsi/outcome.ts';
import { FINAL, NO_TAG, RESPONSE } from '../wire/codes.ts';
import { headerOf, type Pdu } from '../wire/pdu.ts';
import { readBlocks, type Medium } from './medium.ts';
import type { Sequence } from './sequence.ts';

const READ = 0x40;
const OVERFLOW = 0x04;
const UNDERFLOW = 0x02;
const HAS_STATUS = 0x01;
const NO_BYTES = new Uint8Array();
/** Bytes that one read of the medium takes, so that memory stays bounded. */
const PIECE_BYTES = 262_144;

export interface TaskDeps {
  readonly medium: Medium;
  readonly agreed: Agreed;
  readonly sequence: Sequence;
  /** Resolves when the connection takes more. */
  readonly send: (header: Buffer, data: Uint8Array) => Promise<void>;
  readonly readFailed: (error: unknown) => void;
}

/** One SCSI command, from its PDU to its status. */
export class ScsiTask {
  readonly tag: number;
  readonly #header: Buffer;
  readonly #isRead: boolean;
  readonly #deps: TaskDeps;
  readonly #stop = new AbortController();
  #dataSn = 0;
  #sent = 0;

  constructor(request: Pdu, deps: TaskDeps) {
    // A copy: the request is a part of a larger buffer, with data that nothing needs.
    this.#header = Buffer.from(request.header);
    this.#isRead = (request.flags & READ) !== 0;
    this.#deps = deps;
    this.tag = request.header.readUInt32BE(16);
  }

  /** Nothing of it is sent from now on. */
  abort(): void {
    this.#stop.abort();
  }

  /** Rejects only where the connection is gone. */
  async run(): Promise<void> {
    const header = this.#header;
    const isUnitZero = isLunZero(header);
    const outcome = execute(header.subarray(32, 48), isUnitZero ? this.#deps.medium.unit : undefined);
    await this.#answer(outcome);
  }

  /** There is no room for it: the initiator sends it again later. */
  refuse(): Promise<void> {
    return this.#respond(STATUS.taskSetFull, 0);
  }

  async #answer(outcome: Outcome): Promise<void> {
    switch (outcome.kind) {
      case 'check':
        return this.#respond(STATUS.checkCondition, 0, outcome.sense);
      case 'data':
        return this.#data(outcome.bytes.length, (offset, length) => Promise.resolve(outcome.bytes.subarray(offset, offset + length)));
      case 'read': {
        const { medium } = this.#deps;
        const { offset } = outcome;
        const read = (at: number, length: number): Promise<Uint8Array> => readBlocks(medium, offset + at, length, this.#stop.signal);
        return this.#data(outcome.length, read, (at, length) => medium.delivered?.(offset + at, length));
      }
    }
  }

  /** What the initiator has room for. */
  get #expected(): number {
    return this.#header.readUInt32BE(20);
  }

  async #data(
    length: number,
    read: (offset: number, length: number) => Promise<Uint8Array>,
    delivered: (offset: number, length: number) => void = () => undefined,
  ): Promise<void> {
    const room = this.#isRead ? Math.min(length, this.#expected) : 0;
    if (room === 0) return this.#respond(STATUS.good, length);
    for (let at = 0; at < room; at += PIECE_BYTES) {
      const count = Math.min(PIECE_BYTES, room - at);
      const bytes = await read(at, count).catch((error: unknown) => this.#unreadable(error));
      if (this.#stop.signal.aborted) return;
      if (!bytes) return this.#respond(STATUS.checkCondition, this.#sent, SENSE.mediumError);
      await this.#piece(bytes, length, room);
      if (this.#sent === at + count) delivered(at, count);
    }
  }

  #unreadable(error: unknown): undefined {
    if (!this.#stop.signal.aborted) this.#deps.readFailed(error);
    return undefined;
  }

  /** Data-In PDUs of one piece. A sequence ends after MaxBurstLength bytes; the status goes with the last PDU. */
  async #piece(bytes: Uint8Array, length: number, room: number): Promise<void> {
    const { agreed, send } = this.#deps;
    for (let at = 0; at < bytes.length && !this.#stop.signal.aborted;) {
      const burstLeft = agreed.maxBurst - (this.#sent % agreed.maxBurst);
      const count = Math.min(agreed.maxSend, bytes.length - at, burstLeft);
      const isLast = this.#sent + count === room;
      const header = this.#dataIn(isLast, isLast || count === burstLeft);
      if (isLast) this.#residual(header, length);
      this.#sent += count;
      await send(header, bytes.subarray(at, at + count));
      at += count;
    }
  }

  #dataIn(isLast: boolean, endsSequence: boolean): Buffer {
    const header = headerOf(RESPONSE.dataIn, endsSequence ? FINAL : 0);
    header.writeUInt32BE(this.tag, 16);
    header.writeUInt32BE(NO_TAG, 20);
    if (isLast) {
      header[1] = FINAL | HAS_STATUS;
      header[3] = STATUS.good;
      this.#deps.sequence.stamp(header);
    } else this.#deps.sequence.stampData(header);
    header.writeUInt32BE(this.#dataSn++, 36);
    header.writeUInt32BE(this.#sent, 40);
    return header;
  }

  /** `length`: bytes that the command has. */
  async #respond(status: number, length: number, sense?: Sense): Promise<void> {
    const header = headerOf(RESPONSE.scsiResponse, FINAL);
    header[3] = status;
    header.writeUInt32BE(this.tag, 16);
    this.#deps.sequence.stamp(header);
    header.writeUInt32BE(this.#dataSn, 36);
    this.#residual(header, length);
    if (!sense) return this.#deps.send(header, NO_BYTES);
    const bytes = fixedSense(sense);
    const head = Buffer.alloc(2);
    head.writeUInt16BE(bytes.length);
    return this.#deps.send(header, Buffer.concat([head, bytes]));
  }

  #residual(header: Buffer, length: number): void {
    const expected = this.#expected;
    if (length === expected) return;
    header[1] = (header[1] ?? 0) | (length > expected ? OVERFLOW : UNDERFLOW);
    header.writeUInt32BE(Math.min(Math.abs(length - expected), 0xffffffff), 44);
  }
}

/** Peripheral or flat addressing of unit 0 (SAM-5 §4.7.7). */
export function isLunZero(header: Buffer): boolean {
  const first = header.readUInt16BE(8);
  return (first === 0 || first === 0x4000) && header.readUInt16BE(10) === 0 && header.readUInt32BE(12) === 0;
}
