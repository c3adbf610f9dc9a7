/** SOL payloads (IPMI 2.0 §15.9, tables 15-2 and 15-3): four bytes, then characters. */

const HEADER = 4;
const SEQUENCE_MASK = 0x0f;
/** A sequence number of 0 marks a packet without characters, which is not acknowledged. */
export const HIGHEST_SEQUENCE = 15;

export const NO_CHARACTERS = new Uint8Array();

/** Operations of a packet to the BMC. */
export const SOL_OPERATION = { nack: 0x40, generateBreak: 0x10 } as const;
/** Status bits of a packet from the BMC. */
const STATUS = { nack: 0x40, unavailable: 0x20, deactivating: 0x10, overrun: 0x08, breakDetected: 0x04 } as const;

export interface SolPacket {
  /** 0 for a packet that only acknowledges. */
  readonly sequence: number;
  /** Of the packet that it acknowledges; 0: none. */
  readonly acknowledged: number;
  /** How many characters of that packet were taken. */
  readonly accepted: number;
  readonly characters: Uint8Array;
}

export interface SolFromBmc extends SolPacket {
  readonly nack: boolean;
  /** The BMC cannot take characters now: the machine is off or its port is in use otherwise. */
  readonly unavailable: boolean;
  /** The BMC ends SOL, or has ended it. */
  readonly deactivating: boolean;
  /** The machine printed faster than the BMC could send: characters were lost. */
  readonly overrun: boolean;
  readonly breakDetected: boolean;
}

export function encodeSol({ sequence, acknowledged, accepted, characters }: SolPacket, operation = 0): Uint8Array {
  return Buffer.concat([Uint8Array.of(sequence & SEQUENCE_MASK, acknowledged & SEQUENCE_MASK, accepted & 0xff, operation), characters]);
}

/** Undefined for fewer than four bytes. The reserved upper halves of the sequence numbers are ignored. */
export function decodeSol(bytes: Uint8Array): SolFromBmc | undefined {
  const [sequence, acknowledged, accepted, status] = bytes;
  if (sequence === undefined || acknowledged === undefined || accepted === undefined || status === undefined) return undefined;
  return {
    sequence: sequence & SEQUENCE_MASK,
    acknowledged: acknowledged & SEQUENCE_MASK,
    accepted,
    characters: bytes.subarray(HEADER),
    nack: (status & STATUS.nack) !== 0,
    unavailable: (status & STATUS.unavailable) !== 0,
    deactivating: (status & STATUS.deactivating) !== 0,
    overrun: (status & STATUS.overrun) !== 0,
    breakDetected: (status & STATUS.breakDetected) !== 0,
  };
}
