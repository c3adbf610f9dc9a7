import type { UrlScheme } from '../../../../contract/bmc.ts';
import type { RedfishContext, Slot } from '../machine.ts';
import { protocols, requiredBy, unknownRequired, type InsertBody } from './insert-parameters.ts';
import { at, link, record, text } from '../http/json.ts';
import { isForeign } from '../own-paths.ts';
import { isConsoles, rankSlots } from './slots.ts';

/** How a slot takes an image at a URL. */
export type Way =
  | { readonly kind: 'action'; readonly target: string; readonly body: InsertBody }
  | { readonly kind: 'patch' }
  | {
      readonly kind: 'none';
      /** Follows the slot's name. */
      readonly reason: string;
      /** The transfer protocols that it takes instead. */
      readonly protocols?: readonly string[];
    };

const INSERT = '#VirtualMedia.InsertMedia';

/** From the slot's action and ActionInfo (DSP0268), or from the methods that the slot allows. Reads only. */
export async function wayInto({ client, machine, signal }: RedfishContext, slot: Slot, url: string): Promise<Way> {
  const action = record(at(slot.doc, 'Actions', INSERT));
  const target = text(action.target);
  if (target === undefined) {
    const { headers } = await client.look(slot.path, signal, { patient: false });
    // No Allow says nothing (the DMTF mock server); one without PATCH does: OpenBMC has slots for its web page only (ironic 8c95a7b50).
    const allowed = text(headers.allow);
    if (allowed === undefined || /\bPATCH\b/i.test(allowed)) return { kind: 'patch' };
    return { kind: 'none', reason: 'has no InsertMedia action and cannot be changed' };
  }
  if (isForeign(machine, target)) return { kind: 'none', reason: `inserts into another machine, at ${target}` };
  const info = await client.find(link(action['@Redfish.ActionInfo']), signal);
  const offered = protocols(action, info);
  if (offered && !takes(offered, schemeOf(url))) return { kind: 'none', reason: `mounts ${offered.join(', ')} only`, protocols: offered };
  const unknown = unknownRequired(info);
  if (unknown.length > 0) return { kind: 'none', reason: `requires ${unknown.join(', ')}, which Bootbench does not know` };
  return { kind: 'action', target, body: requiredBy(info, url) };
}

/** Of the slots that may be used, together; undefined when one of them does not say. */
export async function mediaProtocols(context: RedfishContext, slots: readonly Slot[]): Promise<string[] | undefined> {
  const { client, machine, signal } = context;
  const found = new Set<string>();
  for (const slot of rankSlots(slots, machine.quirks)) {
    if (isConsoles(slot, context)) continue;
    const action = record(at(slot.doc, 'Actions', INSERT));
    const offered = protocols(action, await client.find(link(action['@Redfish.ActionInfo']), signal));
    if (!offered) return undefined;
    for (const protocol of offered) found.add(protocol);
  }
  return found.size === 0 ? undefined : [...found];
}

export function takes(offered: readonly string[], scheme: UrlScheme): boolean {
  return offered.some((protocol) => protocol.toLowerCase() === scheme);
}

export function schemeOf(url: string): UrlScheme {
  return url.startsWith('https:') ? 'https' : 'http';
}
