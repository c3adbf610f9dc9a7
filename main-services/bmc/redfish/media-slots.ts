import type { MediaSlot } from '../../../contract/bmc.ts';
import { BootbenchError } from '../../../contract/errors.ts';
import type { Quirks, QuirkContext, Slot } from '../quirks/quirks.ts';
import type { RedfishClient } from './client.ts';
import { link, members, sameAs, text, texts, type Doc } from './json.ts';

const MAX_SLOTS = 32;

/** Every slot of the machine, the System's before its Managers' (iDRAC from 6.00.02 mounts the System's only; iDRAC-Redfish-Scripting#265). */
export async function allSlots({ client, machine, signal }: QuirkContext): Promise<Slot[]> {
  const collections = [
    { below: 'system' as const, path: link(machine.system.doc.VirtualMedia) },
    ...machine.managers.map(({ doc }) => ({ below: 'manager' as const, path: link(doc.VirtualMedia) })),
  ];
  const seen = new Set<string>();
  const slots: Slot[] = [];
  for (const { below, path } of collections) {
    for (const member of members(await client.seek(path, signal)).slice(0, MAX_SLOTS)) {
      if (seen.has(sameAs(member))) continue;
      seen.add(sameAs(member));
      const doc = await client.seek(member, signal);
      if (doc) slots.push({ path: member, doc, below, id: text(doc.Id) ?? member.split('/').at(-1) ?? member });
    }
  }
  return slots;
}

/** The slots that can hold a CD, best first. Cisco's know DVD only; some say nothing at all. */
export function rankSlots(slots: readonly Slot[], quirks: Quirks): Slot[] {
  const usable = slots.filter((slot) => quirks.usable?.(slot) ?? true);
  const holding = (type: string): Slot[] => usable.filter(({ doc }) => texts(doc.MediaTypes).includes(type));
  const silent = usable.every(({ doc }) => texts(doc.MediaTypes).length === 0);
  const candidates = [holding('CD'), holding('DVD'), silent ? usable : []].find((some) => some.length > 0) ?? [];
  const place = (slot: Slot): number => (slot.below === 'system' ? 0 : 100) + (quirks.rank?.(slot) ?? 0) * 10;
  const order = (slot: Slot): number => place(slot) + (isOccupied(slot.doc, quirks) ? 1 : 0);
  return candidates
    .map((slot, index) => ({ slot, index }))
    .sort((a, b) => order(a.slot) - order(b.slot) || a.index - b.index)
    .map(({ slot }) => slot);
}

/** E_BMC_UNSUPPORTED with the slots that there are; none where they must be prepared first. Reads only. */
export async function cdSlots(context: QuirkContext): Promise<Slot[]> {
  const { quirks } = context.machine;
  const slots = await allSlots(context);
  const ranked = rankSlots(slots, quirks);
  if (ranked.length > 0 || (slots.length === 0 && quirks.prepareMedia)) return ranked;
  const names = slots.map(({ id }) => id).join(', ') || 'none';
  throw new BootbenchError('E_BMC_UNSUPPORTED', `The BMC offers no remote CD (its slots: ${names}).`);
}

export function isOccupied(doc: Doc, quirks: Quirks): boolean {
  return quirks.occupied?.(doc) ?? (doc.Inserted === true || text(doc.Image) !== undefined);
}

/** A slot as it is now; undefined while the BMC cannot show it. */
export async function reread(client: RedfishClient, slot: Slot, signal?: AbortSignal): Promise<Slot | undefined> {
  const doc = await client.find(slot.path, signal);
  return doc && { ...slot, doc };
}

export function told(slot: Slot, quirks: Quirks): MediaSlot {
  const { doc, path, id } = slot;
  const inserted = isOccupied(doc, quirks);
  return {
    id: path,
    name: text(doc.Name) === undefined ? id : `${id} (${text(doc.Name) ?? ''})`,
    mediaTypes: texts(doc.MediaTypes),
    inserted,
    image: inserted ? (text(doc.Image) ?? text(doc.ImageName)) : undefined,
  };
}
