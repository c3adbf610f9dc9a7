import { BootbenchError } from '../../../contract/errors.ts';
import { chooseQuirks } from '../quirks/choose.ts';
import type { Quirks } from '../quirks/quirks.ts';
import type { RedfishClient } from './client.ts';
import { at, link, links, members, record, text, type Doc } from './json.ts';

/** A resource and where it is. */
export interface Resource {
  readonly path: string;
  readonly doc: Doc;
}

/** The one machine behind a BMC, as its links tell. */
export interface Machine {
  readonly root: Doc;
  readonly system: Resource;
  /** Its managers, the one that owns it first. */
  readonly managers: readonly Resource[];
  readonly quirks: Quirks;
  readonly vendor: string;
  readonly firmware: string | undefined;
}

const ROOT = '/redfish/v1/';
const MAX_SYSTEMS = 16;
const RESET = '#ComputerSystem.Reset';

export async function discover(client: RedfishClient, signal?: AbortSignal, given?: Quirks): Promise<Machine> {
  const root = await readRoot(client, signal);
  client.transport.sessions = link(at(root, 'Links', 'Sessions')) ?? client.transport.sessions;
  const system = await chooseSystem(client, root, signal);
  const managers = await managersOf(client, root, system, signal);
  const seen = { root, system: system.doc, manager: managers[0]?.doc ?? {} };
  const { quirks, vendor } = chooseQuirks(seen);
  return { root, system, managers, quirks: given ?? quirks, vendor, firmware: text(seen.manager.FirmwareVersion) };
}

/** Open to everybody by the standard, so nothing secret is sent before it is known that this is a Redfish service. */
async function readRoot(client: RedfishClient, signal?: AbortSignal): Promise<Doc> {
  const open = await client.look(ROOT, signal, { auth: 'none' });
  const answer = open.status === 401 || open.status === 403 ? await client.look(ROOT, signal) : open;
  const root = record(answer.body);
  if (answer.ok && link(root.Systems) !== undefined) return root;
  if (answer.status >= 500) throw client.refused(answer, { what: 'show its service root' });
  throw new BootbenchError(
    'E_BMC_UNSUPPORTED',
    `What answers at ${client.transport.origin.host} offers no Redfish service (HTTP ${answer.status}).`,
  );
}

/** Not the first one: GPU baseboards (HGX_Baseboard_0) are Systems as well, without a boot override or a power switch. */
async function chooseSystem(client: RedfishClient, root: Doc, signal?: AbortSignal): Promise<Resource> {
  const collection = await client.get(link(root.Systems) ?? '', signal);
  const found: Resource[] = [];
  for (const path of members(collection).slice(0, MAX_SYSTEMS)) {
    const doc = await client.seek(path, signal);
    if (doc) found.push({ path, doc });
  }
  const best = found.map((system) => ({ system, score: score(system) })).sort((a, b) => b.score - a.score)[0];
  if (!best || best.score < 2) {
    const names = found.map(({ path }) => path.split('/').at(-1)).join(', ') || 'none';
    throw new BootbenchError('E_BMC_UNSUPPORTED', `The BMC shows no machine that it could switch on and off (its systems: ${names}).`);
  }
  return best.system;
}

function score({ doc }: Resource): number {
  const switchable = at(doc, 'Actions', RESET, 'target') === undefined ? 0 : 2;
  // AMI has an empty Boot, and all of it in the settings object.
  const boots = doc.Boot === undefined ? 0 : 1;
  const target = at(doc, 'Boot', 'BootSourceOverrideTarget') === undefined ? 0 : 1;
  return switchable + boots + target;
}

async function managersOf(client: RedfishClient, root: Doc, system: Resource, signal?: AbortSignal): Promise<Resource[]> {
  let paths = links(at(system.doc, 'Links', 'ManagedBy'));
  if (paths.length === 0) paths = members(await client.seek(link(root.Managers), signal));
  const found: Resource[] = [];
  for (const path of paths.slice(0, MAX_SYSTEMS)) {
    const doc = await client.seek(path, signal);
    if (doc) found.push({ path, doc });
  }
  return found;
}
