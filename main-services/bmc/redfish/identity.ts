import type { BmcIdentity } from '../../../contract/bmc.ts';
import type { RedfishContext } from './machine.ts';
import { bootDevices } from './boot-override.ts';
import { text } from './http/json.ts';
import { macsOf } from './macs.ts';
import { readSlots, rankSlots } from './media/slots.ts';
import { mediaProtocols } from './media/ways.ts';
import { ownMedia } from './media/own-media.ts';
import { allowedResets, powerActions } from './power.ts';
import { factsOfSystem } from './systems.ts';

/** Reads only. `wanted`: MACs of the host that are looked for wherever the BMC may have them. */
export async function identity(context: RedfishContext, wanted: readonly string[]): Promise<BmcIdentity> {
  const { client, machine, signal } = context;
  const { root, system, vendor, firmware, choice } = machine;
  const { serials, uuid } = factsOfSystem(root, system);
  const [serial, ...otherSerials] = serials;
  const found = {
    protocol: 'redfish' as const,
    vendor,
    model: text(system.doc.Model),
    serial,
    ...(otherSerials.length > 0 && { otherSerials }),
    uuid: uuid?.toLowerCase(),
    macs: await macsOf(client, system, { wanted, signal }),
    bmcFirmware: firmware,
    biosVersion: text(system.doc.BiosVersion),
    system: { path: system.path, others: choice.others, isNamed: choice.isNamed },
    ...(await mediaOf(context)),
    bootDevices: await bootDevices(context),
    powerActions: powerActions(await allowedResets(context)),
  };
  const warnings = [...client.troubles.values()];
  return { ...found, ...(warnings.length > 0 && { warnings }) };
}

/** AMI's slots may be hidden until remote media are enabled, which is a change: a collection counts as a promise there. So does a slot that cannot be read just now. */
async function mediaOf(context: RedfishContext): Promise<Pick<BmcIdentity, 'media' | 'mediaProtocols'>> {
  const { quirks } = context.machine;
  if ((await ownMedia(context)) !== undefined) return { media: true };
  const { slots, sick } = await readSlots(context);
  const media = quirks.prepareMedia !== undefined || rankSlots(slots, quirks).length > 0 || (slots.length === 0 && sick.length > 0);
  const protocols = await mediaProtocols(context, slots);
  return { media, ...(protocols && { mediaProtocols: protocols }) };
}
