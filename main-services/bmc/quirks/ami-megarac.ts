import { at, link, record, text } from '../redfish/json.ts';
import { sleep } from '../redfish/timing.ts';
import type { QuirkContext, Quirks } from './quirks.ts';

const ENABLE = '#AMIVirtualMedia.EnableRMedia';

/** MegaRAC, also as Lenovo SR635/SR655, ASRockRack and NVIDIA DGX. */
export const AMI_MEGARAC: Quirks = {
  vendor: 'AMI',
  // ironic VENDORS_REQUIRING_FULL_BOOT_REQUEST (79959b5b7).
  wholeBoot: true,
  prepareMedia: enableRemoteMedia,
};

/** The collection of slots is empty until remote media are enabled (python-redfish-lenovo, SR635). */
async function enableRemoteMedia({ client, machine, signal }: QuirkContext): Promise<void> {
  for (const { path } of machine.managers) {
    const manager = await client.get(path, signal);
    const status = text(at(manager, 'Oem', 'Ami', 'VirtualMedia', 'RMediaStatus'));
    const collection = link(manager.VirtualMedia);
    const target = text(at(manager, 'Actions', 'Oem', ENABLE, 'target')) ?? (await ownAction(client, collection, signal));
    if (target === undefined || status === undefined || status === 'Enabled') continue;
    const answer = await client.post(target, { RMediaState: 'Enable' }, signal);
    if (!answer.ok) throw client.refused(answer, { what: 'enable remote media' });
    await sleep(client.clock, client.timing.media.serviceStart, signal);
  }
}

async function ownAction(client: QuirkContext['client'], path: string | undefined, signal?: AbortSignal): Promise<string | undefined> {
  const collection = record(await client.find(path, signal));
  return text(at(collection, 'Actions', ENABLE, 'target')) ?? text(at(collection, 'Actions', 'Oem', ENABLE, 'target'));
}
