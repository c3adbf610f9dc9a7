import { le32, uint32 } from './bytes.ts';
import type { Privilege } from './codes.ts';
import type { Suite } from './suites.ts';

/** The payloads that open a session (§13.17 to §13.23) as bytes and back. Nothing here throws. */

/** Bit 4: the user is looked up by name alone, not by name and privilege. */
const NAME_ONLY = 0x10;
const RANDOM_LENGTH = 16;
const GUID_LENGTH = 16;

export interface OpenResponse {
  readonly tag: number;
  readonly status: number;
  readonly consoleId: number;
  readonly managedId: number;
  /** Algorithm numbers that the BMC chose. */
  readonly algorithms: readonly [authentication: number, integrity: number, confidentiality: number];
}

export interface Rakp2 {
  readonly tag: number;
  readonly status: number;
  readonly consoleId: number;
  readonly managedRandom: Uint8Array;
  readonly guid: Uint8Array;
  readonly authCode: Uint8Array;
}

export interface Rakp4 {
  readonly tag: number;
  readonly status: number;
  readonly consoleId: number;
  readonly checkValue: Uint8Array;
}

/** The role byte of RAKP 1, which both sides also mix into their proofs. */
export function roleByte(privilege: Privilege): number {
  return NAME_ONLY | privilege;
}

export function encodeOpenRequest(tag: number, privilege: Privilege, consoleId: number, suite: Suite): Uint8Array {
  const algorithm = (kind: number, number: number): Uint8Array => Uint8Array.of(kind, 0, 0, 8, number, 0, 0, 0);
  return Buffer.concat([
    Uint8Array.of(tag, privilege, 0, 0),
    le32(consoleId),
    algorithm(0, suite.authentication),
    algorithm(1, suite.integrity),
    algorithm(2, suite.confidentiality),
  ]);
}

/** A refusal ends after its status; only an acceptance is read further. */
export function decodeOpenResponse(bytes: Uint8Array): OpenResponse | undefined {
  const [tag, status] = bytes;
  if (tag === undefined || status === undefined || (status === 0 && bytes.length < 36)) return undefined;
  const algorithm = (at: number): number => (bytes[at] ?? 0) & 0x3f;
  return {
    tag,
    status,
    consoleId: uint32(bytes, 4),
    managedId: uint32(bytes, 8),
    algorithms: [algorithm(16), algorithm(24), algorithm(32)],
  };
}

export function encodeRakp1(tag: number, managedId: number, random: Uint8Array, role: number, username: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, 0, 0, 0), le32(managedId), random, Uint8Array.of(role, 0, 0, username.length), username]);
}

export function decodeRakp2(bytes: Uint8Array): Rakp2 | undefined {
  const [tag, status] = bytes;
  const randomEnd = 8 + RANDOM_LENGTH;
  const guidEnd = randomEnd + GUID_LENGTH;
  if (tag === undefined || status === undefined || (status === 0 && bytes.length <= guidEnd)) return undefined;
  return {
    tag,
    status,
    consoleId: uint32(bytes, 4),
    managedRandom: bytes.subarray(8, randomEnd),
    guid: bytes.subarray(randomEnd, guidEnd),
    authCode: bytes.subarray(guidEnd),
  };
}

export function encodeRakp3(tag: number, managedId: number, authCode: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, 0, 0, 0), le32(managedId), authCode]);
}

export function decodeRakp4(bytes: Uint8Array): Rakp4 | undefined {
  const [tag, status] = bytes;
  if (tag === undefined || status === undefined || (status === 0 && bytes.length <= 8)) return undefined;
  return { tag, status, consoleId: uint32(bytes, 4), checkValue: bytes.subarray(8) };
}
