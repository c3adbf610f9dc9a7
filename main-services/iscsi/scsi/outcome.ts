/** What a command does, decided before anything is read. */
export type Outcome =
  /** Bytes to the initiator, cut to what it allocated. */
  | { readonly kind: 'data'; readonly bytes: Buffer }
  /** Bytes of the medium. */
  | { readonly kind: 'read'; readonly offset: number; readonly length: number }
  /** Bytes of the medium are compared with `received` bytes of the initiator, which are repeated where they are fewer. */
  | { readonly kind: 'compare'; readonly offset: number; readonly length: number; readonly received: number }
  /** Parameters of the initiator decide. */
  | { readonly kind: 'parameters'; readonly length: number; readonly then: (bytes: Buffer) => Outcome }
  /** Another initiator has reserved the unit. */
  | { readonly kind: 'conflict' }
  /** Sense data with CHECK CONDITION. */
  | { readonly kind: 'check'; readonly sense: Sense };

/** Sense key, additional sense code and its qualifier (SPC-4 §4.5). */
export interface Sense {
  readonly key: number;
  readonly asc: number;
  readonly ascq: number;
}

const ILLEGAL_REQUEST = 0x05;

export const SENSE = {
  none: { key: 0x00, asc: 0x00, ascq: 0x00 },
  mediumError: { key: 0x03, asc: 0x11, ascq: 0x00 },
  /** The initiator does not transfer what the command needs. */
  tooLittleData: { key: ILLEGAL_REQUEST, asc: 0x0e, ascq: 0x03 },
  parameterListLength: { key: ILLEGAL_REQUEST, asc: 0x1a, ascq: 0x00 },
  invalidOpcode: { key: ILLEGAL_REQUEST, asc: 0x20, ascq: 0x00 },
  outOfRange: { key: ILLEGAL_REQUEST, asc: 0x21, ascq: 0x00 },
  invalidField: { key: ILLEGAL_REQUEST, asc: 0x24, ascq: 0x00 },
  noSuchUnit: { key: ILLEGAL_REQUEST, asc: 0x25, ascq: 0x00 },
  invalidParameter: { key: ILLEGAL_REQUEST, asc: 0x26, ascq: 0x00 },
  invalidRelease: { key: ILLEGAL_REQUEST, asc: 0x26, ascq: 0x04 },
  savingNotSupported: { key: ILLEGAL_REQUEST, asc: 0x39, ascq: 0x00 },
  mediumRemovalPrevented: { key: ILLEGAL_REQUEST, asc: 0x53, ascq: 0x02 },
  noMoreRegistrations: { key: ILLEGAL_REQUEST, asc: 0x55, ascq: 0x04 },
  writeProtected: { key: 0x07, asc: 0x27, ascq: 0x00 },
  /** Data-Out came in another order than it was asked for. */
  dataPhaseError: { key: 0x0b, asc: 0x4b, ascq: 0x00 },
  miscompare: { key: 0x0e, asc: 0x1d, ascq: 0x00 },
} as const satisfies Record<string, Sense>;

export const STATUS = { good: 0x00, checkCondition: 0x02, reservationConflict: 0x18, taskSetFull: 0x28 } as const;

export function check(sense: Sense): Outcome {
  return { kind: 'check', sense };
}

/** Data, of which the initiator takes `allocated` bytes. */
export function data(bytes: Uint8Array, allocated: number): Outcome {
  return { kind: 'data', bytes: Buffer.from(bytes).subarray(0, allocated) };
}

export const NOTHING: Outcome = { kind: 'data', bytes: Buffer.alloc(0) };
export const CONFLICT: Outcome = { kind: 'conflict' };

/** Fixed format sense data, 18 bytes (SPC-4 §4.5.3). */
export function fixedSense({ key, asc, ascq }: Sense): Buffer {
  const bytes = Buffer.alloc(18);
  bytes[0] = 0x70;
  bytes[2] = key;
  bytes[7] = 10;
  bytes[12] = asc;
  bytes[13] = ascq;
  return bytes;
}

/** Descriptor format sense data without descriptors, 8 bytes (SPC-4 §4.5.2). */
export function descriptorSense({ key, asc, ascq }: Sense): Buffer {
  return Buffer.from([0x72, key, asc, ascq, 0, 0, 0, 0]);
}
