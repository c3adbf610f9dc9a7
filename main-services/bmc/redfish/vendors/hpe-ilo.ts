import { at } from '../http/json.ts';
import { allSlots, holdsMedium } from '../media/slots.ts';
import type { RedfishContext, Quirks } from '../machine.ts';

/** iLO 4 to 6. Its slots hang below the Manager only (recording, iLO 5 2.72); the client finds them by itself. */
export const HPE_ILO: Quirks = { vendor: 'HPE', licence: 'iLO Advanced', bootMedium: bootOnNextServerReset };

/** iLO's own override is a property of the slot that holds the medium (recording, iLO 5 2.72; Hp on iLO 4). */
async function bootOnNextServerReset(context: RedfishContext): Promise<string | undefined> {
  const { client, machine, signal } = context;
  for (const { path, doc } of await allSlots(context)) {
    const vendor = ['Hpe', 'Hp'].find((name) => at(doc, 'Oem', name, 'BootOnNextServerReset') !== undefined);
    if (vendor === undefined || !holdsMedium(doc, machine.quirks)) continue;
    const answer = await client.patch(path, { Oem: { [vendor]: { BootOnNextServerReset: true } } }, signal);
    if (!answer.ok) throw client.refused(answer, { what: 'boot its virtual CD at the next reset' });
    const now = await client.get(path, signal);
    if (at(now, 'Oem', vendor, 'BootOnNextServerReset') === true)
      return 'The virtual CD was chosen by the iLO’s own BootOnNextServerReset.';
  }
  return undefined;
}
