import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';

/**
 * Cipher suites (table 22-20) that authenticate, sign and encrypt. Suites 0, 1, 2, 15 and 16 leave out one of these
 * and are never offered.
 */
export type SuiteId = 3 | 17;

export interface Suite {
  readonly id: SuiteId;
  /** Algorithm numbers, tables 13-17 to 13-19. */
  readonly authentication: number;
  readonly integrity: number;
  readonly confidentiality: number;
  readonly hash: 'sha1' | 'sha256';
  /** Bytes of a key exchange authentication code. */
  readonly codeLength: number;
  /** Bytes of an integrity check value and of a packet's signature: the hash, truncated. */
  readonly checkLength: number;
}

const AES_CBC_128 = 1;

export const SUITES: Readonly<Record<SuiteId, Suite>> = {
  3: { id: 3, authentication: 1, integrity: 1, confidentiality: AES_CBC_128, hash: 'sha1', codeLength: 20, checkLength: 12 },
  17: { id: 17, authentication: 3, integrity: 4, confidentiality: AES_CBC_128, hash: 'sha256', codeLength: 32, checkLength: 16 },
};

/** Best first, or the one that worked last time and then the other: a BMC can be updated. */
export function suitesToTry(remembered: SuiteId | undefined): readonly Suite[] {
  return remembered === 3 ? [SUITES[3], SUITES[17]] : [SUITES[17], SUITES[3]];
}

export interface SessionKeys {
  readonly suite: Suite;
  /** Signs packets. */
  readonly k1: Uint8Array;
  /** Encrypts payloads. */
  readonly aes: Uint8Array;
}

const AES_KEY = 16;
const AES_BLOCK = 16;
/** §13.32: a constant of 20 bytes whatever the hash. */
const CONSTANT_LENGTH = 20;

export function hmac(suite: Suite, key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array {
  const made = createHmac(suite.hash, key);
  for (const part of parts) made.update(part);
  return made.digest();
}

/** K1 and K2 of the session integrity key (§13.32). */
export function sessionKeys(suite: Suite, integrityKey: Uint8Array): SessionKeys {
  const constant = (byte: number): Uint8Array => new Uint8Array(CONSTANT_LENGTH).fill(byte);
  const k2 = hmac(suite, integrityKey, constant(2));
  return { suite, k1: hmac(suite, integrityKey, constant(1)), aes: k2.subarray(0, AES_KEY) };
}

export function sign({ suite, k1 }: SessionKeys, bytes: Uint8Array): Uint8Array {
  return hmac(suite, k1, bytes).subarray(0, suite.checkLength);
}

/** `session` is everything from the authentication type on; its end is the signature. */
export function isSigned(keys: SessionKeys, session: Uint8Array): boolean {
  const end = session.length - keys.suite.checkLength;
  return end > 0 && sameBytes(sign(keys, session.subarray(0, end)), session.subarray(end));
}

/** §13.29.2: padded with 1, 2, 3, … and the number of these; the initialization vector goes in front. */
export function encrypt({ aes }: SessionKeys, payload: Uint8Array, vector: Uint8Array): Uint8Array {
  const pad = (AES_BLOCK - ((payload.length + 1) % AES_BLOCK)) % AES_BLOCK;
  const padding = Uint8Array.from({ length: pad }, (_, at) => at + 1);
  const cipher = createCipheriv('aes-128-cbc', aes, vector).setAutoPadding(false);
  return Buffer.concat([vector, cipher.update(payload), cipher.update(padding), cipher.update(Uint8Array.of(pad)), cipher.final()]);
}

/** Undefined for what was not encrypted so. */
export function decrypt({ aes }: SessionKeys, bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < 2 * AES_BLOCK || bytes.length % AES_BLOCK !== 0) return undefined;
  const decipher = createDecipheriv('aes-128-cbc', aes, bytes.subarray(0, AES_BLOCK)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(bytes.subarray(AES_BLOCK)), decipher.final()]);
  const pad = plain.at(-1) ?? 0;
  return pad < AES_BLOCK ? plain.subarray(0, plain.length - 1 - pad) : undefined;
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
