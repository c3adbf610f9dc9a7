import { le32 } from './bytes.ts';
import { RAKP_STATUS, statusWords } from './codes.ts';
import type { OpenResponse, Rakp2, Rakp4 } from './rakp.ts';
import { hmac, sameBytes, sessionKeys, type SessionKeys, type Suite } from './suites.ts';

/** What the answers of a BMC mean while a session opens. Pure: bytes and secrets in, a verdict out. */

/** Everything that both sides mix into their proofs; known after RAKP 2. */
export interface Secrets {
  readonly suite: Suite;
  readonly username: Uint8Array;
  readonly password: Uint8Array;
  readonly role: number;
  readonly consoleId: number;
  readonly managedId: number;
  readonly consoleRandom: Uint8Array;
  readonly managedRandom: Uint8Array;
  readonly guid: Uint8Array;
}

export type Refusal =
  /** Another cipher suite may be taken. */
  | { readonly kind: 'suite'; readonly words: string }
  /** A lower privilege may be granted. */
  | { readonly kind: 'role'; readonly words: string }
  | { readonly kind: 'user'; readonly words: string }
  /** Found here, by the BMC's own proof: nothing that depends on the password was sent. */
  | { readonly kind: 'password' }
  /** The password is right but the session key is not: the BMC has a second key. */
  | { readonly kind: 'second-key' }
  | { readonly kind: 'busy'; readonly words: string }
  | { readonly kind: 'other'; readonly words: string };

export function judgeOpen(response: OpenResponse, suite: Suite): Refusal | undefined {
  if (response.status !== RAKP_STATUS.ok) return refusalOf(response.status);
  const [authentication, integrity, confidentiality] = response.algorithms;
  const asked = authentication === suite.authentication && integrity === suite.integrity && confidentiality === suite.confidentiality;
  if (asked) return undefined;
  return { kind: 'suite', words: `it chose the algorithms ${response.algorithms.join(', ')} instead` };
}

/** The BMC proves first that it knows the password. */
export function judgeRakp2(response: Rakp2, secrets: Secrets): Refusal | undefined {
  if (response.status !== RAKP_STATUS.ok) return refusalOf(response.status);
  return sameBytes(response.authCode, bmcProof(secrets)) ? undefined : { kind: 'password' };
}

/** Both know the password by now, so another key must be in the session's. */
export function judgeRakp4(response: Rakp4, secrets: Secrets): Refusal | undefined {
  if (response.status === RAKP_STATUS.badCheckValue) return { kind: 'second-key' };
  if (response.status !== RAKP_STATUS.ok) return refusalOf(response.status);
  const { suite, consoleRandom, managedId, guid } = secrets;
  const expected = hmac(suite, sessionIntegrityKey(secrets), consoleRandom, le32(managedId), guid).subarray(0, suite.checkLength);
  return sameBytes(response.checkValue, expected) ? undefined : { kind: 'second-key' };
}

export function keysOf(secrets: Secrets): SessionKeys {
  return sessionKeys(secrets.suite, sessionIntegrityKey(secrets));
}

/** §13.31, the key exchange authentication code of RAKP 2. */
export function bmcProof(secrets: Secrets): Uint8Array {
  const { suite, password, consoleId, managedId, consoleRandom, managedRandom, guid } = secrets;
  return hmac(suite, password, le32(consoleId), le32(managedId), consoleRandom, managedRandom, guid, userBytes(secrets));
}

/** §13.31, the one of RAKP 3. */
export function consoleProof(secrets: Secrets): Uint8Array {
  const { suite, password, consoleId, managedRandom } = secrets;
  return hmac(suite, password, managedRandom, le32(consoleId), userBytes(secrets));
}

function sessionIntegrityKey(secrets: Secrets): Uint8Array {
  const { suite, password, consoleRandom, managedRandom } = secrets;
  return hmac(suite, password, consoleRandom, managedRandom, userBytes(secrets));
}

function userBytes({ role, username }: Secrets): Uint8Array {
  return Uint8Array.of(role, username.length, ...username);
}

function refusalOf(status: number): Refusal {
  const words = statusWords(status);
  switch (status) {
    case RAKP_STATUS.badAuthentication:
    case RAKP_STATUS.badIntegrity:
    case RAKP_STATUS.noAuthenticationMatch:
    case RAKP_STATUS.noIntegrityMatch:
    case RAKP_STATUS.badConfidentiality:
    case RAKP_STATUS.noSuiteMatch:
      return { kind: 'suite', words };
    case RAKP_STATUS.badRole:
    case RAKP_STATUS.unauthorizedRole:
      return { kind: 'role', words };
    case RAKP_STATUS.unauthorizedName:
    case RAKP_STATUS.badNameLength:
      return { kind: 'user', words };
    case RAKP_STATUS.noResources:
    case RAKP_STATUS.noResourcesForRole:
      return { kind: 'busy', words };
    default:
      return { kind: 'other', words };
  }
}
