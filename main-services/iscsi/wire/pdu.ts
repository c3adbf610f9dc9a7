import { crc32c } from './crc32c.ts';

/** Length of a basic header segment, bytes (RFC 7143 §11.2.1). */
export const HEADER_BYTES = 48;
const DIGEST_BYTES = 4;
/** Pieces of a PDU that is not complete. Each costs some hundred bytes, so an initiator that sends one byte at a time has them joined. */
const MAX_PIECES = 256;

export interface Digests {
  /** CRC32C behind the headers. */
  readonly header: boolean;
  /** CRC32C behind the data. */
  readonly data: boolean;
}

export const NO_DIGESTS: Digests = { header: false, data: false };

/** A PDU from the initiator. */
export interface Pdu {
  /** 6 bits. */
  readonly opcode: number;
  readonly isImmediate: boolean;
  /** Byte 1. */
  readonly flags: number;
  /** The basic header segment, 48 bytes. */
  readonly header: Buffer;
  readonly data: Buffer;
}

/** A header of zeros with opcode and flags, to be filled. */
export function headerOf(opcode: number, flags = 0x80): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES).fill(0);
  header[0] = opcode;
  header[1] = flags;
  return header;
}

/** What is before the data of a PDU, as pieces. Writes the length of the data, bytes, into the header. */
export function encodeHead(header: Buffer, dataLength: number, digests: Digests): Uint8Array[] {
  header.writeUIntBE(dataLength, 5, 3);
  return digests.header ? [header, digestOf(header)] : [header];
}

/** The bytes of a PDU as pieces that follow each other. Writes the length of the data into the header. */
export function encodePdu(header: Buffer, data: Uint8Array, digests: Digests): Uint8Array[] {
  const pieces = encodeHead(header, data.length, digests);
  if (data.length === 0) return pieces;
  pieces.push(data);
  const padding = PADDING[data.length % 4] ?? PADDING[0];
  if (padding && padding.length > 0) pieces.push(padding);
  if (digests.data) pieces.push(digestOf(data, padding));
  return pieces;
}

const PADDING = [0, 3, 2, 1].map((length) => new Uint8Array(length));

function digestOf(...pieces: readonly (Uint8Array | undefined)[]): Uint8Array {
  const bytes = Buffer.alloc(DIGEST_BYTES);
  bytes.writeUInt32LE(crc32c(...pieces.filter((piece) => piece !== undefined)));
  return bytes;
}

export type PduProblem = 'too-long' | 'header-digest' | 'data-digest';

/**
 * Cuts what comes over a connection into PDUs. After a problem nothing more is read: where the next PDU begins is not known, or cannot be
 * trusted. Holds at most one PDU.
 */
export class PduReader {
  /** Set when the login is over. */
  digests: Digests = NO_DIGESTS;
  readonly #maxData: number;
  #pieces: Buffer[] = [];
  #length = 0;
  #wanted = HEADER_BYTES;
  #isEnded = false;

  constructor(options: { /** Longest data segment, bytes. */ maxData: number }) {
    this.#maxData = options.maxData;
  }

  /** The PDUs that are complete now. Digests that are set between two of them count from the next one on. */
  *push(bytes: Buffer): Generator<Pdu | { problem: PduProblem; header: Buffer }> {
    if (this.#isEnded) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    while (this.#length >= this.#wanted) {
      const all = this.#joined();
      const total = this.#lengthOf(all);
      if (total === undefined) {
        this.#end();
        yield { problem: 'too-long', header: Buffer.from(all.subarray(0, HEADER_BYTES)) };
        return;
      }
      this.#wanted = total;
      if (this.#length < total) return;
      this.#wanted = HEADER_BYTES;
      this.#pieces = total < all.length ? [all.subarray(total)] : [];
      this.#length -= total;
      const pdu = this.#decode(all.subarray(0, total));
      if ('problem' in pdu) this.#end();
      yield pdu;
      if ('problem' in pdu) return;
    }
    if (this.#pieces.length >= MAX_PIECES) this.#joined();
  }

  #end(): void {
    this.#isEnded = true;
    this.#pieces = [];
    this.#length = 0;
  }

  #joined(): Buffer {
    const all = this.#pieces.length === 1 ? (this.#pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.#pieces);
    this.#pieces = [all];
    return all;
  }

  /** Bytes of the PDU; undefined where its data is too long. */
  #lengthOf(header: Buffer): number | undefined {
    const data = header.readUIntBE(5, 3);
    if (data > this.#maxData) return undefined;
    const headers = HEADER_BYTES + additionalBytes(header) + (this.digests.header ? DIGEST_BYTES : 0);
    return headers + (data === 0 ? 0 : padded(data) + (this.digests.data ? DIGEST_BYTES : 0));
  }

  #decode(bytes: Buffer): Pdu | { problem: PduProblem; header: Buffer } {
    const header = bytes.subarray(0, HEADER_BYTES);
    const headersEnd = HEADER_BYTES + additionalBytes(header);
    const dataStart = headersEnd + (this.digests.header ? DIGEST_BYTES : 0);
    if (this.digests.header && bytes.readUInt32LE(headersEnd) !== crc32c(bytes.subarray(0, headersEnd)))
      return { problem: 'header-digest', header };
    const length = header.readUIntBE(5, 3);
    const dataEnd = dataStart + padded(length);
    if (this.digests.data && length > 0 && bytes.readUInt32LE(dataEnd) !== crc32c(bytes.subarray(dataStart, dataEnd)))
      return { problem: 'data-digest', header };
    const [first = 0, flags = 0] = header;
    const data = bytes.subarray(dataStart, dataStart + length);
    return { opcode: first & 0x3f, isImmediate: (first & 0x40) !== 0, flags, header, data };
  }
}

function additionalBytes(header: Buffer): number {
  return (header[4] ?? 0) * 4;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}
