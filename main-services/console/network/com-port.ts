import { encodeSubnegotiation, OPTION } from './telnet-codec.ts';

/** RFC 2217 (COM-PORT-OPTION) as bytes and back. The server answers each command with its code plus 100. */

/** §3, client to server. */
export const COM = {
  signature: 0,
  baud: 1,
  dataSize: 2,
  parity: 3,
  stopSize: 4,
  control: 5,
  lineState: 6,
  modemState: 7,
  suspend: 8,
  resume: 9,
  lineStateMask: 10,
  modemStateMask: 11,
  purge: 12,
} as const;

/** SET-CONTROL's values. */
export const CONTROL = { noFlowControl: 1, breakOn: 5, breakOff: 6, dtrOn: 8, dtrOff: 9, rtsOn: 11, rtsOff: 12 } as const;
export const DATA_SIZE_8 = 8;
export const PARITY_NONE = 1;
export const STOP_SIZE_1 = 1;
/** PURGE-DATA of what the server received and did not send yet. */
export const PURGE_RECEIVED = 1;

const FROM_SERVER = 100;
const LINE = { overrun: 0x02 } as const;
/** Only lost characters are reported; framing errors are for the detection of speed, which sees the bytes. */
export const LINE_MASK = LINE.overrun;
export const MODEM_MASK = 0xff;
const MODEM = { cts: 0x10, dsr: 0x20, dcd: 0x80 } as const;

const BYTE_ANSWERS: readonly number[] = [
  COM.dataSize,
  COM.parity,
  COM.stopSize,
  COM.control,
  COM.lineStateMask,
  COM.modemStateMask,
  COM.purge,
];

export type ComPortMessage =
  | { readonly kind: 'ack'; readonly command: number; readonly value: number }
  | { readonly kind: 'line'; readonly overrun: boolean }
  | { readonly kind: 'modem'; readonly cts: boolean; readonly dsr: boolean; readonly dcd: boolean }
  /** The server's buffer is full: nothing may be sent until `resume`. */
  | { readonly kind: 'suspend' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'other' };

export function encodeByte(command: number, value: number): Uint8Array {
  return encodeSubnegotiation(OPTION.comPort, Uint8Array.of(command, value));
}

/** FLOWCONTROL-SUSPEND and -RESUME have no value. */
export function encodeBare(command: number): Uint8Array {
  return encodeSubnegotiation(OPTION.comPort, Uint8Array.of(command));
}

/** SET-BAUDRATE: four bytes, network order. */
export function encodeBaud(baud: number): Uint8Array {
  return encodeSubnegotiation(OPTION.comPort, Uint8Array.of(COM.baud, baud >>> 24, (baud >>> 16) & 0xff, (baud >>> 8) & 0xff, baud & 0xff));
}

/** A subnegotiation of the server, without option and IACs. What is too short or unknown is `other`. */
export function decodeComPort(bytes: Uint8Array): ComPortMessage {
  const command = (bytes[0] ?? 0) - FROM_SERVER;
  const value = bytes[1];
  if (command === COM.suspend) return { kind: 'suspend' };
  if (command === COM.resume) return { kind: 'resume' };
  if (value === undefined) return { kind: 'other' };
  if (command === COM.lineState) return { kind: 'line', overrun: (value & LINE.overrun) !== 0 };
  if (command === COM.modemState) {
    return { kind: 'modem', cts: (value & MODEM.cts) !== 0, dsr: (value & MODEM.dsr) !== 0, dcd: (value & MODEM.dcd) !== 0 };
  }
  if (command === COM.baud) {
    if (bytes.length < 5) return { kind: 'other' };
    return { kind: 'ack', command, value: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32BE(1) };
  }
  return BYTE_ANSWERS.includes(command) ? { kind: 'ack', command, value } : { kind: 'other' };
}
