import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Extent } from '../../iso/source/overlay.ts';
import type { Agreed } from '../login/negotiate.ts';
import type { Claims } from '../scsi/command.ts';
import { execute } from '../scsi/execute.ts';
import { fixedSense, SENSE, STATUS, type Outcome, type Sense } from '../scsi/outcome.ts';
import { FINAL, NO_TAG, RESPONSE } from '../wire/codes.ts';
import { headerOf, type Pdu } from '../wire/pdu.ts';
import { DataOut } from './data-out.ts';
import { filled, type Medium } from './medium.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { Sequence } from './sequence.ts';

const READ = 0x40;
const WRITE = 0x20;
const OVERFLOW = 0x04;
const UNDERFLOW = 0x02;
const HAS_STATUS = 0x01;
const NO_BYTES = new Uint8Array();
/** Bytes that one read of the medium takes, so that memory stays bounded. */
const PIECE_BYTES = 262_144;
/** Bytes that are asked of the initiator at once. */
const COMPARED_BYTES = 65_536;

/** Data of a PDU: bytes, or a stretch of the medium that is at hand. */
export type PduData = Uint8Array | Extent;

/**
 * Hands a PDU to the connection; `taken` is called when it took it. A promise where there is no more room, which resolves when there is, and
 * rejects where the connection is gone.
 */
export type Send = (header: Buffer, data: PduData, taken?: () => void) => Promise<void> | undefined;

export interface TaskDeps {
  readonly medium: Medium;
  readonly bytes: ReadAhead;
  readonly claims: Claims | undefined;
  readonly agreed: Agreed;
  readonly sequence: Sequence;
  readonly send: Send;
  /** Whether the connection can send these bytes of the medium without reading them. */
  readonly isAtHand?: ((offset: number, length: number) => boolean) | undefined;
  readonly readFailed: (error: unknown) => void;
}

/** One SCSI command, from its PDU to its status. */
export class ScsiTask {
  readonly tag: number;
  readonly #deps: TaskDeps;
  readonly #outcome: Outcome;
  readonly #lun: number;
  readonly #canRead: boolean;
  /** What the initiator has room for, or sends. */
  readonly #expected: number;
  readonly #out: DataOut | undefined;
  #stop: AbortController | undefined;
  #isAborted = false;
  #dataSn = 0;
  #r2tSn = 0;
  #sent = 0;

  constructor({ header, flags, data }: Pdu, deps: TaskDeps) {
    this.#deps = deps;
    this.tag = header.readUInt32BE(16);
    this.#lun = header.readUInt16BE(8);
    this.#canRead = (flags & READ) !== 0;
    this.#expected = header.readUInt32BE(20);
    this.#outcome = execute(header.subarray(32, 48), isLunZero(header) ? deps.medium.unit : undefined, deps.claims);
    const takesData = this.#outcome.kind === 'compare' || this.#outcome.kind === 'parameters';
    if (takesData && (flags & WRITE) !== 0) this.#out = new DataOut(data);
  }

  /** Whether it waits for the medium or the initiator. */
  get isLong(): boolean {
    return this.#outcome.kind === 'read' || this.#out !== undefined;
  }

  /** Bytes of the initiator that it keeps. */
  get heldBytes(): number {
    return this.#out?.heldBytes ?? 0;
  }

  /** Nothing of it is sent from now on. */
  abort(): void {
    this.#isAborted = true;
    this.#stop?.abort();
    this.#out?.stop();
  }

  #hasStopped(): boolean {
    return this.#isAborted;
  }

  /** A Data-Out PDU that names it. */
  receive(pdu: Pdu): void {
    this.#out?.receive(pdu);
  }

  /** Undefined where it is done already. Rejects only where the connection is gone. */
  run(outcome = this.#outcome): Promise<void> | undefined {
    switch (outcome.kind) {
      case 'check':
        return this.#respond(STATUS.checkCondition, 0, outcome.sense);
      case 'conflict':
        return this.#respond(STATUS.reservationConflict, 0);
      case 'data':
        return this.#data(outcome.bytes);
      case 'read':
        return this.#read(outcome.offset, outcome.length);
      case 'compare':
        return this.#compare(outcome);
      case 'parameters':
        return this.#parameters(outcome);
    }
  }

  #data(bytes: Buffer): Promise<void> | undefined {
    const room = this.#roomFor(bytes.length);
    return room === 0 ? this.#respond(STATUS.good, bytes.length) : this.#piece(bytes.subarray(0, room), bytes.length, room);
  }

  #roomFor(length: number): number {
    return this.#canRead ? Math.min(length, this.#expected) : 0;
  }

  /** Most reads are one piece, and many of those are there already: they take no turn of the event loop. */
  #read(offset: number, length: number): Promise<void> | undefined {
    const room = this.#roomFor(length);
    if (room === 0) return this.#respond(STATUS.good, length);
    if (room > PIECE_BYTES) return this.#readPieces(offset, length, room);
    const atHand = this.#atHand(offset, room);
    if (atHand) return this.#piece(atHand, length, room, offset);
    const bytes = this.#bytes(offset, room);
    if (bytes instanceof Uint8Array) return this.#piece(filled(bytes, room), length, room, offset);
    return bytes.then(
      (read) => (this.#hasStopped() ? undefined : this.#piece(filled(read, room), length, room, offset)),
      (error: unknown) => this.#unreadable(error),
    );
  }

  async #readPieces(offset: number, length: number, room: number): Promise<void> {
    for (let at = 0; at < room; at += PIECE_BYTES) {
      const count = Math.min(PIECE_BYTES, room - at);
      let piece: PduData | undefined = this.#atHand(offset + at, count);
      try {
        piece ??= filled(await this.#bytes(offset + at, count), count);
      } catch (error) {
        return this.#unreadable(error);
      }
      if (this.#hasStopped()) return;
      await this.#piece(piece, length, room, offset + at);
    }
  }

  /** Padding would have to be sent behind the data of a PDU whose length is no multiple of 4. */
  #atHand(offset: number, length: number): Extent | undefined {
    const { agreed, isAtHand } = this.#deps;
    const isPadded = [length, agreed.maxSend, agreed.maxBurst].some((bytes) => bytes % 4 !== 0);
    return !isPadded && isAtHand?.(offset, length) === true ? { offset, length } : undefined;
  }

  #bytes(offset: number, length: number): Uint8Array | Promise<Uint8Array> {
    return this.#deps.bytes.read(offset, length, () => (this.#stop ??= new AbortController()).signal);
  }

  #unreadable(error: unknown): Promise<void> | undefined {
    if (this.#hasStopped()) return undefined;
    this.#deps.readFailed(error);
    return this.#respond(STATUS.checkCondition, this.#sent, SENSE.mediumError);
  }

  /**
   * Data-In PDUs of one piece. A sequence ends after MaxBurstLength bytes; the status goes with the last PDU. `offset`: where the bytes are on
   * the medium.
   */
  #piece(piece: PduData, length: number, room: number, offset?: number): Promise<void> | undefined {
    const { agreed, send, medium } = this.#deps;
    const taken = offset === undefined || !medium.delivered ? undefined : () => medium.delivered?.(offset, piece.length);
    let full: Promise<void> | undefined;
    for (let at = 0; at < piece.length;) {
      const burstLeft = agreed.maxBurst - (this.#sent % agreed.maxBurst);
      const count = Math.min(agreed.maxSend, piece.length - at, burstLeft);
      const isLast = this.#sent + count === room;
      const header = this.#dataIn(isLast, isLast || count === burstLeft);
      if (isLast) this.#residual(header, length);
      this.#sent += count;
      const part = partOf(piece, at, count);
      at += count;
      full = send(header, part, at === piece.length ? taken : undefined);
    }
    return full;
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

  /** VERIFY with bytes of the initiator. */
  async #compare({ offset, length, received }: Extract<Outcome, { kind: 'compare' }>): Promise<void> {
    if (!this.#out || this.#expected < received) return this.#respond(STATUS.checkCondition, received, SENSE.tooLittleData);
    let theirs: Buffer | undefined;
    for (let at = 0; at < length; at += COMPARED_BYTES) {
      const count = Math.min(COMPARED_BYTES, length - at);
      if (at < received) theirs = await this.#take(this.#out, at, Math.min(COMPARED_BYTES, received - at));
      if (this.#hasStopped()) return;
      if (!theirs) return this.#respond(STATUS.checkCondition, received, SENSE.dataPhaseError);
      let bytes: Uint8Array;
      try {
        bytes = filled(await this.#bytes(offset + at, count), count);
      } catch (error) {
        return this.#unreadable(error);
      }
      // One command may compare the whole medium without the network in between.
      if (at > 0) await nextTurn();
      if (this.#hasStopped()) return;
      if (!isRepeated(bytes, theirs)) return this.#respond(STATUS.checkCondition, received, SENSE.miscompare);
    }
    return this.#respond(STATUS.good, received);
  }

  async #parameters({ length, then }: Extract<Outcome, { kind: 'parameters' }>): Promise<void> {
    if (!this.#out || this.#expected < length) return this.#respond(STATUS.checkCondition, length, SENSE.tooLittleData);
    const bytes = await this.#take(this.#out, 0, length);
    if (this.#hasStopped()) return;
    if (!bytes) return this.#respond(STATUS.checkCondition, length, SENSE.dataPhaseError);
    const outcome = then(bytes);
    if (outcome.kind === 'data') return this.#respond(STATUS.good, length);
    return this.run(outcome);
  }

  /** Asks for what did not come with the command (R2T, RFC 7143 §11.8). */
  #take(out: DataOut, at: number, length: number): Promise<Buffer | undefined> {
    return out.take(at, length, (offset, wanted) => {
      const header = headerOf(RESPONSE.r2t, FINAL);
      header.writeUInt16BE(this.#lun, 8);
      header.writeUInt32BE(this.tag, 16);
      header.writeUInt32BE(this.tag, 20);
      this.#deps.sequence.stampNext(header);
      header.writeUInt32BE(this.#r2tSn++, 36);
      header.writeUInt32BE(offset, 40);
      header.writeUInt32BE(wanted, 44);
      void this.#deps.send(header, NO_BYTES)?.catch(() => undefined);
    });
  }

  /** There is no room for it: the initiator sends it again later. */
  refuse(): Promise<void> | undefined {
    return this.#respond(STATUS.taskSetFull, 0);
  }

  /** `length`: bytes that the command has. */
  #respond(status: number, length: number, sense?: Sense): Promise<void> | undefined {
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

function partOf(piece: PduData, at: number, count: number): PduData {
  if (count === piece.length) return piece;
  return piece instanceof Uint8Array ? piece.subarray(at, at + count) : { offset: piece.offset + at, length: count };
}

/** Whether `bytes` are `pattern`, as often as it fits. */
function isRepeated(bytes: Uint8Array, pattern: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += pattern.length) {
    const part = bytes.subarray(at, at + pattern.length);
    if (pattern.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

/** Peripheral or flat addressing of unit 0 (SAM-5 §4.7.7). */
export function isLunZero(header: Buffer): boolean {
  const first = header.readUInt16BE(8);
  return (first === 0 || first === 0x4000) && header.readUInt16BE(10) === 0 && header.readUInt32BE(12) === 0;
}
