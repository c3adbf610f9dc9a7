import { BootbenchError } from '../../../../contract/errors.ts';
import type { QuirkContext, Slot } from '../machine.ts';
import type { RedfishResponse } from '../http/response.ts';
import { at, text } from '../http/json.ts';
import { cdSlots, holdsMedium, imageOf, isConsoles, isOccupied, reread } from './slots.ts';
import { ejectOwn, ownMedia } from './own-media.ts';
import { readSystem } from '../ownership.ts';
import { until } from '../http/timing.ts';
import { isTransient, patiently, wasNotDone } from '../http/transient.ts';

const EJECT = '#VirtualMedia.EjectMedia';

export async function ejectAll(context: QuirkContext): Promise<void> {
  await readSystem(context);
  const own = await ownMedia(context);
  if (own) return ejectOwn(context, own);
  for (const slot of await cdSlots(context)) if (!isConsoles(slot, context)) await eject(context, slot);
}

/**
 * Empties a slot and waits until it shows so. An empty one is left alone: iLO fails on it (bmclib#410). Throws when the BMC
 * refuses, or still shows the medium at the end.
 */
export async function eject(context: QuirkContext, given: Slot): Promise<void> {
  const { client, machine, signal } = context;
  const slot = (await reread(client, given, signal)) ?? given;
  if (!isOccupied(slot.doc, machine.quirks)) return;
  const answer = await askToEject(context, slot);
  const { eject: within, poll: every } = client.timing.media;
  // Refused or not: what counts is that it is empty (sushy bug 2114737).
  const patience = answer.ok ? { within, every } : { within: 0, every };
  const empty = await until(client.clock, patience, () => whenEmpty(context, slot), signal);
  if (empty) return;
  if (!answer.ok) throw client.refused(answer, { what: `eject slot ${slot.id}` });
  const image = imageOf(slot.doc) ?? 'a medium';
  throw new BootbenchError('E_BMC_TIMEOUT', `Slot ${slot.id} still shows ${image} ${Math.round(within / 1000)} s after its ejection.`);
}

async function whenEmpty({ client, machine, signal }: QuirkContext, slot: Slot): Promise<true | undefined> {
  const now = await reread(client, slot, signal);
  return now && !holdsMedium(now.doc, machine.quirks) ? true : undefined;
}

async function askToEject({ client, signal }: QuirkContext, slot: Slot): Promise<RedfishResponse> {
  // The slot was just read: Supermicro has this action only while something is inserted.
  const action = text(at(slot.doc, 'Actions', EJECT, 'target'));
  // iLO answers 415 to a POST without a body.
  const ask = (): Promise<RedfishResponse> => (action === undefined ? ejectByPatch(client, slot, signal) : client.post(action, {}, signal));
  return patiently(client, client.timing.changeAgain, ask, (answer) => isTransient(answer) && !wasNotDone(answer), signal);
}

async function ejectByPatch(client: QuirkContext['client'], slot: Slot, signal?: AbortSignal): Promise<RedfishResponse> {
  const answer = await client.patch(slot.path, { Image: null, Inserted: false }, signal);
  // iLO 4 knows Image only.
  return answer.status === 400 ? client.patch(slot.path, { Image: null }, signal) : answer;
}
