import type { MediaSlot } from '../../../../contract/bmc.ts';
import type { Quirks, RedfishContext, Slot } from '../machine.ts';
import type { RedfishClient } from '../http/client.ts';
import { nameOf, readCollection, type Sick } from '../http/collection.ts';
import { noRemoteCd, slotsInUse, slotsMissing, slotWithoutData } from '../sentences.ts';
import { isForeign } from '../own-paths.ts';
import { withoutEnd } from '../../../../util/text.ts';
import { at, link, links, record, sameAs, text, texts, type Doc } from '../http/json.ts';

const MAX_SLOTS = 32;

/**
 * Every slot of the machine that can be read, and those that cannot; the System's before its Managers' (iDRAC from 6.00.02 mounts the
 * System's only; iDRAC-Redfish-Scripting#265). A collection that another machine of the service links to as well belongs to none of them, nor is
 * one below another machine's Manager.
 */
export async function readSlots({ client, machine, signal }: RedfishContext): Promise<{ slots: Slot[]; sick: readonly Sick[] }> {
  const foreign = machine.others.flatMap(({ doc }) => link(doc.VirtualMedia) ?? []).map(sameAs);
  const collections = [
    { below: 'system' as const, path: link(machine.system.doc.VirtualMedia) },
    ...machine.managers.map(({ doc }) => ({ below: 'manager' as const, path: link(doc.VirtualMedia) })),
  ].filter(({ path }) => path !== undefined && !foreign.includes(sameAs(path)) && !isForeign(machine, path));
  const seen = new Set<string>();
  const slots: Slot[] = [];
  const sick: Sick[] = [];
  for (const { below, path } of collections) {
    if (path === undefined || seen.has(sameAs(path))) continue;
    seen.add(sameAs(path));
    const read = await readCollection(client, path, { most: MAX_SLOTS, signal });
    if (read.found.length + read.sick.length === 0) await noteEmpty(client, path, signal);
    for (const slot of read.found) if (!isSlot(slot.doc)) client.troubles.set(slot.path, slotWithoutData(slot.path));
    const fresh = read.found.filter((slot) => !seen.has(sameAs(slot.path)) && !isForeign(machine, slot.path));
    for (const slot of fresh) seen.add(sameAs(slot.path));
    slots.push(...fresh.map((slot) => ({ ...slot, below, id: nameOf(slot) })));
    sick.push(...read.sick);
  }
  return { slots, sick };
}

/** An empty collection is fine (AMI, X11); one that is linked to and is none is worth a warning. */
async function noteEmpty(client: RedfishClient, path: string, signal?: AbortSignal): Promise<void> {
  const collection = await client.find(path, signal);
  if (!Array.isArray(collection?.Members)) client.troubles.set(path, slotsMissing(path));
}

function isSlot({ Inserted, Image, MediaTypes, Actions }: Doc): boolean {
  return typeof Inserted === 'boolean' || text(Image) !== undefined || Array.isArray(MediaTypes) || Object.keys(record(Actions)).length > 0;
}

export async function allSlots(context: RedfishContext): Promise<Slot[]> {
  return (await readSlots(context)).slots;
}

/** The slots that can hold a CD, best first. Cisco's know DVD only. MediaTypes is optional: slots that list none may hold any, and come last. */
export function rankSlots(slots: readonly Slot[], quirks: Quirks): Slot[] {
  const usable = slots.filter((slot) => isSlot(slot.doc) && (quirks.usable?.(slot) ?? true));
  const holding = (type: string): Slot[] => usable.filter(({ doc }) => texts(doc.MediaTypes).includes(type));
  const silent = usable.filter(({ doc }) => texts(doc.MediaTypes).length === 0);
  const candidates = [...([holding('CD'), holding('DVD')].find((some) => some.length > 0) ?? []), ...silent];
  const place = (slot: Slot): number =>
    (slot.below === 'system' ? 0 : 100) + (silent.includes(slot) ? 1000 : 0) + (quirks.rank?.(slot) ?? 0) * 10;
  const order = (slot: Slot): number => place(slot) + (isOccupied(slot.doc, quirks) ? 1 : 0);
  return candidates
    .map((slot, index) => ({ slot, index }))
    .sort((a, b) => order(a.slot) - order(b.slot) || a.index - b.index)
    .map(({ slot }) => slot);
}

/** E_BMC_UNSUPPORTED with the slots that there are; none where they must be prepared first. Reads only. */
export async function cdSlots(context: RedfishContext): Promise<Slot[]> {
  const { quirks } = context.machine;
  const { slots, sick } = await readSlots(context);
  const ranked = rankSlots(slots, quirks);
  const [first] = sick;
  if (first && ranked.length === 0) throw first.error;
  if (ranked.length > 0 || (slots.length === 0 && quirks.prepareMedia)) return ranked;
  const odd = slots.filter(({ doc }) => !isSlot(doc)).map(({ path }) => path);
  const where = [...documentsRead(context), ...odd];
  throw noRemoteCd(
    slots.map(({ id }) => id),
    where,
    slots[0]?.path ?? context.machine.system.path,
  );
}

/** The documents that lead to slots. */
function documentsRead({ machine: { system, managers } }: Pick<RedfishContext, 'machine'>): string[] {
  const owners = [system, ...managers].flatMap(({ path, doc }) => [
    path,
    ...(link(doc.VirtualMedia) === undefined ? [] : [link(doc.VirtualMedia) ?? '']),
  ]);
  return [...new Set([...owners, ...links(at(system.doc, 'Links', 'ManagedBy'))].map((path) => withoutEnd(path, '/')))];
}

/** Whether the slot holds a medium. Inserted is optional (DSP0268): only `false` denies it; without it, the image tells. */
export function holdsMedium(doc: Doc, quirks: Quirks): boolean {
  const plain = doc.Inserted === true || (doc.Inserted !== false && imageOf(doc) !== undefined);
  return plain && (quirks.holds?.(doc) ?? true);
}

/** Whether it is worth ejecting: the name of an image may be all that is left of one (community.general#6969). */
export function isOccupied(doc: Doc, quirks: Quirks): boolean {
  return holdsMedium(doc, quirks) || (text(doc.Image) !== undefined && quirks.holds === undefined);
}

/** What the slot shows as its image. */
export function imageOf(doc: Doc): string | undefined {
  return text(doc.Image) ?? text(doc.ImageName);
}

/**
 * Whether a remote console uses the slot (ConnectedVia, DSP0268): that medium is not ours to eject. A URL is never a console's, nor is what
 * this program inserted: some emulators say Applet of every medium and show no image (proxmox-redfish).
 */
export function isConsoles({ doc, path }: Slot, { machine: { quirks }, inserted }: Pick<RedfishContext, 'machine' | 'inserted'>): boolean {
  const via = text(doc.ConnectedVia);
  if ((via !== 'Applet' && via !== 'Oem') || !holdsMedium(doc, quirks) || inserted.has(sameAs(path))) return false;
  return !/^[a-z][a-z0-9+.-]*:\/\//i.test(imageOf(doc) ?? '');
}

/** The CD slots that no remote console uses, best first. E_BMC_BUSY when consoles use all of them. E_BMC_UNSUPPORTED. */
export async function freeSlots(context: RedfishContext): Promise<Slot[]> {
  const slots = await cdSlots(context);
  const ours = slots.filter((slot) => !isConsoles(slot, context));
  if (slots.length === 0 || ours.length > 0) return ours;
  throw slotsInUse(slots.map(({ id, doc }) => `${id} (${imageOf(doc) ?? 'no name shown'})`));
}

/** A slot as it is now; undefined while the BMC cannot show it. */
export async function reread(client: RedfishClient, slot: Slot, signal?: AbortSignal): Promise<Slot | undefined> {
  const doc = await client.find(slot.path, signal);
  return doc && { ...slot, doc };
}

export function shown(slot: Slot, context: Pick<RedfishContext, 'machine' | 'inserted'>): MediaSlot {
  const { doc, path, id } = slot;
  const inserted = holdsMedium(doc, context.machine.quirks);
  return {
    id: path,
    name: text(doc.Name) === undefined ? id : `${id} (${text(doc.Name) ?? ''})`,
    mediaTypes: texts(doc.MediaTypes),
    inserted,
    image: inserted ? imageOf(doc) : undefined,
    ...(isConsoles(slot, context) && { console: true }),
  };
}
