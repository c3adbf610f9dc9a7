import type { BmcIdentity } from '../../../contract/bmc.ts';
import { parseMac } from '../../../contract/primitives.ts';
import type { QuirkContext } from '../quirks/quirks.ts';
import { bootDevices } from './boot-override.ts';
import { link, members, record, text } from './json.ts';
import { allSlots, rankSlots } from './media-slots.ts';
import { ownMedia } from './own-media.ts';
import { allowedResets, powerActions } from './power.ts';

const MAX_NICS = 32;

/** Reads only. AMI's slots may be hidden until remote media are enabled, which is a change: a collection counts as a promise there. */
export async function identity(context: QuirkContext): Promise<BmcIdentity> {
  const { machine } = context;
  const { system, quirks, vendor, firmware } = machine;
  return {
    protocol: 'redfish',
    vendor,
    model: text(system.doc.Model),
    serial: text(system.doc.SerialNumber),
    uuid: text(system.doc.UUID)?.toLowerCase(),
    macs: await macs(context),
    bmcFirmware: firmware,
    biosVersion: text(system.doc.BiosVersion),
    media:
      quirks.prepareMedia !== undefined || (await ownMedia(context)) !== undefined || rankSlots(await allSlots(context), quirks).length > 0,
    bootDevices: await bootDevices(context),
    powerActions: powerActions(await allowedResets(context)),
  };
}

/** Of the machine's own network ports; the BMC's inner one to its host has a MAC as well, and is left out. */
async function macs({ client, machine, signal }: QuirkContext): Promise<string[]> {
  const collection = await client.find(link(machine.system.doc.EthernetInterfaces), signal);
  const found = await Promise.all(
    members(collection)
      .slice(0, MAX_NICS)
      .filter((path) => !path.endsWith('/ToManager'))
      .map(async (path) => {
        const nic = record(await client.find(path, signal));
        return parseMac(text(nic.PermanentMACAddress) ?? text(nic.MACAddress) ?? '');
      }),
  );
  return [...new Set(found.filter((mac) => mac !== undefined && mac !== '00:00:00:00:00:00'))].filter((mac) => mac !== undefined);
}
