import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ChapAccount } from '../../../contract/iscsi.ts';
import { numberOf, type TextPairs } from '../wire/text.ts';

/** CHAP (RFC 1994) as a login of iSCSI carries it (RFC 7143 §12.1.3), with MD5, which every initiator has. */

const MD5 = '5';
const CHALLENGE_BYTES = 16;
/** RFC 7143 §12.1.3: a challenge has at most 1024 bytes. */
const MAX_BYTES = 1024;

export interface ChapChallenge {
  readonly identifier: number;
  readonly challenge: Buffer;
}

/** Undefined where the initiator does not offer MD5. */
export function challenge(pairs: TextPairs): { sent: ChapChallenge; answers: TextPairs } | undefined {
  if (!valueOf(pairs, 'CHAP_A')?.split(',').includes(MD5)) return undefined;
  const [identifier = 0] = randomBytes(1);
  const sent = { identifier, challenge: randomBytes(CHALLENGE_BYTES) };
  const answers: TextPairs = [
    ['CHAP_A', MD5],
    ['CHAP_I', String(identifier)],
    ['CHAP_C', `0x${sent.challenge.toString('hex')}`],
  ];
  return { sent, answers };
}

/** The target's own answers where the initiator's response is right; undefined where it is not. */
export function respond(pairs: TextPairs, { identifier, challenge: own }: ChapChallenge, account: ChapAccount): TextPairs | undefined {
  const response = binaryOf(valueOf(pairs, 'CHAP_R'));
  const expected = digestOf(identifier, account.secret, own);
  const isRight = response?.length === expected.length && timingSafeEqual(response, expected);
  if (!isRight || valueOf(pairs, 'CHAP_N') !== account.name) return undefined;
  const [theirIdentifier, theirs] = [numberOf(valueOf(pairs, 'CHAP_I') ?? ''), binaryOf(valueOf(pairs, 'CHAP_C'))];
  if (!pairs.some(([key]) => key === 'CHAP_I' || key === 'CHAP_C')) return [];
  // A challenge that is this target's own would make it answer for the initiator (RFC 7143 §9.2.1).
  if (theirs === undefined || theirIdentifier === undefined || theirIdentifier > 255 || theirs.equals(own)) return undefined;
  if (!account.mutual) return undefined;
  return [
    ['CHAP_N', account.mutual.name],
    ['CHAP_R', `0x${digestOf(theirIdentifier, account.mutual.secret, theirs).toString('hex')}`],
  ];
}

function digestOf(identifier: number, secret: string, bytes: Uint8Array): Buffer {
  return createHash('md5').update(Uint8Array.of(identifier)).update(secret, 'utf8').update(bytes).digest();
}

/** A binary value: hexadecimal after 0x, or Base64 after 0b. */
function binaryOf(value: string | undefined): Buffer | undefined {
  if (value === undefined || value.length > 2 * MAX_BYTES + 2) return undefined;
  const digits = value.slice(2);
  if (/^0x(?:[0-9a-f]{2})+$/i.test(value)) return Buffer.from(digits, 'hex');
  if (/^0b[0-9a-z+/]+=*$/i.test(value)) return Buffer.from(digits, 'base64');
  return undefined;
}

function valueOf(pairs: TextPairs, key: string): string | undefined {
  return pairs.find(([name]) => name === key)?.[1];
}
