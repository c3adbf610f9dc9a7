import type { PowerAction, PowerState } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { RedfishContext } from './machine.ts';
import type { RedfishResponse } from './http/response.ts';
import { at, link, list, record, text, texts } from './http/json.ts';
import { readSystem } from './ownership.ts';
import { pause } from './http/timing.ts';
import { noWayToPower, powerStillRefused, powerUnchanged } from './sentences.ts';
import { isTransient, wasNotDone } from './http/transient.ts';

const STATES: Readonly<Record<string, PowerState>> = { On: 'on', Off: 'off', PoweringOn: 'turning-on', PoweringOff: 'turning-off' };

/** What may be asked for each verb, best first. */
const RESETS = {
  on: ['On', 'ForceOn', 'PushPowerButton'],
  off: ['ForceOff', 'PushPowerButton'],
  'graceful-off': ['GracefulShutdown', 'PushPowerButton'],
  reset: ['ForceRestart', 'PowerCycle'],
} as const;

type Verb = keyof typeof RESETS;

export function powerStateOf(value: unknown): PowerState {
  return STATES[text(value) ?? ''] ?? 'unknown';
}

export async function powerState(context: RedfishContext): Promise<PowerState> {
  return powerStateOf((await readSystem(context)).PowerState);
}

/** Which reset types to try, best first. A BMC that lists none is asked all the same. */
export function resetChoices(verb: Verb, allowed: readonly string[]): readonly string[] {
  return allowed.length === 0 ? RESETS[verb].slice(0, verb === 'reset' ? 2 : 1) : RESETS[verb].filter((type) => allowed.includes(type));
}

/** The reset types of the action itself, or of its ActionInfo. */
export async function allowedResets({ client, machine, signal }: RedfishContext): Promise<string[]> {
  const action = record(at(machine.system.doc, 'Actions', '#ComputerSystem.Reset'));
  const inline = texts(action['ResetType@Redfish.AllowableValues']);
  if (inline.length > 0) return inline;
  const info = await client.find(link(action['@Redfish.ActionInfo']), signal);
  const parameter = list(info?.Parameters)
    .map(record)
    .find(({ Name }) => Name === 'ResetType');
  return texts(parameter?.AllowableValues);
}

export function powerActions(allowed: readonly string[]): PowerAction[] {
  const verbs: Verb[] = ['on', 'off', 'graceful-off', 'reset'];
  const found: PowerAction[] = verbs.filter((verb) => resetChoices(verb, allowed).length > 0);
  return found.includes('on') && found.includes('off') ? [...found, 'cycle'] : found;
}

/** Twice in a row, because some BMCs show it for a moment and then the truth. */
export async function powerOn(context: RedfishContext): Promise<void> {
  const found = await settled(context, 'turning-off');
  if (found === 'on') return;
  const asked = context.client.clock.now();
  // A button that is pressed a second time would switch it off again.
  if (found !== 'turning-on') await ask(context, 'on', 'on');
  await follow(context, { wanted: 'on', asked, within: context.client.timing.power.settle, reads: 2 });
}

export async function powerOff(context: RedfishContext): Promise<void> {
  if ((await settled(context, 'turning-off', 'turning-on')) === 'off') return;
  const asked = context.client.clock.now();
  await ask(context, 'off', 'off');
  await follow(context, { wanted: 'off', asked, within: context.client.timing.power.settle, reads: 1 });
}

export async function gracefulOff(context: RedfishContext, timeoutMs: number): Promise<void> {
  const found = await settled(context, 'turning-on');
  if (found === 'off') return;
  const asked = context.client.clock.now();
  // It is shutting down already; a second press of the button would cut that short.
  if (found !== 'turning-off') await ask(context, 'graceful-off', 'off');
  await follow(context, { wanted: 'off', asked, within: timeoutMs, reads: 1 });
}

/**
 * The power once it no longer changes in one of these ways, or after a third of the time that it may take. PoweringOn and PoweringOff are
 * temporary (Redfish Resource schema, PowerState): a reset sent meanwhile is refused, ignored, or undoes what was requested before. Paused is not.
 */
async function settled(context: RedfishContext, ...transient: readonly PowerState[]): Promise<PowerState> {
  const { clock, timing } = context.client;
  const { settle, poll } = timing.power;
  const end = clock.monotonic() + settle / 3;
  for (;;) {
    const found = await powerState(context);
    if (!transient.includes(found) || clock.monotonic() + poll > end) return found;
    await pause(clock, poll, context.signal);
  }
}

/** Off, seen, then on: ForceRestart hangs on some firmware (libredfish, SR675V3). */
export async function powerCycle(context: RedfishContext): Promise<void> {
  await powerOff(context);
  await powerOn(context);
}

/** A machine that is off is powered on: BMCs refuse to reset it. */
export async function reset(context: RedfishContext): Promise<void> {
  if ((await settled(context, 'turning-off', 'turning-on')) === 'off') return powerOn(context);
  const asked = context.client.clock.now();
  await ask(context, 'reset', undefined);
  await follow(context, { wanted: 'on', asked, within: context.client.timing.power.settle, reads: 2 });
}

/** Where and with which types to ask for the verb. E_BMC_UNSUPPORTED. */
export async function resetOffer(context: RedfishContext, verb: Verb): Promise<{ target: string; choices: readonly string[] }> {
  const { path, doc } = context.machine.system;
  const target = text(at(doc, 'Actions', '#ComputerSystem.Reset', 'target'));
  const allowed = await allowedResets(context);
  const choices = resetChoices(verb, allowed);
  if (target !== undefined && choices.length > 0) return { target: context.client.changeable(target), choices };
  throw noWayToPower(verb, path, allowed);
}

/** `already`: the state in which a refusal means that it was so before (ironic 3e778ef95). */
async function ask(context: RedfishContext, verb: Verb, already: PowerState | undefined): Promise<void> {
  const { client, signal } = context;
  const { target, choices } = await resetOffer(context, verb);
  let refused: RedfishResponse | undefined;
  for (const ResetType of choices) {
    // A second reset, or a second press of the button, may undo the first.
    const twice = already !== undefined && ResetType !== 'PushPowerButton';
    const answer = await repeatRefused(context, () => client.post(target, { ResetType }, signal), { already, twice });
    if (answer.ok || (already !== undefined && (await powerState(context)) === already)) return;
    refused = answer;
    // The button is for BMCs that do not know the word.
    if (![400, 404, 405, 501].includes(answer.status)) break;
  }
  if (refused) throw await refusedFor(context, verb, refused);
}

/**
 * iDRAC10 refuses On for up to a minute after Off: 409 ActionParameterValueConflict (ironic 238c9e0cc). A status that passes may hide that
 * it was done, so the power is read before it is asked again.
 */
async function repeatRefused(
  context: RedfishContext,
  attempt: () => Promise<RedfishResponse>,
  { already, twice }: { already: PowerState | undefined; twice: boolean },
): Promise<RedfishResponse> {
  const { clock, timing } = context.client;
  const { times, pause: wait } = timing.retries.powerRefusal;
  for (let tried = 0; ; tried += 1) {
    const answer = await attempt();
    const again = answer.status === 409 || (twice && isTransient(answer) && !wasNotDone(answer));
    if (tried >= times || !again) return answer;
    if (already !== undefined && (await powerState(context)) === already) return answer;
    await pause(clock, wait, context.signal);
  }
}

async function refusedFor(context: RedfishContext, verb: Verb, answer: RedfishResponse): Promise<BootbenchError> {
  const { timing } = context.client;
  if (answer.status !== 409) return context.client.refused(answer, { what: `power ${verb}` });
  const { times, pause: wait } = timing.retries.powerRefusal;
  return powerStillRefused(verb, times * wait, await powerState(context), context.client.wordsOf(answer));
}

interface Following {
  readonly wanted: PowerState;
  readonly asked: number;
  readonly within: number;
  readonly reads: number;
}

/** Some BMCs show the power of a minute ago; one that is away for a moment is waited for as well. */
async function follow(context: RedfishContext, { wanted, asked, within, reads }: Following): Promise<void> {
  const { clock, timing } = context.client;
  const end = clock.monotonic() + within;
  let seen = 0;
  let last: PowerState | BootbenchError = 'unknown';
  for (;;) {
    last = await powerState(context).catch(unlessPassing);
    seen = last === wanted ? seen + 1 : 0;
    if (seen >= reads) return;
    if (clock.monotonic() + timing.power.poll > end) break;
    await pause(clock, timing.power.poll, context.signal);
  }
  if (last instanceof BootbenchError) throw last;
  throw powerUnchanged(wanted, asked, within, last);
}

function unlessPassing(error: unknown): BootbenchError {
  const passing = error instanceof BootbenchError && ['E_BMC_UNREACHABLE', 'E_BMC_BUSY', 'E_BMC_REFUSED'].includes(error.code);
  if (!passing) throw error;
  return error;
}
