import type { MediaSlot } from '../../../../contract/bmc.ts';
import type { Inserted } from '../../provider.ts';
import type { OwnMedia, RedfishContext, Slot } from '../machine.ts';
import { isImage } from './insert-parameters.ts';
import { allSlots, cdSlots, holdsMedium, shown } from './slots.ts';
import { acceptedNotShown, notEjected } from '../sentences.ts';
import { until } from '../http/timing.ts';

/** A vendor's own virtual CD instead of slots; undefined where there is none. */
export async function ownMedia(context: RedfishContext): Promise<OwnMedia | undefined> {
  return context.machine.quirks.ownMedia?.(context);
}

/** Every place for a CD, with what is in it. */
export async function shownSlots(context: RedfishContext): Promise<MediaSlot[]> {
  const own = await ownMedia(context);
  const mounted = own ? await held(context) : [];
  const slots = own ? (mounted.length > 0 ? mounted : [own.empty]) : await cdSlots(context);
  return slots.map((slot) => shown(slot, context));
}

export async function insertOwn(context: RedfishContext, own: OwnMedia, url: string): Promise<Inserted> {
  const { client, machine, signal } = context;
  await ejectOwn(context, own);
  const answer = await own.insert(url);
  if (!answer.ok) throw client.refused(answer, { what: `mount ${url}`, image: url, licence: machine.quirks.licence });
  const { verify: within, poll: every } = client.timing.media;
  const shows = async (): Promise<Slot | undefined> => (await held(context)).find(({ doc }) => isImage(doc, url));
  const slot = await until(client.clock, { within, every }, shows, signal);
  if (slot) return { slot: shown(slot, context), how: 'oem' };
  throw acceptedNotShown(url, within, 'its virtual CD', undefined);
}

export async function ejectOwn(context: RedfishContext, own: OwnMedia): Promise<void> {
  const { client, signal } = context;
  if ((await held(context)).length === 0) return;
  const answer = await own.eject();
  const { eject: within, poll: every } = client.timing.media;
  const empty = async (): Promise<true | undefined> => ((await held(context)).length === 0 ? true : undefined);
  if (await until(client.clock, { within: answer.ok ? within : 0, every }, empty, signal)) return;
  if (!answer.ok) throw client.refused(answer, { what: 'eject its virtual CD' });
  throw notEjected('The virtual CD', 'its medium', within);
}

/** What the collection shows as mounted. */
async function held(context: RedfishContext): Promise<Slot[]> {
  return (await allSlots(context)).filter(({ doc }) => holdsMedium(doc, context.machine.quirks));
}
