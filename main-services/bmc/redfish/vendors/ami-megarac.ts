import { at, link, members, record, text, type Doc } from '../http/json.ts';
import { pause, until } from '../http/timing.ts';
import type { RedfishContext, Quirks } from '../machine.ts';

/** MegaRAC, also as Lenovo SR635/SR655, ASRockRack and NVIDIA DGX. */
export const AMI_MEGARAC: Quirks = {
  vendor: 'AMI',
  // ironic VENDORS_REQUIRING_FULL_BOOT_REQUEST (79959b5b7).
  wholeBoot: true,
  prepareMedia: readyRemoteMedia,
};

/** The collection of slots is empty until remote media are enabled and a virtual CD is configured (python-redfish-lenovo, SR635). */
async function readyRemoteMedia(context: RedfishContext): Promise<void> {
  const { client, machine, signal } = context;
  for (const { path } of machine.managers) {
    const manager = await client.get(path, signal);
    const collection = link(manager.VirtualMedia);
    const actions = { ...ownActions(await client.find(collection, signal)), ...ownActions(manager) };
    await enable(context, actions, text(at(manager, 'Oem', 'Ami', 'VirtualMedia', 'RMediaStatus')));
    await configureCd(context, actions, collection);
  }
}

async function enable({ client, signal }: RedfishContext, actions: Doc, shown: string | undefined): Promise<void> {
  const action = actionOf(actions, 'EnableRMedia');
  const status = shown ?? action?.status;
  if (action === undefined || status === undefined || status === 'Enabled') return;
  const answer = await client.post(action.target, { RMediaState: 'Enable' }, signal);
  if (!answer.ok) throw client.refused(answer, { what: 'enable remote media' });
  await pause(client.clock, client.timing.media.serviceStart, signal);
}

/** Restarts the BMC's media service; it refuses while something is mounted. One CD is enough. A BMC that is but busy (5xx) is not told to. */
async function configureCd({ client, signal }: RedfishContext, actions: Doc, collection: string | undefined): Promise<void> {
  const action = actionOf(actions, 'ConfigureCDInstance');
  if (action === undefined || collection === undefined || members(await client.seek(collection, signal)).length > 0) return;
  const answer = await client.post(action.target, { CDInstance: 1 }, signal);
  if (!answer.ok) throw client.refused(answer, { what: 'configure a virtual CD' });
  const { serviceRestart: within, poll: every } = client.timing.media;
  // While it restarts, it may answer anything.
  const look = async (): Promise<true | undefined> => (members(await client.find(collection, signal)).length > 0 ? true : undefined);
  await until(client.clock, { within, every }, look, signal);
}

/** Vendors' actions stand below Oem, and on some firmwares beside the standard's. */
function ownActions(doc: Doc | undefined): Doc {
  return { ...record(doc?.Actions), ...record(at(doc, 'Actions', 'Oem')) };
}

/** `#AMIVirtualMedia.EnableRMedia`, or `#VirtualMedia.EnableRMedia` with a Status (SR635). */
function actionOf(actions: Doc, name: string): { target: string; status: string | undefined } | undefined {
  const key = Object.keys(actions).find((full) => full.endsWith(`VirtualMedia.${name}`));
  const target = key === undefined ? undefined : text(at(actions, key, 'target'));
  return key === undefined || target === undefined ? undefined : { target, status: text(at(actions, key, 'Status')) };
}
