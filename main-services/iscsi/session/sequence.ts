import type { Pdu } from '../wire/pdu.ts';

/** Commands that an initiator may send ahead. How many wait is bounded by TASK SET FULL. */
const WINDOW = 64;

/** Command and status numbering of one session (RFC 7143 §4.2.2): serial numbers of 32 bits. */
export class Sequence {
  #statSn: number;
  #expCmdSn: number;

  constructor({ statSn, expCmdSn }: { statSn: number; expCmdSn: number }) {
    this.#statSn = statSn;
    this.#expCmdSn = expCmdSn;
  }

  /** Whether a PDU is carried out: immediate ones always, others in their turn. Others are ignored. */
  accepts({ isImmediate, header }: Pdu): boolean {
    if (isImmediate) return true;
    if (header.readUInt32BE(24) !== this.#expCmdSn) return false;
    this.#expCmdSn = (this.#expCmdSn + 1) >>> 0;
    return true;
  }

  /** Writes StatSN, ExpCmdSN and MaxCmdSN. */
  stamp(header: Buffer): void {
    this.stampNext(header);
    this.#statSn = (this.#statSn + 1) >>> 0;
  }

  /** As `stamp` for an R2T, which has the number of the next status. */
  stampNext(header: Buffer): void {
    header.writeUInt32BE(this.#statSn, 24);
    this.stampData(header);
  }

  /** As `stamp` for Data-In without status, whose StatSN is reserved. */
  stampData(header: Buffer): void {
    header.writeUInt32BE(this.#expCmdSn, 28);
    header.writeUInt32BE((this.#expCmdSn + WINDOW - 1) >>> 0, 32);
  }
}
