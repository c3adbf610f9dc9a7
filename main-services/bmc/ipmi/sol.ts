import type { Clock } from '../../../contract/runtime.ts';
import { sleep } from '../../../util/async.ts';
import { uint16, uint32 } from './wire/bytes.ts';
import { ACTIVATION, COMMAND, COMPLETION, PAYLOAD } from './wire/codes.ts';
import { REQUEST_CANCELLED } from './wire/sentences.ts';
import type { Reply, Session } from './wire/session.ts';

/** Activating SOL (IPMI 2.0 §24.1 to §24.3): the first instance, encrypted and authenticated. */

const INSTANCE = 1;
const ENCRYPTED_AND_AUTHENTICATED = 0xc0;
/**
 * Alerts over the same serial port fail, succeed as ipmitool requests it, or are deferred; FreeIPMI knows BMCs that accept only the last
 * (its workaround “serialalertsdeferred”).
 */
const ALERTS = [0x00, 0x08, 0x04] as const;
const HEADER = 4;
/** Characters are counted in one byte; pyghmi's server loses its answer to packets near 255 (observed, 1.5.34). */
const MOST_CHARACTERS = 128;
/** For a BMC that reports no usable size; every BMC takes so many (§15.9 knows no minimum; ipmi_sim and pyghmi take 64). */
const FALLBACK_CHARACTERS = 64;
/** BMCs answer “already active” for a moment after they ended the other session. */
const TAKE_OVER_TRIES = 5;
const TAKE_OVER_WAIT_MS = 500;
/** SOL ends with its session, so the answer to Deactivate Payload is not worth the usual patience. */
const DEACTIVATE_WAITS_MS = [250, 350, 400];

export type SolActivation =
  | {
      readonly kind: 'active';
      /** Characters of one packet to the BMC. */
      readonly mostCharacters: number;
      /** The UDP port that the BMC reports for SOL, in either order of its bytes. */
      readonly ports: readonly number[];
    }
  | { readonly kind: 'refused'; readonly completion: number };

interface ActivateOptions {
  /** The session of another user is ended first. */
  readonly takeOver: boolean;
  /** The BMC's id of a session of Bootbench that was lost: it may be ended. */
  readonly lost?: number | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** E_BMC_UNREACHABLE, E_CANCELLED. */
export async function activateSol(session: Session, options: ActivateOptions): Promise<SolActivation> {
  const { clock, signal } = options;
  for (let tries = 1; ; tries++) {
    const { completion, data } = await activate(session, signal);
    if (completion === COMPLETION.ok) return { kind: 'active', mostCharacters: charactersOf(data), ports: portsOf(data) };
    if (tries > TAKE_OVER_TRIES || !(await mayEnd(session, completion, options))) return { kind: 'refused', completion };
    await deactivateSol(session, signal);
    await sleep(clock, TAKE_OVER_WAIT_MS, signal, REQUEST_CANCELLED);
  }
}

/** Any answer is right: SOL may have ended already. */
export async function deactivateSol(session: Session, signal?: AbortSignal): Promise<void> {
  const data = Uint8Array.of(PAYLOAD.sol, INSTANCE, 0, 0, 0, 0);
  await session.request(COMMAND.deactivatePayload, data, signal, { waits: DEACTIVATE_WAITS_MS });
}

/** Whose SOL is (§24.5); `own` is `session`, or the session with the id `lost`. `unknown` where the BMC does not report it in a way that is understood. E_BMC_UNREACHABLE, E_CANCELLED. */
export async function solOwner(session: Session, signal?: AbortSignal, lost?: number): Promise<'own' | 'other' | 'unknown'> {
  const { completion, data } = await session.request(COMMAND.payloadInstance, Uint8Array.of(PAYLOAD.sol, INSTANCE), signal);
  if (completion !== COMPLETION.ok || data.length < 4) return 'unknown';
  const id = uint32(data, 0);
  return session.isIdOf(id) || (id !== 0 && id === lost) ? 'own' : 'other';
}

async function activate(session: Session, signal: AbortSignal): Promise<Reply> {
  let reply: Reply = { completion: COMPLETION.invalidField, data: new Uint8Array() };
  for (const alerts of ALERTS) {
    const auxiliary = ENCRYPTED_AND_AUTHENTICATED | alerts;
    reply = await session.request(COMMAND.activatePayload, Uint8Array.of(PAYLOAD.sol, INSTANCE, auxiliary, 0, 0, 0), signal);
    if (reply.completion !== COMPLETION.invalidField) return reply;
  }
  return reply;
}

/** SOL is ours already where the first answer to Activate Payload was lost. */
async function mayEnd(session: Session, completion: number, { takeOver, lost, signal }: ActivateOptions): Promise<boolean> {
  if (completion !== ACTIVATION.alreadyActive && completion !== ACTIVATION.limitReached) return false;
  return takeOver || (await solOwner(session, signal, lost)) === 'own';
}

/** The size of a payload to the BMC, less its header. Some BMCs swap its bytes (as pyghmi swaps those of the port). */
function charactersOf(data: Uint8Array): number {
  if (data.length < 6) return FALLBACK_CHARACTERS;
  const usable = eitherOrder(uint16(data, 4))
    .map((bytes) => bytes - HEADER)
    .find((count) => count >= 1 && count <= 1500);
  return Math.min(usable ?? FALLBACK_CHARACTERS, MOST_CHARACTERS);
}

function portsOf(data: Uint8Array): readonly number[] {
  return data.length < 10 ? [] : eitherOrder(uint16(data, 8));
}

function eitherOrder(value: number): readonly number[] {
  return [value, ((value & 0xff) << 8) | (value >> 8)];
}
