import type { RedfishContext, Slot } from '../machine.ts';
import type { RedfishResponse } from '../http/response.ts';
import { at, text } from '../http/json.ts';
import { cdSlots, holdsMedium, imageOf, isConsoles, isOccupied, reread } from './slots.ts';
import { ejectOwn, ownMedia } from './own-media.ts';
import { readSystem } from '../ownership.ts';
import { notEjected } from '../sentences.ts';
import { until } from '../http/timing.ts';
import { isTransient, repeat, wasNotDone } from '../http/transient.ts';

const EJECT = '#VirtualMedia.EjectMedia';

export async function ejectAll(context: RedfishContext): Promise<void> {
  await readSystem(context);
  const own = await ownMedia(context);
  if (own) return ejectOwn(context, own);
  for (const slot of await cdSlots(context)) if (!isConsoles(slot, context)) await eject(context, slot);
}

/**
 * Empties a slot and waits until it shows so. An empty one is left alone: iLO fails on it (bmclib#410). Throws when the BMC
 * refuses, or still shows the medium at the end.
 */
export async function eject(context: RedfishContext, given: Slot): Promise<void> {
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
  throw notEjected(`Slot ${slot.id}`, imageOf(slot.doc) ?? 'a medium', within);
}

async function whenEmpty({ client, machine, signal }: RedfishContext, slot: Slot): Promise<true | undefined> {
  const now = await reread(client, slot, signal);
  return now && !holdsMedium(now.doc, machine.quirks) ? true : undefined;
}

async function askToEject({ client, signal }: RedfishContext, slot: Slot): Promise<RedfishResponse> {
  // The slot was just read: Supermicro has this action only while something is inserted.
  const action = text(at(slot.doc, 'Actions', EJECT, 'target'));
  // iLO answers 415 to a POST without a body.
  const ask = (): Promise<RedfishResponse> => (action === undefined ? ejectByPatch(client, slot, signal) : client.post(action, {}, signal));
  return repeat(client, client.timing.retries.busyChange, ask, (answer) => isTransient(answer) && !wasNotDone(answer), signal);
}

async function ejectByPatch(client: RedfishContext['client'], slot: Slot, signal?: AbortSignal): Promise<RedfishResponse> {
  const answer = await client.patch(slot.path, { Image: null, Inserted: false }, signal);
  // iLO 4 knows Image only.
  return answer.status === 400 ? client.patch(slot.path, { Image: null }, signal) : answer;
}
