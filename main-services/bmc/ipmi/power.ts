import type { PowerState } from '../../../contract/bmc.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import type { Clock } from '../../../contract/runtime.ts';
import { decodeChassisStatus, type ChassisStatus } from './chassis.ts';
import { COMMAND, COMPLETION, CONTROL } from './wire/codes.ts';
import { malformedReply } from './sentences.ts';
import { refusedCommand, REQUEST_CANCELLED } from './wire/sentences.ts';
import type { Session } from './wire/session.ts';
import { isTransient } from './wire/transient.ts';
import { sleep } from '../../../util/async.ts';

export async function readChassis(session: Session, signal: AbortSignal | undefined): Promise<ChassisStatus> {
  const { completion, data } = await session.request(COMMAND.chassisStatus, undefined, signal);
  if (completion !== COMPLETION.ok) throw refusedCommand(session.bmc, COMMAND.chassisStatus, completion);
  const status = decodeChassisStatus(data);
  if (!status) throw malformedReply(session.bmc, COMMAND.chassisStatus);
  return status;
}

export async function control(session: Session, directive: number, signal: AbortSignal | undefined): Promise<number> {
  // On and off may be said twice; a second press of the button or a second reset may not.
  const twice = directive === CONTROL.on || directive === CONTROL.off;
  const { completion } = await session.request(COMMAND.chassisControl, Uint8Array.of(directive), signal, { twice });
  return completion;
}

/** Readings that are waited for after codes that pass. */
const MOST_UNSURE = 2;

export interface Switching {
  readonly goal: 'on' | 'off';
  readonly directive: number;
  readonly clock: Clock;
  /** Milliseconds. */
  readonly deadline: number;
  readonly poll: number;
  readonly late: (shown: PowerState) => BootbenchError;
}

/**
 * Resolves when the machine shows the goal in two readings. A BMC that cannot do it in its present state, as some say
 * for a while after the power went off, is told again with each reading. A code that passes may hide that it was done: the reading decides.
 */
export async function switchPower(session: Session, switching: Switching, signal: AbortSignal | undefined): Promise<void> {
  const { goal, directive, clock, deadline, poll, late } = switching;
  const end = clock.monotonic() + deadline;
  let { power } = await readChassis(session, signal);
  if (power === goal) return;
  let completion: number | undefined;
  let unsure = 0;
  for (let agreeing = 0; agreeing < 2;) {
    if (completion !== COMPLETION.ok && power !== goal) completion = await control(session, directive, signal);
    if (completion !== undefined && isTransient(completion) && power !== goal) unsure++;
    if (unsure > MOST_UNSURE || !mayCome(completion)) throw refused(session, completion);
    await sleep(clock, poll, signal, REQUEST_CANCELLED);
    ({ power } = await readChassis(session, signal));
    agreeing = power === goal ? agreeing + 1 : 0;
    if (agreeing === 0 && clock.monotonic() >= end) throw completion === COMPLETION.ok ? late(power) : refused(session, completion);
  }
}

/** Whether the goal can still be reached after this code. */
function mayCome(completion: number | undefined): boolean {
  const { ok, notInThisState } = COMPLETION;
  return completion === ok || completion === notInThisState || (completion !== undefined && isTransient(completion));
}

function refused(session: Session, completion: number | undefined): BootbenchError {
  return refusedCommand(session.bmc, COMMAND.chassisControl, completion ?? COMPLETION.ok);
}
