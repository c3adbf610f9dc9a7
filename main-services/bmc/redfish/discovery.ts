import { chooseQuirks } from './vendors/choose.ts';
import type { Machine, Quirks } from './machine.ts';
import type { RedfishClient } from './http/client.ts';
import { at, link, record, text, type Doc } from './http/json.ts';
import { noRedfishAt } from './sentences.ts';
import { managersOf } from './managers.ts';
import { chooseSystem, isDpu, type Choosing } from './systems.ts';

const ROOT = '/redfish/v1/';

/** Finds the machine. E_BMC_SYSTEM_UNCLEAR when a service has several and it is not clear which is meant. */
export async function discover(client: RedfishClient, choosing: Choosing, given?: Quirks): Promise<Machine> {
  const { signal } = choosing;
  client.troubles.clear();
  const root = await readRoot(client, signal);
  client.transport.sessions = link(at(root, 'Links', 'Sessions')) ?? client.transport.sessions;
  const choice = await chooseSystem(client, root, choosing);
  const { system, others, unread, isNamed } = choice;
  const { own, shared } = await managersOf(client, root, choice, signal);
  const seen = { root, system: system.doc, manager: (own[0] ?? shared[0])?.doc ?? {} };
  const { quirks, vendor } = chooseQuirks(seen);
  return {
    root,
    system,
    others,
    managers: own,
    choice: { others: others.filter((other) => !isDpu(other)).length + unread.length, isNamed },
    quirks: given ?? quirks,
    vendor,
    firmware: text(seen.manager.FirmwareVersion),
  };
}

/** Readable without a login by the standard, so nothing secret is sent before it is known that this is a Redfish service. */
async function readRoot(client: RedfishClient, signal?: AbortSignal): Promise<Doc> {
  const open = await client.look(ROOT, signal, { auth: 'none' });
  const answer = open.status === 401 || open.status === 403 ? await client.look(ROOT, signal) : open;
  const root = record(answer.body);
  if (answer.ok && link(root.Systems) !== undefined) return root;
  if (answer.status >= 500) throw client.refused(answer, { what: 'show its service root' });
  throw noRedfishAt(client.transport.origin.host, answer.status);
}
