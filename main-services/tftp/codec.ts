/** TFTP packets as bytes and back: RFC 1350 §5, options RFC 2347. Nothing here throws. */

export const OPCODE = { rrq: 1, wrq: 2, data: 3, ack: 4, error: 5, oack: 6 } as const;

/** RFC 1350 appendix, RFC 2347 §3. */
export const ERROR_CODE = { other: 0, notFound: 1, access: 2, illegal: 4, unknownTid: 5, option: 8 } as const;

/** As the client spelled them, in its order. */
export type Options = readonly (readonly [name: string, value: string])[];

export interface Request {
  readonly kind: 'rrq' | 'wrq';
  readonly file: string;
  /** Lower-case, printable and short. */
  readonly mode: string;
  readonly options: Options;
}

export type Packet =
  | Request
  | { kind: 'data'; block: number; bytes: Uint8Array }
  | { kind: 'ack'; block: number }
  | { kind: 'error'; code: number; message: string }
  | { kind: 'oack'; options: Options }
  /** `request`: it claims to be a request, so its sender may be sent the reason. */
  | { kind: 'malformed'; request: boolean; reason: string };

/** Real clients send five options at most; RFC 2347 bounds the whole request to 512 bytes. */
const MAX_OPTIONS = 32;
const MAX_NAME_BYTES = 512;
/** The longest mode of RFC 1350 is netascii. */
const MAX_MODE_CHARS = 20;
/** A boot screen has little room. */
const MAX_ERROR_CHARS = 199;

export function decode(bytes: Uint8Array): Packet {
  if (bytes.length < 4) return malformed(false, `${bytes.length} bytes are too short for a TFTP packet`);
  const opcode = uint16(bytes, 0);
  switch (opcode) {
    case OPCODE.rrq:
      return decodeRequest('rrq', bytes);
    case OPCODE.wrq:
      return decodeRequest('wrq', bytes);
    case OPCODE.data:
      return { kind: 'data', block: uint16(bytes, 2), bytes: bytes.subarray(4) };
    case OPCODE.ack:
      return { kind: 'ack', block: uint16(bytes, 2) };
    case OPCODE.error:
      return { kind: 'error', code: uint16(bytes, 2), message: errorText(text(bytes.subarray(4, untilNul(bytes, 4)))) };
    case OPCODE.oack:
      return decodeOack(bytes);
    default:
      return malformed(false, `${opcode} is not a TFTP operation`);
  }
}

function decodeRequest(kind: 'rrq' | 'wrq', bytes: Uint8Array): Packet {
  const strings = readStrings(bytes, 2, 2 + 2 * MAX_OPTIONS);
  const [file, mode] = strings.list;
  if (file === undefined) return malformed(true, 'the file name does not end');
  if (file === '') return malformed(true, 'the file name is missing');
  if (file.length > MAX_NAME_BYTES) return malformed(true, `the file name is longer than ${MAX_NAME_BYTES} bytes`);
  if (mode === undefined || mode === '') return malformed(true, 'the transfer mode is missing');
  if (strings.more) return malformed(true, `more than ${MAX_OPTIONS} options`);
  return { kind, file, mode: errorText(mode.slice(0, MAX_MODE_CHARS).toLowerCase()), options: pairs(strings.list.slice(2)) };
}

function decodeOack(bytes: Uint8Array): Packet {
  const strings = readStrings(bytes, 2, 2 * MAX_OPTIONS);
  if (strings.more) return malformed(false, `more than ${MAX_OPTIONS} options`);
  return { kind: 'oack', options: pairs(strings.list) };
}

/** NUL-terminated strings; one without its NUL is not read. `more`: there were more than `limit`. */
function readStrings(bytes: Uint8Array, start: number, limit: number): { list: string[]; more: boolean } {
  const list: string[] = [];
  let at = start;
  while (at < bytes.length) {
    const end = bytes.indexOf(0, at);
    if (end < 0) break;
    if (list.length === limit) return { list, more: true };
    list.push(text(bytes.subarray(at, end)));
    at = end + 1;
  }
  return { list, more: false };
}

/** An empty name ends the options: some firmware pads its request with NULs. */
function pairs(strings: readonly string[]): Options {
  const options: [string, string][] = [];
  for (let at = 0; at + 1 < strings.length; at += 2) {
    const [name = '', value = ''] = strings.slice(at, at + 2);
    if (name === '') break;
    options.push([name, value]);
  }
  return options;
}

export function encodeOack(options: Options): Uint8Array {
  const strings = options.flat().map((part) => `${part}\0`);
  return Buffer.concat([Uint8Array.of(0, OPCODE.oack), Buffer.from(strings.join(''), 'utf8')]);
}

/** Bytes in front of a block. */
export const DATA_HEADER_BYTES = 4;

/** Writes the header of a DATA packet; `block` counts from 1 without end and goes out modulo 65536. */
export function writeDataHeader(packet: Uint8Array, at: number, block: number): void {
  packet[at] = 0;
  packet[at + 1] = OPCODE.data;
  packet[at + 2] = (block >>> 8) & 0xff;
  packet[at + 3] = block & 0xff;
}

/** The message becomes printable ASCII under 200 bytes, because boot ROMs show it. */
export function encodeError(code: number, message: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(0, OPCODE.error, code >>> 8, code & 0xff), Buffer.from(`${errorText(message)}\0`, 'latin1')]);
}

const PLAIN: Readonly<Record<string, string>> = { '‘': "'", '’': "'", '“': '"', '”': '"', '–': '-', '—': '-', '…': '...' };

/** Printable ASCII, at most 199 characters. */
export function errorText(message: string): string {
  const plain = message.slice(0, 1000).replaceAll(/[^\x20-\x7e]/gu, (letter) => PLAIN[letter] ?? '?');
  return plain.length > MAX_ERROR_CHARS ? `${plain.slice(0, MAX_ERROR_CHARS - 3)}...` : plain;
}

function malformed(request: boolean, reason: string): Packet {
  return { kind: 'malformed', request, reason };
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function untilNul(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(0, start);
  return end < 0 ? bytes.length : end;
}

function uint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
