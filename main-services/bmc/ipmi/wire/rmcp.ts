import { le16, le32, uint16, uint32 } from './bytes.ts';

/** Datagrams as bytes and back: RMCP (§13.1.3) with an IPMI 1.5 (§13.6) or RMCP+ (§13.6, table 13-8) session header. Nothing here throws. */

/** Version 6, no RMCP acknowledgement, class IPMI. */
const RMCP_HEADER = Uint8Array.of(0x06, 0x00, 0xff, 0x07);
const CLASS_IPMI = 0x07;
const CLASS_MASK = 0x1f;
const FORMAT_RMCP_PLUS = 0x06;
const OEM_PAYLOAD = 0x02;
/** Where what is signed begins: the authentication type. */
const SIGNED_FROM = RMCP_HEADER.length;
const NEXT_HEADER = 0x07;
const V15_HEADER = 10;
const AUTH_CODE_V15 = 16;
const PLUS_HEADER = 12;

export interface PlusPacket {
  readonly kind: 'plus';
  readonly payloadType: number;
  readonly encrypted: boolean;
  readonly authenticated: boolean;
  readonly sessionId: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
  /** From the authentication type to the last byte, which ends with the integrity value where the packet is authenticated. */
  readonly session: Uint8Array;
}

export type Datagram =
  { readonly kind: 'v15'; readonly message: Uint8Array } | PlusPacket | { readonly kind: 'malformed'; readonly reason: string };

export function decodeDatagram(bytes: Uint8Array): Datagram {
  if (bytes.length < SIGNED_FROM + 1) return malformed(`${bytes.length} bytes are not an IPMI packet`);
  if (bytes[0] !== RMCP_HEADER[0]) return malformed(`${bytes[0] ?? 0} is not an RMCP version`);
  if (((bytes[3] ?? 0) & CLASS_MASK) !== CLASS_IPMI || ((bytes[3] ?? 0) & 0x80) !== 0) return malformed('the RMCP class is not IPMI');
  const session = bytes.subarray(SIGNED_FROM);
  return session[0] === FORMAT_RMCP_PLUS ? decodePlus(session) : decodeV15(session);
}

function decodeV15(session: Uint8Array): Datagram {
  const header = V15_HEADER + (session[0] === 0 ? 0 : AUTH_CODE_V15);
  const message = bounded(session, header, session[header - 1] ?? 0);
  return message ? { kind: 'v15', message } : malformed('the IPMI 1.5 packet is shorter than it says');
}

function decodePlus(session: Uint8Array): Datagram {
  const type = session[1] ?? 0;
  if ((type & 0x3f) === OEM_PAYLOAD) return malformed('OEM payloads are not read');
  const payload = bounded(session, PLUS_HEADER, uint16(session, 10));
  if (!payload) return malformed('the RMCP+ packet is shorter than it says');
  return {
    kind: 'plus',
    payloadType: type & 0x3f,
    encrypted: (type & 0x80) !== 0,
    authenticated: (type & 0x40) !== 0,
    sessionId: uint32(session, 2),
    sequence: uint32(session, 6),
    payload,
    session,
  };
}

/** A message outside of any session, as IPMI 1.5 sends it. */
export function encodeV15(message: Uint8Array): Uint8Array {
  return Buffer.concat([RMCP_HEADER, new Uint8Array(V15_HEADER - 1), Uint8Array.of(message.length), message]);
}

/** A payload before there is a session. */
export function encodePlain(payloadType: number, payload: Uint8Array): Uint8Array {
  return Buffer.concat([RMCP_HEADER, plusHeader(payloadType, 0, 0, payload.length), payload]);
}

export interface Protected {
  readonly payloadType: number;
  readonly sessionId: number;
  readonly sequence: number;
  /** Encrypted already. */
  readonly payload: Uint8Array;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}

/** An encrypted and signed payload. What is signed is padded to a multiple of four bytes (table 13-8). */
export function encodeProtected({ payloadType, sessionId, sequence, payload, sign }: Protected): Uint8Array {
  const body = Buffer.concat([plusHeader(payloadType | 0xc0, sessionId, sequence, payload.length), payload]);
  const pad = (4 - ((body.length + 2) % 4)) % 4;
  const signed = Buffer.concat([body, new Uint8Array(pad).fill(0xff), Uint8Array.of(pad, NEXT_HEADER)]);
  return Buffer.concat([RMCP_HEADER, signed, sign(signed)]);
}

function plusHeader(payloadType: number, sessionId: number, sequence: number, length: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(FORMAT_RMCP_PLUS, payloadType), le32(sessionId), le32(sequence), le16(length)]);
}

function bounded(bytes: Uint8Array, from: number, length: number): Uint8Array | undefined {
  return from + length <= bytes.length ? bytes.subarray(from, from + length) : undefined;
}

function malformed(reason: string): Datagram {
  return { kind: 'malformed', reason };
}
