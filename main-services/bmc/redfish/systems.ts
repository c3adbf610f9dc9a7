import type { BmcSystem } from '../../../contract/bmc.ts';
import type { BootbenchError } from '../../../contract/errors.ts';
import { compareMachines, sharedAmong, type IdentityFact, type MachineFacts } from '../../../contract/machine-identity.ts';
import { chooseQuirks } from './vendors/choose.ts';
import type { RedfishClient } from './http/client.ts';
import { memberPaths, nameOf, readMembers, retry, type Resource, type Sick } from './http/collection.ts';
import { at, link, sameAs, text, type Doc } from './http/json.ts';
import { macsOf } from './macs.ts';
import { pause } from './http/timing.ts';
import { nothingToSwitch, systemUnclear } from './sentences.ts';

/** The machine that is looked for among the Systems of a service. */
export interface Wanted {
  /** The host’s name. */
  readonly name: string;
  readonly facts: MachineFacts;
  readonly isShared: (fact: IdentityFact, value: string) => boolean;
}

export interface Choosing {
  readonly wanted?: Wanted | undefined;
  /** The path of the System that the BMC’s address names. */
  readonly named?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The System that was chosen, and the other machines of the service. */
export interface SystemChoice {
  readonly system: Resource;
  /** Other machines, or what may be one; never a baseboard. */
  readonly others: readonly Resource[];
  /** Paths of members that could not be read and may be other machines. */
  readonly unread: readonly string[];
  /** The address names it. */
  readonly isNamed: boolean;
}

const MOST_SYSTEMS = 64;
const RESET = '#ComputerSystem.Reset';
/** GPU and other boards inside a machine, which NVIDIA’s BMCs list as Systems. */
const BOARD = /baseboard|^hgx_/i;
const DPU = /^(dpu\b|dpu[._-]|bluefield)/i;

/**
 * Which System of a service is the wanted machine: the one that the address names; the only one; or the only one that has the machine’s
 * UUID, serial number or MAC. E_BMC_SYSTEM_UNCLEAR lists the Systems when that leaves a doubt: nothing may be changed on a guess.
 */
export async function chooseSystem(client: RedfishClient, root: Doc, choosing: Choosing): Promise<SystemChoice> {
  const { named, signal } = choosing;
  const { busyRead, sickMember } = client.timing.retries;
  const reading = { most: MOST_SYSTEMS, signal, again: false };
  const collection = await client.get(link(root.Systems) ?? '', signal);
  const { paths, hidden } = await memberPaths(client, link(root.Systems), collection, reading);
  let { found, sick } = await readMembers(client, paths, reading);
  if (hidden) sick = [...sick, hidden];
  for (let tried = 0; ; tried += 1) {
    const decided = named === undefined ? await decide(client, root, found, sick, choosing) : byName(found, sick, named);
    if (decided) return decided;
    const isWorthIt = sick.some(({ path, passing }) => passing && !isBoardPath(path));
    if (!isWorthIt || tried >= (found.length > 0 ? sickMember : busyRead).times) break;
    await pause(client.clock, (found.length > 0 ? sickMember : busyRead).pause, signal);
    const more = await retry(client, sick, signal);
    found = [...found, ...more.found];
    sick = [...more.sick];
  }
  throw await refusal(client, root, found, sick, choosing);
}

function byName(found: readonly Resource[], sick: readonly Sick[], named: string): SystemChoice | undefined {
  const system = found.find(({ path }) => sameAs(path) === sameAs(named));
  return system && { ...choice(system, found, sick), isNamed: true };
}

async function decide(
  client: RedfishClient,
  root: Doc,
  found: readonly Resource[],
  sick: readonly Sick[],
  { wanted, signal }: Choosing,
): Promise<SystemChoice | undefined> {
  const hosts = found.filter(isSwitchable);
  const [first] = hosts;
  if (!first) return undefined;
  const doubts = found.filter((one) => !isSwitchable(one) && !isNoHost(one)).length + sick.filter(({ path }) => !isBoardPath(path)).length;
  if (hosts.length === 1 && doubts === 0) return choice(first, found, sick);
  if (!wanted) return undefined;
  const quick = only(
    hosts,
    hosts.map((host) => factsOfSystem(root, host)),
    wanted,
  );
  if (quick) return choice(quick, found, sick);
  const facts = await Promise.all(
    hosts.map(async (host) => ({ ...factsOfSystem(root, host), macs: await macsOf(client, host, { wanted: wanted.facts.macs, signal }) })),
  );
  const proved = only(hosts, facts, wanted);
  return proved && choice(proved, found, sick);
}

function choice(system: Resource, found: readonly Resource[], sick: readonly Sick[]): SystemChoice {
  const others = found.filter((one) => one !== system && !BOARD.test(nameOf(one)));
  return { system, others, unread: sick.map(({ path }) => path).filter((path) => !isNoHost({ path, doc: {} })), isNamed: false };
}

/** The one System that is surely the wanted machine. */
function only(systems: readonly Resource[], facts: readonly MachineFacts[], wanted: Wanted): Resource | undefined {
  const inService = sharedAmong(facts);
  const isShared = (fact: IdentityFact, value: string): boolean => inService(fact, value) || wanted.isShared(fact, value);
  const same = systems.filter((_system, index) => {
    const own = facts[index];
    return own && compareMachines(wanted.facts, own, { host: wanted.name, reporter: 'The BMC', isShared }).kind === 'same';
  });
  return same.length === 1 ? same[0] : undefined;
}

/** What a System’s document tells of the machine; MACs are elsewhere. */
export function factsOfSystem(root: Doc, { doc }: Resource): MachineFacts {
  const { quirks } = chooseQuirks({ root, system: doc, manager: {} });
  const serials = [text(doc.SerialNumber), ...(quirks.otherSerials?.(doc) ?? [])].filter((serial) => serial !== undefined);
  return { macs: [], serials: [...new Set(serials)], uuid: text(doc.UUID) };
}

function isSwitchable(system: Resource): boolean {
  return !isNoHost(system) && at(system.doc, 'Actions', RESET, 'target') !== undefined;
}

/** A DPU (DSP2046, SystemType) or a board inside a machine. */
export function isNoHost(system: Resource): boolean {
  return isDpu(system) || BOARD.test(nameOf(system));
}

export function isDpu(system: Resource): boolean {
  return system.doc.SystemType === 'DPU' || DPU.test(nameOf(system));
}

function isBoardPath(path: string): boolean {
  return BOARD.test(nameOf({ path, doc: {} }));
}

async function refusal(
  client: RedfishClient,
  root: Doc,
  found: readonly Resource[],
  sick: readonly Sick[],
  { wanted, named, signal }: Choosing,
): Promise<BootbenchError> {
  const missing = named === undefined ? undefined : sick.find(({ path }) => sameAs(path) === sameAs(named));
  const onlySick = found.some(isSwitchable) ? undefined : sick.find(({ path }) => !isBoardPath(path));
  const error = (missing ?? onlySick)?.error;
  if (error) return error;
  const hosts = found.filter((one) => !isNoHost(one));
  if (named === undefined && !hosts.some(isSwitchable)) return nothingToSwitch(found.map(nameOf));
  const systems = await Promise.all(
    hosts.map(async (host): Promise<BmcSystem> => {
      const { serials, uuid } = factsOfSystem(root, host);
      return { path: host.path, name: nameOf(host), uuid, serials: [...serials], macs: await macsOf(client, host, { signal }) };
    }),
  );
  const unread = sick.map(({ path }): BmcSystem => ({ path, name: nameOf({ path, doc: {} }), serials: [], macs: [], unread: true }));
  const all = [...systems, ...unread.filter(({ path }) => !isBoardPath(path))];
  return systemUnclear({ named, host: wanted?.name }, all);
}
