import type { Clock } from '../../../contract/runtime.ts';
import { sleep } from '../../../util/async.ts';
import { uint16 } from './wire/bytes.ts';
import { ACTIVATION, COMMAND, COMPLETION, PAYLOAD } from './wire/codes.ts';
import { REQUEST_CANCELLED } from './wire/sentences.ts';
import type { Session } from './wire/session.ts';

/** Activating SOL (IPMI 2.0 §24.1 to §24.3): the first instance, encrypted and authenticated. */

const INSTANCE = 1;
const ENCRYPTED_AND_AUTHENTICATED = 0xc0;
const HEADER = 4;
/** Characters are counted in one byte; pyghmi's server loses its answer to packets near 255 (observed, 1.5.34). */
const MOST_CHARACTERS = 128;
/** For a BMC that reports no usable size; every BMC takes so many (§15.9 knows no minimum; ipmi_sim and pyghmi take 64). */
const FALLBACK_CHARACTERS = 64;
/** BMCs answer “already active” for a moment after they ended the other session. */
const TAKE_OVER_TRIES = 5;
const TAKE_OVER_WAIT_MS = 500;

export type SolActivation =
  | { readonly kind: 'active'; /** Characters of one packet to the BMC. */ readonly mostCharacters: number }
  | { readonly kind: 'refused'; readonly completion: number };

/** `takeOver`: the session of another user is ended first. E_BMC_UNREACHABLE, E_CANCELLED. */
export async function activateSol(
  session: Session,
  { takeOver, clock, signal }: { takeOver: boolean; clock: Clock; signal: AbortSignal },
): Promise<SolActivation> {
  for (let tries = 1; ; tries++) {
    const { completion, data } = await session.request(COMMAND.activatePayload, activation(), signal);
    if (completion === COMPLETION.ok) return { kind: 'active', mostCharacters: charactersOf(data) };
    if (completion !== ACTIVATION.alreadyActive || !takeOver || tries > TAKE_OVER_TRIES) return { kind: 'refused', completion };
    await deactivateSol(session, signal);
    await sleep(clock, TAKE_OVER_WAIT_MS, signal, REQUEST_CANCELLED);
  }
}

/** Any answer is right: SOL may have ended already. */
export async function deactivateSol(session: Session, signal?: AbortSignal): Promise<void> {
  await session.request(COMMAND.deactivatePayload, Uint8Array.of(PAYLOAD.sol, INSTANCE, 0, 0, 0, 0), signal);
}

function activation(): Uint8Array {
  return Uint8Array.of(PAYLOAD.sol, INSTANCE, ENCRYPTED_AND_AUTHENTICATED, 0, 0, 0);
}

/** The size of a payload to the BMC, less its header. Some BMCs swap its bytes (as pyghmi swaps those of the port). */
function charactersOf(data: Uint8Array): number {
  if (data.length < 6) return FALLBACK_CHARACTERS;
  const size = uint16(data, 4);
  const swapped = ((size & 0xff) << 8) | (size >> 8);
  const usable = [size, swapped].map((bytes) => bytes - HEADER).find((count) => count >= 1 && count <= 1500);
  return Math.min(usable ?? FALLBACK_CHARACTERS, MOST_CHARACTERS);
}
