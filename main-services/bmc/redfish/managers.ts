import type { RedfishClient } from './http/client.ts';
import { readCollection, readMembers, type Resource } from './http/collection.ts';
import { at, link, links, sameAs, type Doc } from './http/json.ts';
import { isDpu, isNoHost, type SystemChoice } from './systems.ts';

const MOST_MANAGERS = 16;

/** The Managers of a System. `shared` ones manage other machines too: they are read, and nothing is changed by them. */
export interface Managers {
  readonly own: readonly Resource[];
  readonly shared: readonly Resource[];
}

/**
 * The Managers that name the System, or that it names; of a service with one machine and one Manager also that one without any link.
 * Another machine’s Manager would eject that machine’s medium (sushy dccdade).
 */
export async function managersOf(client: RedfishClient, root: Doc, choice: SystemChoice, signal?: AbortSignal): Promise<Managers> {
  const named = links(at(choice.system.doc, 'Links', 'ManagedBy'));
  const { found } =
    named.length > 0
      ? await readMembers(client, named, { most: MOST_MANAGERS, signal })
      : await readCollection(client, link(root.Managers), { most: MOST_MANAGERS, signal });
  const mine = named.length > 0 ? found : found.filter((manager) => isOf(manager, choice, found.length));
  const isShared = (manager: Resource): boolean => managesOthers(manager, choice);
  return { own: mine.filter((manager) => !isShared(manager)), shared: mine.filter(isShared) };
}

function isOf(manager: Resource, { system, others, unread }: SystemChoice, count: number): boolean {
  const servers = serversOf(manager);
  if (servers.length > 0) return servers.some((path) => sameAs(path) === sameAs(system.path));
  return count === 1 && others.length === 0 && unread.length === 0;
}

/**
 * Whether it manages another machine too, or may: one that could not be read does not show who manages it. A DPU inside the machine shares
 * its BMC; that makes it no other machine.
 */
function managesOthers(manager: Resource, { system, others, unread }: SystemChoice): boolean {
  const machines = others.filter((other) => !isDpu(other));
  if (machines.length + unread.length === 0) return false;
  const inside = [system, ...others.filter(isDpu)].map(({ path }) => sameAs(path));
  const servers = serversOf(manager).filter((path) => !isNoHost({ path, doc: {} }));
  if (servers.some((path) => !inside.includes(sameAs(path)))) return true;
  const namers = machines.filter(({ doc }) => links(at(doc, 'Links', 'ManagedBy')).some((path) => sameAs(path) === sameAs(manager.path)));
  return namers.length > 0 || (unread.length > 0 && servers.length === 0);
}

function serversOf({ doc }: Resource): string[] {
  return links(at(doc, 'Links', 'ManagerForServers'));
}
